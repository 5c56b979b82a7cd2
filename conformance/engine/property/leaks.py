"""A refused request leaves nothing behind: looked for in bulk; the culprit is found if it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.engine.execution.session import Session
from conformance.engine.observation.orphans import Orphan
from conformance.engine.observation.trial import Trial
from conformance.model.answer import Rejected
from conformance.model.request import UniqueName, create_image

_NOW_AND_THEN = 8
"""Tries of what may go wrong now and then."""


def broken(session: Session, left: list[Orphan] | None = None) -> Iterator[tuple[str, Trial, str]]:
    """The rules that what was refused of late has broken, each with a culprit and what was seen:
    ``left``, or what a look shows.

    An image tells by its name. Of a snapshot's culprit nothing is known: they are tried again.
    """
    if not (refused := session.take_refused()):
        return
    left = session.orphans(refused) if left is None else left
    named = {thing.name: thing for thing in left if thing.name}
    culprits = [(t, named[t.request.name]) for t in refused if t.request.name in named]
    if left and not culprits:
        culprits = _any_culprit(session, refused)
    by_rule: dict[str, tuple[Trial, Orphan]] = {}
    for culprit, thing in culprits:
        by_rule.setdefault(_rule_of(culprit), (culprit, thing))
    if "tag.atomic" in by_rule and _any_refusal_leaves(session):
        # The tags have no part in it.
        by_rule.setdefault("err.atomic", by_rule.pop("tag.atomic"))
    for rule_id, (culprit, thing) in by_rule.items():
        yield rule_id, culprit, f"afterwards there is {thing.kind} that nobody was told of"


def _any_culprit(session: Session, refused: Sequence[Trial]) -> list[tuple[Trial, Orphan]]:
    """As :func:`_culprit`, with few at first, for most often all of them are."""
    start, size = 0, 1
    while start < len(refused):
        if found := _culprit(session, refused[start : start + size]):
            return found
        start, size = start + size, 2 * size
    return []


def _culprit(session: Session, refused: Sequence[Trial]) -> list[tuple[Trial, Orphan]]:
    """The first of refused requests that, sent again, leaves something again, if any does; any of
    them where something is left now and then."""
    again = [session.create_again(trial.draft) for trial in refused]
    left = session.orphans(again)
    if not left:
        return []
    if len(again) == 1:
        return [(again[0], left[0])]
    middle = len(again) // 2
    found = _culprit(session, again[:middle]) or _culprit(session, again[middle:])
    return found or [(again[0], left[0])]


def _any_refusal_leaves(session: Session) -> bool:
    """Whether requests that are refused for their name leave something too, if only now and
    then."""
    draft = create_image(Name=UniqueName("amiproof!00000000"))
    others = [session.create_again(draft) for _ in range(_NOW_AND_THEN)]
    refused = [other for other in others if not other.accepted]
    return bool(refused) and bool(session.orphans(refused))


def _rule_of(culprit: Trial) -> str:
    """The rule that is broken where a refused request has left something, by what was refused."""
    if isinstance(culprit.outcome, Rejected) and culprit.request.dry_run == "true":
        return "dryrun.no_effect"
    rules = getattr(culprit.expectation, "rules", ())
    tags_alone = rules and all(rule.startswith(("tag.", "auth.tags")) for rule in rules)
    return "tag.atomic" if tags_alone else "err.atomic"
