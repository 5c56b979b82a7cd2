"""Sets of faults of which one once hid another, or made the suite blame a rule that holds."""

from __future__ import annotations

import pytest

from conformance.prove.together import conflict, together_of

SETS = [
    # An image that was let through goes between two listings.
    ("reach/nothing-is-required", "tags/only-the-first-type-is-checked"),
    # The stopped instance that is the workaround runs after one request.
    ("instance/running-is-refused", "no-reboot/a-stopped-instance-is-started"),
    # The minimal request is refused without a body, and so are those of scenarios.
    ("wire/instance-id-is-unknown", "error/errors-without-a-body",
     "name/names-are-never-free-again"),
    # A wrong description ends no sequence.
    ("error/a-refused-boolean-takes-the-name", "description/that-of-the-image-before"),
    # A part of a combination crashes alone.
    ("crash/snapshot-id-500-xml", "combination/an-explicit-reboot-excludes-snapshot-tags"),
    # The covering request is refused, so another one tags the volumes.
    ("residue/volumes-get-the-tags-of-the-snapshots", "tags/rejects-50"),
    # Mappings beside others hide what one of them does.
    ("mapping/the-word-false-encrypts", "combination/new-volumes-reset-the-flags"),
    # The deregistration scenario ends early.
    ("cleanup/deregister-image-does-nothing",
     "evidence/images-and-reservations-are-of-another-account"),
    # No image is shown, so none is seen to fail.
    ("views/failed-images-show-no-reason", "response/image-id-is-cut"),
    # An SDK sends the charset that the target refuses.
    ("wire/charset-is-refused", "no-reboot/inverted"),
    # The covering request that shows a value wrongly builds on the description.
    ("description/escaped-twice", "crash/name-of-128-dropped"),
    # A request that the run has sent has shown the same refusal.
    ("tags/rejects-50", "reach/no-name-and-unknown-parameters"),
    # Accepted requests and rejected ones leave volumes.
    ("record/new-volumes-are-made-at-once", "again/the-first-of-two-volumes-is-made"),
    # The tags are read, though the image shows a device too many.
    ("memory/devices-of-earlier-images", "condition/a-dry-run-with-tags-is-none"),
    # What the target refuses by itself is no company of a wrong value.
    ("wire/true-is-refused", "condition/a-second-mapping-may-encrypt-a-snapshot"),
    # Where mappings are ignored, none is taken over.
    ("mapping/mappings-are-ignored", "mapping/the-throughput-is-changed"),
    # No snapshot is missing where no image is made.
    ("crash/instance-id-dropped", "lifecycle/shared-snapshots-are-deleted"),
    # The refusal of a combination cannot be read.
    ("error/errors-in-json", "combination/tags-exclude-mappings"),
    # The target refuses by POST what a GET does not read.
    ("wire/volume-type-is-unknown", "evidence/one-image-cannot-be-described",
     "condition/a-get-has-no-lists"),
]  # fmt: skip


@pytest.mark.parametrize("faults", SETS, ids="+".join)
def test_each_fault_of_a_set_is_found_or_masked(faults: tuple[str, ...]) -> None:
    row = together_of(1, faults, "quick", 1)
    assert not row.missed
    assert not row.outside
    assert not row.attempt.errors


def test_a_step_that_one_fault_takes_out_hides_what_another_changes_of_it() -> None:
    assert conflict("tags/names-and-tags-are-checked-last", "aftermath/only-the-first-tag")
    assert conflict("name/control-characters-pass", "name/the-error-pages-list")
    assert not conflict("name/accepts-129", "description/accepts-256")
