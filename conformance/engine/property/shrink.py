"""What a request is made of, and how it is made smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from conformance.model.request import Draft, Value, create_image

T = TypeVar("T")

_LISTS = ("BlockDeviceMapping", "TagSpecification")
_FEW = 16
"""What is no more than this is also tried without each single one."""


def parts(draft: Draft) -> Iterator[Draft]:
    """Each part in a request that is the plainest in all else: each parameter alone, each member
    of a list alone, the form alone, the signature alone.

    A request of one part has none but itself.
    """
    plain = create_image()
    for name in _singles(draft):
        yield plain.having({name: draft.value(name)})
    for prefix in _LISTS:
        yield from plain.having(_members(draft, prefix)).apart(prefix)
    if draft.form != plain.form:
        yield plain.sent(form=draft.form)
    if draft.signing != plain.signing:
        yield plain.sent(signing=draft.signing)


def reduced(draft: Draft, found: T, shows: Callable[[Draft], T | None], most: int) -> T:
    """What the smallest request shows that shows the same as ``draft``, of which ``found`` was
    seen. At most so many are tried."""
    again = True
    while again:
        again = False
        for smaller in _smaller(draft):
            if most == 0:
                return found
            most -= 1
            if (seen := shows(smaller)) is not None:
                draft, found, again = smaller, seen, True
                break
    return found


def _smaller(draft: Draft) -> Iterator[Draft]:
    """The draft with less in it: without a parameter or a list, with one member of a list."""
    plain = create_image()
    for name in _singles(draft):
        yield (
            draft.having({name: plain.value(name)})
            if name in plain.names()
            else draft.without(name)
        )
    if draft.form != plain.form:
        yield draft.sent(form=plain.form)
    if draft.signing != plain.signing:
        yield draft.sent(signing=plain.signing)
    for prefix in _LISTS:
        if members := draft.members(prefix):
            yield draft.without(*_members(draft, prefix))
            if all(index.isdigit() for index in members):
                yield from (draft.keeping(prefix, some) for some in _some(members))
    for index in draft.members(_LISTS[1]):
        tags = f"{_LISTS[1]}.{index}.Tag"
        yield from (draft.keeping(tags, some) for some in _some(draft.members(tags)))
    fields = [name for prefix in _LISTS for name in _members(draft, prefix)]
    if len(fields) <= _FEW:
        yield from (draft.without(name) for name in fields)


def _some(members: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Some of a list's members: either half, and all but one."""
    if len(members) > 1:
        middle = len(members) // 2
        yield members[:middle]
        yield members[middle:]
    if 2 < len(members) <= _FEW:
        yield from (members[:place] + members[place + 1 :] for place in range(len(members)))


def _singles(draft: Draft) -> list[str]:
    """The parameters that are no list and are not as in the plainest request."""
    plain = create_image().params
    return [n for n, v in draft.params if n.partition(".")[0] not in _LISTS and (n, v) not in plain]


def _members(draft: Draft, prefix: str) -> dict[str, Value]:
    return {name: value for name, value in draft.params if name.startswith(f"{prefix}.")}
