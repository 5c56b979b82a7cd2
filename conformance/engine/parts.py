"""What a request is made of: each part in a request that is the plainest in all else."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.model.request import Draft, create_image

_LISTS = ("BlockDeviceMapping", "TagSpecification")


def parts(draft: Draft) -> Iterator[Draft]:
    """Each parameter alone, each member of a list alone, the form alone, the signature alone.

    A request of one part has none but itself.
    """
    plain = create_image()
    for name, value in draft.params:
        if name.partition(".")[0] not in _LISTS and (name, value) not in plain.params:
            yield plain.having({name: value})
    for prefix in _LISTS:
        members = {n: v for n, v in draft.params if n.startswith(f"{prefix}.")}
        yield from plain.having(members).apart(prefix)
    if draft.form != plain.form:
        yield plain.sent(form=draft.form)
    if draft.signing != plain.signing:
        yield plain.sent(signing=draft.signing)
