"""Several images of one instance."""

from __future__ import annotations

import contextlib

from conformance.engine.property.exercise import Exercise
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.request import create_image
from conformance.suite.declare import exercises
from conformance.suite.scenarios import BOOT_DELAY, boot
from conformance.suite.sequences import run_sequences, sent_again
from conformance.suite.test_no_reboot import ANOTHER
from reports.reasons import masked_by
from strategies.sequences import FIXED

PLAIN = create_image()
_IN_MAPPING = "st.snap.in_bdm"
"""The rule that an image breaks which maps other snapshots than its own."""


@exercises("lc.new_name_again", requires=("st.snap.per_volume", "name.unique"), needs=(BOOT_DELAY,))
def test_the_same_instance_under_another_name(exercise: Exercise) -> None:
    first = exercise.send(PLAIN, unless="refused")
    with contextlib.suppress(NotAvailable):
        exercise.scenarios.history(boot(ANOTHER))  # noreboot.false judges the boot
    second = exercise.send(ANOTHER)
    if first is None:
        return
    if not second.accepted:
        exercise.check(Arm.KEEPS, second)
    elif first.effects is not None and second.effects is not None:
        mapped = [_snapshots(each.effects.image) for each in (first, second) if each.effects]
        shown = all(mapped) or all(e.effects.snapshots for e in (first, second) if e.effects)
        shared = mapped[0] & mapped[1]
        if not shown:
            exercise.skip("not decided: an image shows no snapshot, see st.snap.per_volume")
        elif shared and not (first.effects.snapshots or first.effects.failed):
            exercise.skip("not decided: the first image has no snapshot, see st.snap.per_volume")
        elif shared and any(each.rule == _IN_MAPPING for each in second.violations):
            exercise.skip(masked_by(_IN_MAPPING))
        else:
            exercise.check(Arm.KEEPS)
            if shared:
                observed = f"both images have snapshot {min(shared)}"
                exercise.check(Arm.KEEPS, second, observed, before=[first])
    again = sent_again(exercise, first)
    if not again.accepted:
        exercise.check(Arm.BREAKS)
    else:
        exercise.skip("not decided: see name.unique")
    run_sequences(exercise, FIXED[exercise.rule.id])


def _snapshots(image: object) -> set[str]:
    return {m.snapshot_id for m in getattr(image, "mappings", ()) if m.snapshot_id}
