"""One life, told to a target step by step.

A rule is blamed here for what its own property could not see: what a request does to those that
come after it. Where the plainest request breaks a rule already, nothing more is said of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from conformance.engine.client.api import WITH_SNAPSHOTS, Refused, numbered
from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.concurrent import create_at_once
from conformance.engine.observation.deviation import finding_of
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.deregistration import launch, own_snapshots, remove, snapshots
from conformance.model import CATALOGUE, Arm
from conformance.model.answer import is_client_error, is_server_error
from conformance.model.attribution import Attributed, attribute
from conformance.model.codes import ACCOUNT, LIMITS
from conformance.model.expectation import Accept, Expectation, Reject
from conformance.model.request import Draft, UniqueName, create_image
from conformance.model.sequence import STATE_CHANGES, Action, Steps
from conformance.model.world import Image, Instance
from reports.results import Observed, expected_of, observed_of

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session

_CALLS = {
    Action.STOP: "StopInstances",
    Action.START: "StartInstances",
    Action.TERMINATE: "TerminateInstances",
}
_DUPLICATE = "InvalidAMIName.Duplicate"
SHAPE = "amiproof-life-00000000"
"""Of the names that a life gives."""


class _Over(Exception):
    """The target is not where the model is, and no rule is broken by that: the life ends."""


class SequenceRun:
    """One life, from a running instance to the end; what it shows is in ``findings``."""

    def __init__(self, session: Session, source: Instance, refusal: Draft | None) -> None:
        self.session = session
        self.source = source
        self._refusal = refusal
        self._findings: list[RuleDeviation] = []
        self._names: dict[int, str] = {}
        self._trials: list[Trial] = []
        self._not_looked_after: list[Trial] = []
        """Refused requests of which it was not looked yet whether they left something."""
        self._images: list[Trial] = []
        self._complete: dict[str, Image] = {}
        self._gone: set[str] = set()
        """Images that were deregistered."""
        self._launched: list[str] = []
        minimal = session.create(create_image())
        self._known = {violation.rule for violation in minimal.violations}

    def tell(self, life: Steps) -> list[RuleDeviation]:
        """Take the steps; what they show, as far as the target goes along."""
        with contextlib.suppress(_Over, Refused, NotAvailable):
            for step in life:
                if step.action in STATE_CHANGES:
                    self._move(step.action)
                else:
                    self._acts[step.action](self, step.number)
        with contextlib.suppress(Refused):
            self._look_back()
        return self._findings

    def end(self) -> None:
        """Free what the life took: names, and instances that were launched of its images."""
        remove(self.session, *(t for t in self._images if t.image_id not in self._gone))
        if self._launched:
            with contextlib.suppress(Refused):
                ids = numbered("InstanceId", self._launched)
                self.session.caller.call("TerminateInstances", ids)
        over = [self.source.id] if self.source.state == "terminated" else []
        self.session.sources.forget([*self._launched, *over])

    # Requests.

    def _create(self, number: int) -> None:
        trial = self._sent(self._draft(number))
        due = trial.expectation
        if isinstance(due, Accept) and _code(trial) == _DUPLICATE:
            # A name that was freed may be held for a while.
            trial = self.session.patience.until(
                "name free again",
                lambda: self.session.send(trial.draft, trial.request),
                lambda seen: _code(seen) != _DUPLICATE,
                acts=True,
            )
        self._weigh(trial, due)
        self._note(trial)
        self._born(trial, due)

    def _at_once(self, number: int) -> None:
        draft = self._draft(number)
        request = self.session.bind(draft)
        first, second = create_at_once(self.session, draft, request, request)
        due = first.expectation
        if any(is_server_error(trial.outcome) for trial in (first, second)):
            raise _Over  # these are not sent again, so that it cannot be told what repeats
        if first.accepted and first.image_id == second.image_id:
            self._found("lc.not_idempotent", Arm.BREAKS, second, observed_of(second.outcome))
            raise _Over
        if isinstance(due, Accept) and not first.accepted:
            raise _Over  # that one of them succeeds is not promised
        self._weigh(first, due)
        self._trials.append(first)
        self._weigh(second, second.expectation)
        self._trials.append(second)
        self._born(first, due)

    def _dry_run(self, number: int) -> None:
        trial = self._sent(self._draft(number).given(DryRun="true"))
        due = trial.expectation
        self._weigh(trial, due, "dryrun.permitted" if trial.accepted else None)
        self._note(trial)

    def _refused(self, number: int) -> None:
        if self._refusal is None:
            return
        values = {k: v for k, v in self._draft(number).params if k in ("InstanceId", "Name")}
        trial = self._sent(self._refusal.having(values))
        self._weigh(trial, trial.expectation)
        self._note(trial)

    def _image(self, number: int) -> Trial:
        """The trial of an image of this life; there may be fewer than the model supposes."""
        if number >= len(self._images):
            raise _Over
        return self._images[number]

    def _draft(self, number: int) -> Draft:
        if number not in self._names:
            self._names[number] = self.session.names.fresh(UniqueName(SHAPE))
        return create_image(InstanceId=self.source.id, Name=self._names[number])

    def _sent(self, draft: Draft) -> Trial:
        return self.session.send(draft, self.session.bind(draft))

    def _born(self, trial: Trial, due: Expectation) -> None:
        """Take in the image of a request that had to be accepted; else the life is over."""
        if not isinstance(due, Accept):
            return
        if not trial.accepted:
            raise _Over
        news = [c for c in trial.violations if self._is_news(c.rule)]
        if news and self._look_back():
            raise _Over  # what a refused request left was taken for the image's own
        for violation in news:
            self._found(violation.rule, Arm.KEEPS, trial, violation.observed)
        twin = next((t for t in self._images if t.image_id == trial.image_id), None)
        if twin is not None:
            seen = "two images have the same id"
            self._found("resp.unique_id", Arm.KEEPS, trial, seen, before=[twin])
            raise _Over
        self._images.append(trial)
        if news:
            raise _Over

    def _is_news(self, rule_id: str) -> bool:
        """Whether a rule is about effects, and the plainest request keeps it and what hides it."""
        rule = CATALOGUE[rule_id]
        return rule.on_effects is not None and not {rule_id, rule.masked_by} & self._known

    # What answers show.

    def _weigh(self, trial: Trial, due: Expectation, own: str | None = None) -> None:
        """Blame an outcome that the documents do not allow, if on anybody."""
        self._see_request_id(trial)
        if isinstance(due, Reject):
            arm, own = Arm.BREAKS, own or due.rules[0]
            if trial.image_id in {t.image_id for t in self._images} - {None}:
                self._found("lc.not_idempotent", arm, trial, observed_of(trial.outcome), due)
                raise _Over
            if is_client_error(trial.outcome):
                return  # whether its code is the right one does not depend on a life
        else:
            arm, own = Arm.KEEPS, self._refuser(trial)
        judgement = attribute(due, trial.outcome, own, {c.rule for c in trial.violations})
        match judgement:
            case Attributed("err.atomic") if own == "err.atomic":
                culprit = self._earlier(trial)[-1]
                self._found(own, Arm.BREAKS, culprit, "afterwards its name is in use")
            case Attributed(rule_id) if rule_id:
                side = arm if rule_id == own else Arm.KEEPS
                self._found(rule_id, side, trial, observed_of(trial.outcome), due)

    def _refuser(self, trial: Trial) -> str:
        """Whose fault it is if a request that keeps every rule is refused."""
        earlier = self._earlier(trial)
        if _code(trial) == _DUPLICATE and earlier:
            if any(t.accepted for t in earlier):
                return "name.reuse_after_deregister"
            dry = {_is_dry(t) for t in earlier}
            if len(dry) == 2:
                return ""  # a shorter life will tell which of them took the name
            return "dryrun.no_effect" if True in dry else "err.atomic"
        source = trial.before.instances.get(self.source.id)
        if source is not None and source.state == "stopped":
            return "inst.state.stopped"
        return "lc.new_name_again" if self._images else ""

    def _earlier(self, trial: Trial) -> list[Trial]:
        """The requests of this life that had the same name."""
        return [t for t in self._trials if t.request.name == trial.request.name]

    def _see_request_id(self, trial: Trial) -> None:
        element = "requestId" if trial.accepted else "RequestID"
        rule_id = "resp.requestId" if trial.accepted else "err.requestID"
        own = _text(trial, element)
        twin = next((t for t in self._trials if own and _text(t, element) == own), None)
        if twin is not None:
            seen = f"two answers have the same {element}"
            self._found(rule_id, Arm.KEEPS, trial, seen, before=[twin])

    def _note(self, trial: Trial) -> None:
        self._trials.append(trial)
        if not trial.accepted:
            self._not_looked_after.append(trial)

    def _look_back(self) -> bool:
        """Look whether what was refused of late has left something; told by one that did.

        A name tells whose it is. Else one of each kind is sent once more.
        """
        refused, self._not_looked_after = self._not_looked_after, []
        if not refused or not (left := self.session.orphans(refused)):
            return False
        names = {thing.name for thing in left if thing.name}
        culprit = next((t for t in refused if t.request.name in names), None)
        if culprit is None:
            for trial in {_is_dry(trial): trial for trial in reversed(refused)}.values():
                again = self.session.create_again(trial.draft)
                if not again.accepted and self.session.orphans([again]):
                    culprit = again
                    break
        if culprit is not None:
            seen = f"afterwards there is {left[0].kind} that nobody was told of"
            rule_id = "dryrun.no_effect" if _is_dry(culprit) else "err.atomic"
            self._found(rule_id, Arm.BREAKS, culprit, seen, before=())
        return True

    def _found(
        self,
        rule_id: str,
        arm: Arm,
        trial: Trial,
        seen: str | Observed,
        due: Expectation | None = None,
        before: Iterable[Trial] | None = None,
    ) -> None:
        if rule_id not in self._known:
            expected = expected_of(due) if due is not None else None
            earlier = self._earlier(trial) if before is None else before
            earlier = [t for t in earlier if t is not trial]
            names = tuple(self._names.values())
            finding = finding_of(
                rule_id, arm, trial, seen, expected, earlier, names=names, story=True
            )
            self._findings.append(finding)

    # Images.

    def _look(self, number: int) -> None:
        trial = self._image(number)
        there = trial.image_id not in self._gone
        image = self._image_once("life's image", trial, lambda i: (i is not None) is there)
        if there and image is None:
            self._found("st.image.exists", Arm.KEEPS, trial, "DescribeImages does not show it")
        elif not there and image is not None:
            seen = "DescribeImages still shows the image after it was deregistered"
            self._found("lc.deregister.visible", Arm.BREAKS, trial, seen)

    def _launch(self, number: int) -> None:
        trial = self._image(number)
        if trial.image_id not in self._gone:
            self._available(trial)
            made = launch(self.session, trial.image_id or "")
            if isinstance(made, str) and made not in ACCOUNT | LIMITS:
                seen = f"RunInstances of the image: {made}"
                self._found("st.image.launchable", Arm.KEEPS, trial, seen)
        else:
            made = self.session.patience.until(
                "launch refused",
                lambda: launch(self.session, trial.image_id or ""),
                lambda got: isinstance(got, str),
                acts=True,
            )
            if isinstance(made, Instance):
                seen = "RunInstances launches the image after it was deregistered"
                self._found("lc.deregister", Arm.BREAKS, trial, seen)
        if isinstance(made, Instance):
            self._launched.append(made.id)

    def _deregister(self, number: int) -> None:
        trial = self._image(number)
        ids = own_snapshots(self.session, trial, self._available(trial))
        ids = [s.id for s in snapshots(self.session, ids)]
        self.session.deregister(trial)
        self._gone.add(trial.image_id or "")
        left = len(snapshots(self.session, ids))
        if left < len(ids):
            seen = f"{left} of {len(ids)} snapshots are left after deregistration"
            self._found("lc.deregister.snapshots", Arm.BREAKS, trial, seen)

    def _deregister_all(self, number: int) -> None:
        trial = self._image(number)
        ids = own_snapshots(self.session, trial, self._available(trial))
        self.session.deregister(trial, WITH_SNAPSHOTS)
        self._gone.add(trial.image_id or "")
        for id in set(ids) - {s.id for s in snapshots(self.session, ids)}:
            self.session.ledger.gone("snapshot", id)

    def _available(self, trial: Trial) -> Image:
        """A registered image once it is available; what it can do before is not said."""
        image_id = trial.image_id or ""
        if image_id not in self._complete:
            image = self.session.complete(image_id)
            if image is None or image.state != "available":
                raise _Over
            self._complete[image_id] = image
        return self._complete[image_id]

    def _image_once(
        self, subject: str, trial: Trial, satisfied: Callable[[Image | None], bool]
    ) -> Image | None:
        return self.session.image_once(subject, trial.image_id or "", satisfied)

    # The instance.

    def _move(self, act: Action) -> None:
        self.session.caller.call(_CALLS[act], numbered("InstanceId", [self.source.id]))
        self.source = self.session.sources.settled(self.source, STATE_CHANGES[act][1])

    _acts: Mapping[Action, Callable[[SequenceRun, int], None]] = {
        Action.CREATE: _create,
        Action.CONCURRENT: _at_once,
        Action.DRY_RUN: _dry_run,
        Action.REJECTED: _refused,
        Action.DESCRIBE: _look,
        Action.LAUNCH: _launch,
        Action.DEREGISTER: _deregister,
        Action.DEREGISTER_WITH_SNAPSHOTS: _deregister_all,
    }


def _code(trial: Trial) -> str:
    """The error code of a refusal, or nothing."""
    return getattr(trial.outcome, "code", "")


def _is_dry(trial: Trial) -> bool:
    return trial.request.dry_run == "true"


def _text(trial: Trial, element: str) -> str | None:
    root = trial.answer.root if trial.answer else None
    return root.value(element) if root else None
