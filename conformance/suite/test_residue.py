"""An accepted request creates its image and its snapshots, and nothing else."""

from __future__ import annotations

import contextlib

from conformance.engine.property.exercise import Exercise
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.resources.residue import Left, Residue, readable
from conformance.model import Arm
from conformance.model.attribution import ATOMIC
from conformance.model.request import Draft, Placeholder, create_image
from conformance.suite.declare import exercises
from strategies import company, covering, rejections, tags

PLAIN = create_image()


_TIMES = 2
"""Further requests that must leave something more, or another client may have made it."""


@exercises("st.residue", requires=("st.image.exists",))
def test_nothing_else_is_made(exercise: Exercise) -> None:
    session = exercise.session
    trial = exercise.send(PLAIN, unless="refused")
    exercise.control(*rejections.SAMPLE, one=True)
    if trial is None:
        return
    residue = Residue(session.api, session.ledger, session.instances)
    # Another process of the run may have launched what its ledger does not name yet.
    found = session.patience.until("residue", residue.found, lambda now: not now)
    if "volume" in residue.unlisted:
        exercise.skip("inconclusive: the volumes were not listed before and after the requests")
    else:
        exercise.check(Arm.KEEPS)
    for left in found:
        made = left.named or _is_made_each_time(exercise, trial.draft, residue, left)
        if made:
            exercise.check(Arm.KEEPS, trial, str(left))
        with contextlib.suppress(NotAvailable):
            if _is_made_each_time(exercise, company.LATE, residue, left, accepted=False):
                refused = exercise.send(company.LATE)
                exercise.check(Arm.BREAKS, refused, str(left), rule=ATOMIC)
                return
        if made:
            return
    if session.target.instance_id:
        return  # the user may tag its volumes
    with contextlib.suppress(NotAvailable):
        if _are_tagged(exercise, residue):
            _find_tagger(exercise, residue)


def _find_tagger(exercise: Exercise, residue: Residue) -> None:
    """Record the accepted request that tags the volumes of a fresh instance.

    A rejected request may have tagged those of the instance before.
    """
    session = exercise.session
    for draft in (session.compositions.of(covering.FULL), tags.ON_SNAPSHOTS, PLAIN):
        trial = exercise.send(draft, unless="lacking")
        if trial is None or not trial.accepted:
            continue
        session.instances.renew(session.instances.of(Placeholder.RUNNING).id)
        if session.create_again(trial.draft).accepted and _are_tagged(exercise, residue):
            exercise.check(Arm.KEEPS, trial, "the volumes of the instance have other tags")
            return


def _are_tagged(exercise: Exercise, residue: Residue) -> bool:
    """Whether the volumes of the source instance have other tags than at its launch."""
    patience = exercise.session.patience
    return bool(patience.until("volume tags", lambda: readable(residue), lambda now: not now))


def _is_made_each_time(
    exercise: Exercise, draft: Draft, residue: Residue, left: Left, *, accepted: bool = True
) -> bool:
    """Whether each further request leaves one more resource of the kind."""
    session, seen = exercise.session, left.ids
    for _ in range(_TIMES):
        if session.create_again(draft).accepted is not accepted:
            return False
        found = residue.found()
        now = next((each.ids for each in found if each.kind == left.kind), frozenset())
        if not now - seen:
            return False
        seen = now
    return True
