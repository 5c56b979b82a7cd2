"""Attributes orphans to the rejected requests that left them.

Rejected requests are checked in bulk. If an orphan shows, the request that left it is searched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.engine.execution.session import Session
from conformance.engine.observation.orphans import Orphan
from conformance.engine.observation.trial import Trial
from conformance.model.answer import Rejected
from conformance.model.request import UniqueName, create_image

_ATTEMPTS = 8
"""Requests sent to see whether a rejection leaves an orphan only now and then."""


def leaking(
    session: Session, orphans: list[Orphan] | None = None
) -> Iterator[tuple[str, Trial, str]]:
    """The rules that the pending rejected requests broke, each with a request and what was seen.

    ``orphans`` were seen already; if None, the session looks for them. The name of an image tells
    its request. A snapshot has no name, so the requests are sent again.
    """
    if not (refused := session.take_refused()):
        return
    orphans = session.orphans(refused) if orphans is None else orphans
    named = {orphan.name: orphan for orphan in orphans if orphan.name}
    culprits = [(t, named[t.request.name]) for t in refused if t.request.name in named]
    if orphans and not culprits:
        culprits = _any_culprit(session, refused)
    by_rule: dict[str, tuple[Trial, Orphan]] = {}
    for culprit, orphan in culprits:
        by_rule.setdefault(_rule_of(culprit), (culprit, orphan))
    if "tag.atomic" in by_rule and _any_refusal_leaves(session):
        # Rejections without tags leave orphans too.
        by_rule.setdefault("err.atomic", by_rule.pop("tag.atomic"))
    for rule_id, (culprit, orphan) in by_rule.items():
        yield rule_id, culprit, f"afterwards there is {orphan.kind} that no answer reported"


def _any_culprit(session: Session, refused: Sequence[Trial]) -> list[tuple[Trial, Orphan]]:
    """As :func:`_culprit`, with few requests at first: most often each of them leaves an orphan."""
    start, size = 0, 1
    while start < len(refused):
        if found := _culprit(session, refused[start : start + size]):
            return found
        start, size = start + size, 2 * size
    return []


def _culprit(session: Session, refused: Sequence[Trial]) -> list[tuple[Trial, Orphan]]:
    """The first rejected request that leaves an orphan again when it is sent again.

    If orphans show only now and then, one request of those that left some.
    """
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
    """Whether requests rejected for their name leave orphans too."""
    draft = create_image(Name=UniqueName("amiproof!00000000"))
    others = [session.create_again(draft) for _ in range(_ATTEMPTS)]
    refused = [other for other in others if not other.accepted]
    return bool(refused) and bool(session.orphans(refused))


def _rule_of(culprit: Trial) -> str:
    """The rule that a rejected request breaks by leaving an orphan."""
    if isinstance(culprit.outcome, Rejected) and culprit.request.dry_run == "true":
        return "dryrun.no_effect"
    rules = getattr(culprit.expectation, "rules", ())
    tags_alone = rules and all(rule.startswith(("tag.", "auth.tags")) for rule in rules)
    return "tag.atomic" if tags_alone else "err.atomic"
