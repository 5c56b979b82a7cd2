"""Splits a request into its components and shrinks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from conformance.model.components import Component, components_of, restricted
from conformance.model.request import Draft, Value, create_image

T = TypeVar("T")

_LISTS = ("BlockDeviceMapping", "TagSpecification")
_IN_VAIN = 2
"""Searches for a needed component that show nothing, after which another one is not likely to."""
_FEW = 16
"""Up to this many members, each one is also left out by itself."""


def components(draft: Draft) -> Iterator[Draft]:
    """Each component of a request, in a request that is otherwise the minimal one.

    The only component of a request with one component is the request itself.
    """
    return (restricted(draft, [each]) for each in components_of(draft))


def shrink(draft: Draft, found: T, shows: Callable[[Draft], T | None], most: int) -> T:
    """The result of the smallest request for which ``shows`` returns one.

    ``found`` is the result of ``draft``. At most ``most`` smaller requests are tried.
    """
    again = True
    while again:
        again = False
        for each in smaller(draft):
            if most == 0:
                return found
            most -= 1
            if (shown := shows(each)) is not None:
                draft, found, again = each, shown, True
                break
    return found


def needed(draft: Draft, found: T, shows: Callable[[Draft], T | None]) -> T:
    """The result of the request with the components alone for which ``shows`` returns one.

    ``found`` is the result of ``draft``. The last component that is needed is found by halves, then
    the one before it. The search ends where no smaller request shows anything.
    """
    kept: list[Component] = []
    rest, without = components_of(draft), 0
    while rest and without < _IN_VAIN:
        low, high, without = 0, len(rest), without + 1
        while high - low > 1:
            middle = (low + high) // 2
            if (shown := shows(restricted(draft, [*kept, *rest[:middle]]))) is not None:
                found, high, without = shown, middle, 0
            else:
                low = middle
        kept.append(rest[high - 1])
        rest = rest[: high - 1]
        if rest and (shown := shows(restricted(draft, kept))) is not None:
            return shown
    return found


def smaller(draft: Draft) -> Iterator[Draft]:
    """The draft with one thing less: a parameter, a list, a member, the form, the signature."""
    minimal = create_image()
    for name in _singles(draft):
        yield (
            draft.having({name: minimal.value(name)})
            if name in minimal.names()
            else draft.without(name)
        )
    if draft.form != minimal.form:
        yield draft.sent(form=minimal.form)
    if draft.signing != minimal.signing:
        yield draft.sent(signing=minimal.signing)
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


def restored(draft: Draft) -> Iterator[Draft]:
    """The draft with each parameter of the minimal request that it lacks."""
    minimal = create_image().params
    lacking = [each for each in minimal if each[0] not in draft.names()]
    for one in lacking:
        own = [each for each in minimal if each not in lacking or each == one]
        given = dict(draft.params)
        rest = [each for each in draft.params if each[0] not in dict(own)]
        head = tuple((name, given.get(name, value)) for name, value in own)
        yield replace(draft, params=(*head, *rest))


def _some(members: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Smaller selections of a list's members: each half, and all but one."""
    if len(members) > 1:
        middle = len(members) // 2
        yield members[:middle]
        yield members[middle:]
    if 2 < len(members) <= _FEW:
        yield from (members[:place] + members[place + 1 :] for place in range(len(members)))


def _singles(draft: Draft) -> list[str]:
    """The parameters that are not lists and differ from the minimal request."""
    minimal = create_image().params
    singles = [(n, v) for n, v in draft.params if n.partition(".")[0] not in _LISTS]
    return [name for name, value in singles if (name, value) not in minimal]


def _members(draft: Draft, prefix: str) -> dict[str, Value]:
    return {name: value for name, value in draft.params if name.startswith(f"{prefix}.")}
