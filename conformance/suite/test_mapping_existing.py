"""BlockDeviceMapping entries for volumes that the instance has."""

from __future__ import annotations

from conformance.engine.property.exercise import Exercise
from conformance.model.request import create_image
from conformance.suite.marks import exercises
from strategies import covering, mappings, unspecified

PLAIN = create_image()
STAY = mappings.STAY_AS_THEY_ARE


@exercises("bdm.existing.dot")
def test_delete_on_termination_may_be_changed(exercise: Exercise) -> None:
    exercise.keeps(*mappings.FLAGS_ALONE, via=covering.FULL, batch=mappings.FLAGS)
    exercise.keeps(*exercise.select([mappings.FLAGS_REPEATED], at_quick=0))
    exercise.control(PLAIN)


@exercises("bdm.existing.size")
def test_the_size_cannot_be_changed(exercise: Exercise) -> None:
    exercise.breaks(*mappings.OTHER_SIZE)
    exercise.keeps(PLAIN)


@exercises("bdm.existing.only_dot")
def test_nothing_else_can_be_changed(exercise: Exercise) -> None:
    exercise.breaks(*mappings.OTHER_FIELDS)
    exercise.keeps(PLAIN)


@exercises("bdm.existing.same_value")
def test_the_present_value_repeated(exercise: Exercise) -> None:
    exercise.observe(mappings.SAME_SIZE, via=unspecified.ALL)


@exercises("bdm.existing.encryption")
def test_encryption_cannot_be_changed(exercise: Exercise) -> None:
    exercise.breaks(*exercise.select([mappings.STAY_AS_THEY_ARE], at_quick=0), *mappings.ENCRYPTS)
    exercise.keeps(PLAIN)


@exercises("bdm.enc.unenc_volume")
def test_an_unencrypted_volume_stays_so(exercise: Exercise) -> None:
    exercise.requires(mappings.FLAGS_ALONE[1], "bdm.existing.dot")
    exercise.breaks(*mappings.ENCRYPTS)
    exercise.keeps(mappings.STAYS_UNENCRYPTED, via=covering.GREATEST, batch=STAY)


@exercises("bdm.enc.enc_volume")
def test_an_encrypted_volume_stays_so(exercise: Exercise) -> None:
    exercise.requires(mappings.ROOT_KEPT, "bdm.existing.dot")
    exercise.keeps(mappings.STAYS_ENCRYPTED[0], via=covering.GREATEST, batch=STAY)
    exercise.keeps(mappings.STAYS_ENCRYPTED[1], via=covering.FULL)
    exercise.control(mappings.ENCRYPTS[0])
