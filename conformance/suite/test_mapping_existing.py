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
    exercise.keeps_among(covering.FULL, mappings.FLAGS, *mappings.FLAGS_ALONE)
    exercise.keeps(*exercise.more(mappings.FLAGS_REPEATED))
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
    exercise.observe_among(unspecified.ALL, mappings.SAME_SIZE)


@exercises("bdm.existing.encryption")
def test_encryption_cannot_be_changed(exercise: Exercise) -> None:
    exercise.breaks(*exercise.more(mappings.STAY_AS_THEY_ARE), *mappings.ENCRYPTS)
    exercise.keeps(PLAIN)


@exercises("bdm.enc.unenc_volume")
def test_an_unencrypted_volume_stays_so(exercise: Exercise) -> None:
    exercise.rests_on(mappings.FLAGS_ALONE[1], "bdm.existing.dot")
    exercise.breaks(*mappings.ENCRYPTS)
    exercise.keeps_among(covering.GREATEST, STAY, mappings.STAYS_UNENCRYPTED)


@exercises("bdm.enc.enc_volume")
def test_an_encrypted_volume_stays_so(exercise: Exercise) -> None:
    exercise.rests_on(mappings.ROOT_KEPT, "bdm.existing.dot")
    exercise.keeps_among(covering.GREATEST, STAY, mappings.STAYS_ENCRYPTED[0])
    exercise.keeps_in(covering.FULL, mappings.STAYS_ENCRYPTED[1])
    exercise.control(mappings.ENCRYPTS[0])
