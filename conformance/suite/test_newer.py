"""Parameters that only later pages have: a server of the older page knows none of them."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.model import Arm
from conformance.model.request import create_image
from conformance.suite.marks import exercises
from strategies import newer, wire

PLAIN = create_image()


@exercises("snaploc.enum")
def test_a_location_is_regional_or_local(exercise: Exercise) -> None:
    if not exercise.is_masked(wire.UNKNOWN[0], "wire.unknown", accepted=False):
        exercise.breaks(*newer.OTHER_LOCATIONS, generated=newer.other_locations())
    exercise.keeps(PLAIN)


@exercises("snaploc.region_instance")
def test_a_location_for_an_instance_in_a_plain_zone(exercise: Exercise) -> None:
    exercise.breaks(newer.LOCAL)
    exercise.keeps(PLAIN)
    plain, local = exercise.send(PLAIN), exercise.send(newer.LOCAL)
    if plain.effects is not None and local.effects is not None:
        usual = {snapshot.zone for snapshot in plain.effects.snapshots}
        for zone in {snapshot.zone for snapshot in local.effects.snapshots} - {None, *usual}:
            exercise.deviates(Arm.BREAKS, local, f"its snapshots are kept in {zone}, as asked")


@exercises("bootmode.enum")
def test_a_boot_mode_is_uefi(exercise: Exercise) -> None:
    if not exercise.is_masked(wire.UNKNOWN[0], "wire.unknown", accepted=False):
        exercise.breaks(*newer.OTHER_BOOT_MODES, generated=newer.other_boot_modes())
    exercise.keeps(PLAIN)


@exercises("seed.version")
def test_a_parameter_of_a_later_page(exercise: Exercise) -> None:
    exercise.observe(newer.LOCAL)
