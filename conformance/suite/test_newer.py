"""Parameters that only later versions of the page document."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.property.exercise import Exercise
from conformance.engine.property.spec import (
    Needs,
    Sends,
    breaks,
    keeps,
    observe,
    select,
    unless_masked_by,
)
from conformance.model import Arm
from conformance.model.request import Placeholder, create_image
from conformance.suite.declare import exercises, prop
from strategies import newer, wire

PLAIN = create_image()


test_a_location_is_regional_or_local = prop(
    "snaploc.enum",
    unless_masked_by(
        wire.UNKNOWN[0],
        "wire.unknown",
        breaks(select(newer.OTHER_LOCATIONS, at_quick=2), generated=newer.other_locations()),
        accepted=False,
    ),
    keeps(PLAIN),
)


@exercises("snaploc.region_instance", sends=(breaks(newer.LOCAL), keeps(PLAIN)))
def test_a_location_for_an_instance_in_a_plain_zone(exercise: Exercise) -> None:
    exercise.breaks(newer.LOCAL)
    exercise.keeps(PLAIN)
    plain, local = exercise.send(PLAIN), exercise.send(newer.LOCAL)
    if plain.effects is not None and local.effects is not None:
        usual = {snapshot.zone for snapshot in plain.effects.snapshots}
        for zone in {snapshot.zone for snapshot in local.effects.snapshots} - {None, *usual}:
            exercise.check(Arm.BREAKS, local, f"its snapshots are kept in {zone}, as asked")


@dataclass(frozen=True, slots=True)
class _UefiForLegacyBios:
    """The legal mode, where DescribeInstances shows that the instance boots by legacy BIOS."""

    step: Sends

    def run(self, exercise: Exercise) -> None:
        source = exercise.session.instances.of(Placeholder.RUNNING)
        if source.boots_by == "legacy-bios":
            self.step.run(exercise)

    def needs(self) -> Needs:
        return self.step.needs()

    def sends(self) -> tuple[Sends, ...]:
        return ()  # it depends on the instance


test_a_boot_mode_is_uefi = prop(
    "bootmode.enum",
    unless_masked_by(
        wire.UNKNOWN[0],
        "wire.unknown",
        breaks(select(newer.OTHER_BOOT_MODES, at_quick=2), generated=newer.other_boot_modes()),
        accepted=False,
    ),
    unless_masked_by(
        wire.UNKNOWN[0], "wire.unknown", _UefiForLegacyBios(breaks(newer.UEFI)), accepted=False
    ),
    keeps(PLAIN),
)


test_a_parameter_of_a_later_page = prop("seed.version", observe(newer.LOCAL))
