"""Value classes: names for the kinds of values that generated requests have."""

from __future__ import annotations

import string
from collections.abc import Iterator
from functools import lru_cache

from conformance.model.request import (
    Draft,
    Form,
    Placeholder,
    Signing,
    UniqueName,
    Value,
    create_image,
)

_MINIMAL = dict(create_image().params)
_KNOWN = frozenset(
    {"Action", "Version", "Name", "Description", "InstanceId", "NoReboot", "DryRun"}
    | {"BlockDeviceMapping", "TagSpecification", "SnapshotLocation", "BootModeOverride"}
)
_PUNCTUATION = frozenset(string.punctuation)


def value_classes(draft: Draft) -> set[str]:
    """The value classes of everything in which a draft differs from the minimal request."""
    found: set[str] = set()
    for name, value in draft.params:
        if _MINIMAL.get(name) == value:
            continue
        if name.partition(".")[0] in _KNOWN:
            place = ".".join("N" if part.isdecimal() else part for part in name.split("."))
            found.update(f"{place}: {each}" for each in _of(value))
        else:
            found.update(f"another parameter, its name: {each}" for each in _of_text(name))
    found.update(f"without {name}" for name in _MINIMAL.keys() - dict(draft.params).keys())
    if draft.form != Form():
        found.add("another form on the wire")
    if draft.signing is not Signing.VALID:
        found.add("another signature")
    return found


def _of(value: Value) -> Iterator[str]:
    if isinstance(value, Placeholder):
        yield f"one of the target's, {value.value}"
    else:
        yield from _of_text(value.shape if isinstance(value, UniqueName) else value)


def _of_text(text: str) -> Iterator[str]:
    yield _length(len(text))
    yield from {_kind(c) for c in set(text)}
    if text.removeprefix("-").isdecimal() and text.isascii():
        yield "a negative integer" if text.startswith("-") else "an integer"
    elif text.lower() in ("true", "false"):
        yield "a boolean"


def _length(length: int) -> str:
    """A range of lengths between powers of two: 100 is in 64 to 127."""
    if length < 2:
        return f"{length} characters"
    least = 1 << (length.bit_length() - 1)
    return f"{least} to {2 * least - 1} characters"


@lru_cache(1024)
def _kind(character: str) -> str:
    if character.isascii():
        if character.isalpha():
            return "ASCII letters"
        if character.isdigit():
            return "ASCII digits"
        if character in _PUNCTUATION:
            return "ASCII punctuation"
        return "spaces" if character == " " else "control characters"
    if character <= "\xff":
        return "Latin-1"
    if "\ud800" <= character <= "\udfff":
        return "surrogates"
    return "other characters of the BMP" if character <= "\uffff" else "beyond the BMP"
