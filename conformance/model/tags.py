"""The tags that a request asks for, and how the observed tags differ from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.model.entries import RequestedTags, is_plain, tag_specifications
from conformance.model.memo import last_call
from conformance.model.request import Request
from conformance.model.world import Effects, Snapshot, World

IMAGE, SNAPSHOT = "image", "snapshot"
TYPES = (IMAGE, SNAPSHOT)
"""The resource types that a request may tag."""
RESERVED = "aws:"

_PLAIN = re.compile(r"[A-Za-z0-9+\-=._:/@]([A-Za-z0-9 +\-=._:/@]*[A-Za-z0-9+\-=._:/@])?")
"""Text that every service accepts: a difference is not due to its characters."""
_UNSPECIFIED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LONG = 100
"""A text of this length that comes back shortened was too long for the endpoint."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A greatest length on which the documents disagree."""

    every: int
    """The greatest length that every document allows."""
    any: int
    """The greatest length that any document allows."""

    def reads(self, text: str) -> bool | None:
        """True within what all documents allow, False beyond what any allows, None between."""
        shortest = min(lengths(text))
        return False if shortest > self.any else None if shortest > self.every else True

    def depends_on_the_unit(self, text: str) -> bool:
        """Whether the unit decides if a text is too long."""
        counts = lengths(text)
        return min(counts) <= self.every < max(counts)


KEY = Limit(127, 128)
VALUE = Limit(255, 256)


def lengths(text: str) -> set[int]:
    """The length of a text in code points and in UTF-16 units; both are called characters."""
    if text.isascii():
        return {len(text)}
    return {len(text), len(text.encode("utf-16-le", "surrogatepass")) // 2}


def is_unspecified(text: str) -> bool:
    """Whether a text has characters that not every XML document can carry."""
    return _UNSPECIFIED.search(text) is not None


@last_call
def is_clear(request: Request) -> bool:
    """Whether the tag lists of a request are unambiguous."""
    types = [each.resource_type for each in tag_specifications(request)]
    return (
        is_plain(request, "TagSpecification")
        and all(_is_counted(fields) for fields in request.entries("TagSpecification").values())
        and len(set(types)) == len(types)
    )


def _is_counted(fields: Mapping[str, str]) -> bool:
    indexes = dict.fromkeys(f.split(".")[1] for f in fields if f.startswith("Tag."))
    return list(indexes) == [str(n) for n in range(1, len(indexes) + 1)]


def verdict(request: Request, kept: bool) -> bool | None:
    """The reading of a rule about tags: a violation in an ambiguous list is unspecified."""
    return True if kept else False if is_clear(request) else None


def in_length(request: Request, limit: Limit, texts: list[str]) -> bool | None:
    """The reading of a length limit for all of a request's keys, or values."""
    readings = [limit.reads(text) for text in texts]
    if False in readings:
        return verdict(request, False)
    return None if None in readings else True


def given(request: Request) -> Iterator[tuple[str | None, str | None]]:
    """Key and value of each tag of a request, for any ResourceType."""
    for specification in tag_specifications(request):
        yield from specification.tags


def keys(request: Request) -> list[str]:
    """The keys of a request's tags, without missing ones."""
    return [key for key, _ in given(request) if key is not None]


def values(request: Request) -> list[str]:
    """The values of a request's tags, without missing ones."""
    return [value for _, value in given(request) if value is not None]


class Fault(StrEnum):
    """A kind of difference between requested and observed tags. One rule covers each."""

    MISSING = "missing"
    """Ordinary requested tags are missing."""
    MISPLACED = "misplaced"
    """Tags are on a resource of the other type."""
    UNREQUESTED = "unrequested"
    """The request does not have the tags."""
    CASE = "case"
    """A key has another case, or was merged with one that differs in case."""
    EMPTY = "empty"
    """A tag with an empty value is missing, or its value is not empty."""
    TEXT = "text"
    """Characters of a key or value are changed, or the tag is missing because of them."""
    KEY_CUT = "key cut"
    VALUE_CUT = "value cut"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the requested and observed tags of the image or a snapshot."""

    fault: Fault
    of: str
    """The resource type of the tag specification."""
    observed: str


@dataclass(frozen=True, slots=True)
class _Requested:
    """The tags of one specification: the expected ones, and the keys without an expectation."""

    tags: Mapping[str, str]
    unspecified: frozenset[str]


_NOTHING = _Requested({}, frozenset())


def _asked(specification: RequestedTags) -> _Requested:
    every = [key for key, _ in specification.tags]
    tags = {
        key: value
        for key, value in specification.tags
        if key is not None
        and value is not None
        and every.count(key) == 1
        and _is_specified(key, value)
    }
    return _Requested(tags, frozenset(key for key in every if key is not None and key not in tags))


def _is_specified(key: str, value: str) -> bool:
    return (
        bool(key)
        and not key.lower().startswith(RESERVED)
        and not value.lower().startswith(RESERVED)
        and not is_unspecified(key + value)
        and max(lengths(key)) <= KEY.every
        and max(lengths(value)) <= VALUE.every
    )


def is_for_both(request: Request) -> bool:
    """Whether a request tags the image and the snapshots."""
    return {each.resource_type for each in tag_specifications(request)} == set(TYPES)


@last_call
def differences(request: Request, before: World, effects: Effects) -> tuple[Difference, ...]:
    """The differences between the requested and observed tags of the image and its snapshots.

    Empty if the image is not observed, or if the request is ambiguous.
    """
    return tuple(_differences(request, before, effects))


def _differences(request: Request, before: World, effects: Effects) -> Iterator[Difference]:
    specifications = {each.resource_type: each for each in tag_specifications(request)}
    if effects.image is None or not is_clear(request) or not specifications.keys() <= set(TYPES):
        return
    asked = {of: _asked(specifications[of]) if of in specifications else _NOTHING for of in TYPES}
    source = before.instances.get(request.instance_id or "")
    inherited = source.tags if source else {}
    yield from _compared(IMAGE, asked[IMAGE], asked[SNAPSHOT], inherited, effects.image.tags)
    for snapshot in _expected(effects):
        yield from _compared(SNAPSHOT, asked[SNAPSHOT], asked[IMAGE], inherited, snapshot.tags)


def _expected(effects: Effects) -> Iterator[Snapshot]:
    """The new snapshots, without one that the image does not map beside another of its volume.

    st.snap.per_volume covers such a snapshot.
    """
    mapped = {m.snapshot_id for m in effects.image.mappings} if effects.image else set()
    covered = {s.volume_id for s in effects.snapshots if s.id in mapped}
    for snapshot in effects.snapshots:
        if snapshot.id in mapped or snapshot.volume_id not in covered:
            yield snapshot


def _compared(
    of: str,
    asked: _Requested,
    other: _Requested,
    inherited: Mapping[str, str],
    found: Mapping[str, str],
) -> Iterator[Difference]:
    unspecified = asked.unspecified | other.unspecified
    shown = {k: v for k, v in found.items() if k not in unspecified and not k.startswith(RESERVED)}
    missing = [key for key in asked.tags if key not in shown]
    strange = []
    for key in (key for key in shown if key not in asked.tags):
        if key in other.tags:
            yield _misplaced(of, key)
        elif inherited.get(key) == shown[key]:
            yield Difference(Fault.UNREQUESTED, of, f"the {of} has the instance's tag {key!r}")
        else:
            strange.append(key)
    if unspecified:  # those tags may be there under other keys
        strange = []
    for key in list(missing):
        same = [k for k in shown if k != key and k.casefold() == key.casefold()]
        if same:
            yield Difference(Fault.CASE, of, _under(of, key, same[0]))
            missing.remove(key)
            strange = [k for k in strange if k not in same]
    yield from _lost(of, asked, missing, strange)
    for key in (key for key, value in asked.tags.items() if shown.get(key, value) != value):
        yield _changed(of, key, asked, other, shown)


def _under(of: str, asked: str, shown: str) -> str:
    """The requested tag is there, under another key."""
    return f"the {of} has the requested tag {asked!r} under the key {shown!r}"


def _misplaced(of: str, key: str) -> Difference:
    owner = SNAPSHOT if of == IMAGE else IMAGE
    return Difference(Fault.MISPLACED, owner, f"the {of} has the tag {key!r} meant for the {owner}")


def _lost(
    of: str, asked: _Requested, missing: list[str], strange: list[str]
) -> Iterator[Difference]:
    """Requested keys that are missing, and other keys that replace them."""
    if missing and 0 < len(strange) <= len(missing):
        cut = [k for k in missing if any(_is_cut(k, shorter) for shorter in strange)]
        observed = _under(of, (cut or missing)[0], strange[0])
        yield Difference(Fault.KEY_CUT if cut else Fault.TEXT, of, observed)
    elif strange:
        yield Difference(Fault.UNREQUESTED, of, f"the {of} has a tag {strange[0]!r}")
    elif missing:
        kept = len(missing) < len(asked.tags)
        usual = [k for k in missing if asked.tags[k] and _is_plain(k, asked.tags[k])]
        empty = [k for k in missing if not asked.tags[k]]
        if not kept:
            yield Difference(Fault.MISSING, of, f"the {of} has none of the requested tags")
            return
        if usual:
            yield Difference(Fault.MISSING, of, f"the {of} has no tag {usual[0]!r}")
            return
        if empty:
            yield Difference(Fault.EMPTY, of, f"the {of} has no tag {empty[0]!r}")
        if len(empty) < len(missing):
            odd = next(k for k in missing if k not in empty)
            yield Difference(Fault.TEXT, of, f"the {of} has no tag {odd!r}")


def _changed(
    of: str, key: str, asked: _Requested, other: _Requested, shown: Mapping[str, str]
) -> Difference:
    """A value other than the requested one."""
    sent, came = asked.tags[key], shown[key]
    observed = f"the {of}'s tag {key!r} is {came!r}; the request has {sent!r}"
    folded = [k for k in asked.tags if k not in shown and k.casefold() == key.casefold()]
    if other.tags.get(key) == came:
        return _misplaced(of, key)
    if folded:
        return Difference(Fault.CASE, of, observed)
    if not sent:
        return Difference(Fault.EMPTY, of, observed)
    return Difference(Fault.VALUE_CUT if _is_cut(sent, came) else Fault.TEXT, of, observed)


def _is_cut(sent: str, came: str) -> bool:
    return len(sent) >= _LONG and len(came) < len(sent) and bool(came) and sent.startswith(came)


def _is_plain(*texts: str) -> bool:
    return all(len(text) < _LONG and _PLAIN.fullmatch(text) for text in texts)
