"""Masks: which broken rule explains what a request shows, so that it says nothing of another.

A violation belongs to the plainest request that shows it. It is masked if that request, or the
same request, violates a rule that the violated rule requires.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import BUILDS_ON, Context
from conformance.engine.property.isolate import MAPPING_RULES, isolated
from conformance.engine.property.known import is_kept
from conformance.engine.property.recognition import IGNORED, LIST_BASE, Recognition
from conformance.engine.property.verb import VERB
from conformance.model import CATALOGUE, Arm
from conformance.model.answer import Rejected
from conformance.model.expectation import Reject
from conformance.model.feature import further_features, required_features
from conformance.model.judge import Violation
from conformance.model.observable import observable_with
from conformance.model.request import Draft, create_image
from reports.reasons import masked_by as masked_by
from strategies.features import CROWDED

UNIQUE_ID = "resp.unique_id"
"""The rule that is broken if two answers name one image: what it shows is of no request."""
_MAPPINGS = "BlockDeviceMapping"


@dataclass(frozen=True, slots=True)
class Mask:
    """A violation that masks another rule, and the trial that shows it."""

    violation: Violation
    trial: Trial

    def __str__(self) -> str:
        return masked_by(self.violation.rule)


class Masks:
    """The masks of one property's requests."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._recognition = Recognition(context)

    def requirements(self, draft: Draft) -> Iterator[tuple[Draft, str]]:
        """The requests that a draft builds on, each with the rule that it keeps or breaks.

        First those of its features, but none that builds on the property's own.
        """
        context = self._context
        session, own = context.session, context.rule.id
        for feature in required_features(draft, own, session.features):
            yield feature.plain, feature.rule
        yield from context.requirements
        for feature in required_features(draft, own, session.breaking):
            yield feature.plain, feature.rule
        further = list(further_features(draft, own, session.features))
        if further and self._is_sound(own):
            for feature in further:
                if feature.plain != draft:
                    yield feature.plain, feature.rule

    def _is_sound(self, rule_id: str) -> bool:
        """Whether the plainest request of each feature of a rule shows nothing wrong of its kind.

        A wrong description, for instance, says nothing of tags.
        """
        context = self._context
        families = {_family(rule_id), "st"}
        minimal = {c.rule for c in context.create(create_image()).violations}
        for feature in context.session.features:
            if feature.rule != rule_id:
                continue
            plain = context.create_if_available(feature.plain)
            violated = {c.rule for c in plain.violations} if plain else set()
            new = {_family(id) for id in violated - minimal}
            if plain is None or not plain.conforms or not new.isdisjoint(families):
                return False
        return True

    def is_refuted(self, plain: Draft, draft: Draft) -> bool:
        """Whether a request of another feature of the draft is accepted, with that of ``plain``.

        Then the target's wrong answer to ``plain`` does not explain one to the draft.
        """
        context = self._context
        features = context.session.features
        basic = next((feature for feature in features if feature.plain == plain), None)
        if basic is None:
            return False
        for each in required_features(draft, context.rule.id, features):
            if each is not basic and each.plain != plain and basic.in_draft(each.plain):
                trial = context.answer_if_available(each.plain)
                if trial is not None and trial.accepted:
                    return True
        return False

    def mask_of(self, rule_id: str, trial: Trial) -> Mask | None:
        """What masks a rule on effects in an accepted trial, or None."""
        rule = CATALOGUE[rule_id]
        if rule.on_effects is None or not trial.accepted:
            return None
        if trial.image_id in self._context.session.registry.reused:
            return Mask(Violation(UNIQUE_ID, "two images have the same id"), trial)
        if self._is_of_the_verb(rule_id, trial):
            return Mask(Violation(VERB, "the same request by POST shows it"), trial)
        needed = observable_with(rule_id) - {rule_id}
        if (trial.draft != create_image()) and (mask := self._in_each(trial, needed)):
            return mask
        if any(c.rule == rule_id for c in trial.violations) and (
            plain := self._recognition.ignored(trial.draft, rule.family)
        ):
            return Mask(Violation(LIST_BASE, IGNORED), plain)
        if mask := self._crowded(rule_id, trial):
            return mask
        if mask := self._violated(trial, needed):
            return mask
        if not any(c.rule == rule_id for c in trial.violations):
            return None
        needed |= (observable_with(rule.masked_by) if rule.masked_by else set()) - {rule_id}
        for draft, basis in self._plainer(rule_id, trial.draft):
            if self._is_kept(draft, basis, needed):
                continue
            plain = self._context.create_if_available(draft)
            if plain is None or not plain.accepted:
                continue
            violated = {c.rule for c in plain.violations}
            if rule_id in violated:
                continue
            wanted = needed | {id for id in violated if _family(id) == _family(basis)}
            if mask := self._violated(plain, wanted):
                return mask
        return None

    def _is_of_the_verb(self, rule_id: str, trial: Trial) -> bool:
        """Whether a GET violates what the same POST keeps, where GETs are known to differ.

        A POST that is refused shows that the GET was not read.
        """
        context, draft = self._context, trial.draft
        if draft.form.verb != "GET" or VERB not in context.session.deviating:
            return False
        if not any(each.rule == rule_id for each in trial.violations):
            return False
        posted = context.create_if_available(draft.sent(form=replace(draft.form, verb="POST")))
        if posted is None or not posted.accepted:
            return posted is not None
        return not any(each.rule in observable_with(rule_id) for each in posted.violations)

    def _is_kept(self, draft: Draft, basis: str, needed: set[str]) -> bool:
        """Whether other requests show that a plainer one, not yet sent, would mask nothing."""
        context = self._context
        if not basis or context.is_sent(draft):
            return False
        family = {id for id in CATALOGUE if _family(id) == _family(basis)}
        return any(
            is_kept(context, feature, needed | family)
            for feature in context.session.features
            if feature.plain == draft and feature.rule == basis
        )

    def _crowded(self, rule_id: str, trial: Trial) -> Mask | None:
        """The rule on the number of members, if the target shows few of them and not many."""
        if not any(c.rule == rule_id for c in trial.violations):
            return None
        for crowd in CROWDED:
            if rule_id not in crowd.shown_by:
                continue
            few, many = map(self._context.create_if_available, (crowd.few, crowd.many))
            if few is None or many is None or not (few.accepted and many.accepted):
                continue
            wrong = next((c for c in many.violations if c.rule == rule_id), None)
            right = not any(c.rule == rule_id for c in few.violations)
            if wrong and right and self._is_steady(rule_id, few, many):
                return Mask(Violation(crowd.rule, wrong.observed), many)
        return None

    def _is_steady(self, rule_id: str, few: Trial, many: Trial) -> bool:
        """Whether few members are right once more, and many are not."""
        session = self._context.session
        if many.draft not in session.crowded:
            once_more = [session.create_again(each.draft) for each in (few, many)]
            wrong = [any(c.rule == rule_id for c in each.violations) for each in once_more]
            session.crowded[many.draft] = wrong == [False, True]
        return session.crowded[many.draft]

    def _in_each(self, trial: Trial, rules: set[str]) -> Mask | None:
        """The mask among these rules that the minimal request shows, too: it needs no search."""
        minimal = self._context.create_if_available(create_image())
        shown = {c.rule for c in minimal.violations} if minimal else set()
        return self._violated(trial, rules & shown)

    def _violated(self, trial: Trial, rules: set[str]) -> Mask | None:
        """The most basic of these rules that the trial violates."""
        violation = next((c for c in trial.violations if c.rule in rules), None)
        if violation is None:
            return None
        if mask := self.mask_of(violation.rule, trial):
            return mask
        if violation.rule.startswith(MAPPING_RULES) and len(trial.draft.members(_MAPPINGS)) > 1:
            rule = isolated(self._context, violation, trial).rule
            return Mask(Violation(rule, violation.observed), trial)
        return Mask(violation, trial)

    def _plainer(self, rule_id: str, draft: Draft) -> Iterator[tuple[Draft, str]]:
        """The plainer requests whose effects the draft's effects build on, with their rules.

        What the minimal request shows masks only what requires it.
        """
        context = self._context
        if draft == create_image():
            return
        yield create_image(), ""
        own = rule_id == context.rule.id
        for each in required_features(draft, rule_id, context.session.features):
            related = own or _family(each.rule) == _family(rule_id)
            if related and rule_id not in each.apart:
                yield each.plain, each.rule
        yield from context.requirements if own else BUILDS_ON.get(rule_id, ())


def _family(rule_id: str) -> str:
    return CATALOGUE[rule_id].family if rule_id else ""


def answered_alike(first: Trial, second: Trial) -> bool:
    """Whether two requests that had to be rejected were answered wrongly in the same way."""
    if first.conforms or second.conforms:
        return False
    if isinstance(first.outcome, Rejected) and isinstance(second.outcome, Rejected):
        return first.outcome.code == second.outcome.code
    return first.accepted and second.accepted


def arm_of_mask(plain: Trial, mask: str, rule_id: str) -> Arm:
    """The arm of the deviation from the rule ``mask`` that a request about ``rule_id`` shows."""
    breaks = mask == rule_id and isinstance(plain.expectation, Reject)
    return Arm.BREAKS if breaks else Arm.KEEPS
