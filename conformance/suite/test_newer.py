"""Parameters that only later pages have: a server of the older page knows none of them."""

from __future__ import annotations

from conformance.engine.exercise import Exercise
from conformance.model.request import create_image
from conformance.suite.marks import exercises
from strategies import newer, wire

PLAIN = create_image()


@exercises("snaploc.enum")
def test_a_location_is_regional_or_local(exercise: Exercise) -> None:
    if not exercise.masked_by(wire.UNKNOWN[0], "wire.unknown"):
        exercise.breaks(*newer.OTHER_LOCATIONS, drawn=newer.other_locations())
    exercise.keeps(PLAIN)


@exercises("snaploc.region_instance")
def test_a_location_for_an_instance_in_a_plain_zone(exercise: Exercise) -> None:
    exercise.breaks(newer.REGIONAL)
    exercise.keeps(PLAIN)


@exercises("bootmode.enum")
def test_a_boot_mode_is_uefi(exercise: Exercise) -> None:
    if not exercise.masked_by(wire.UNKNOWN[0], "wire.unknown"):
        exercise.breaks(*newer.OTHER_BOOT_MODES, drawn=newer.other_boot_modes())
    exercise.keeps(PLAIN)


@exercises("seed.version")
def test_a_parameter_of_a_later_page(exercise: Exercise) -> None:
    exercise.observe(newer.REGIONAL)
