"""``TagSpecification.N``: resource types, numbers of tags, keys and values."""

from __future__ import annotations

import string
from collections.abc import Iterable
from functools import cache

import botocore.session
from hypothesis import strategies as st

from conformance.model.request import Draft, Signing, create_image
from conformance.model.rules.tag_specification.specification import MOST
from conformance.model.tags import IMAGE, KEY, RESERVED, SNAPSHOT, TYPES, VALUE

Tag = tuple[str | None, str | None]
"""Key and value; None for the one that is not sent."""

PURPOSE: Tag = ("purpose", "test")
"""An ordinary tag. It comes first beside unusual ones, to show that tags are applied at all."""


def tagged(*specifications: tuple[str | None, Iterable[Tag]]) -> Draft:
    """A request with these tag specifications: resource type and tags of each."""
    values: dict[str, str] = {}
    for number, (kind, tags) in enumerate(specifications, 1):
        head = f"TagSpecification.{number}."
        if kind is not None:
            values[head + "ResourceType"] = kind
        for index, (key, value) in enumerate(tags, 1):
            if key is not None:
                values[f"{head}Tag.{index}.Key"] = key
            if value is not None:
                values[f"{head}Tag.{index}.Value"] = value
    return create_image().having(dict(values))


def on_image(*tags: Tag) -> Draft:
    """A request that tags the image."""
    return tagged((IMAGE, tags))


def on_snapshots(*tags: Tag) -> Draft:
    """A request that tags the snapshots."""
    return tagged((SNAPSHOT, tags))


def is_for_snapshots(draft: Draft) -> bool:
    """Whether a request tags snapshots."""
    return any(name.endswith(".ResourceType") and v == SNAPSHOT for name, v in draft.params)


def beside(*tags: Tag) -> Draft:
    """A request that tags the image with an ordinary tag and these."""
    return on_image(PURPOSE, *tags)


def together(*drafts: Draft) -> Draft:
    """A request that tags the image with all the tags that these requests give it."""
    head = "TagSpecification.1.Tag"
    tags = [
        (str(draft.value(f"{head}.{index}.Key")), str(draft.value(f"{head}.{index}.Value")))
        for draft in drafts
        for index in draft.members(head)
    ]
    return on_image(*dict.fromkeys(tags))


def many(count: int, prefix: str = "key") -> tuple[Tag, ...]:
    """A number of ordinary tags."""
    return tuple((f"{prefix}{n}", f"value{n}") for n in range(1, count + 1))


ON_IMAGE = on_image(PURPOSE)
ON_SNAPSHOTS = on_snapshots(PURPOSE)

# Keys and values.

IN_TWO_CASES: tuple[Tag, ...] = (("Env", "one"), ("env", "two"), ("ENV", "three"))
EMPTY_VALUE: Tag = ("empty", "")
ODD: tuple[Tag, ...] = (
    ("a<b>&amp;c", "<x>&\"'</x>"),
    (" spaced  key ", " spaced  value "),
    ("ключ", "значение"),
    ("nai\u0308ve é", "Straße e\u0301"),
    ("日本", "😀 \N{FULLWIDTH LATIN SMALL LETTER A}"),
    ("a+b=c:d/e@f%20", "100% #1 ?a=b&c=d;+"),
    ("true", "null"),
    ("0", "-1e3"),
    ("00000122", "00000122"),
    ("1e5", "1e5"),
    ("2024-01-02", "1.10"),
    ("null", "TRUE"),
    ("=", "%41"),
    ("Name", "another, than the image's"),
    ("+", "\u212b \ufb01"),
)
"""Markup, spaces, other scripts, combining and wide characters, reserved characters of a query
string, and text that some languages read as a value of another type."""
LONG_KEYS = ("k" * KEY.every, "é" * KEY.every)
LONG_VALUES = ("v" * VALUE.every, "я" * VALUE.every)
"""The greatest length that every document allows, with one byte for each character and with two."""
NEARLY_RESERVED = ("aws", "awsome:key", "myaws:key")
_EDGES: tuple[Tag, ...] = (
    PURPOSE,
    *IN_TWO_CASES,
    EMPTY_VALUE,
    *ODD,
    *((key, "long key") for key in LONG_KEYS),
    *((f"long{n}", value) for n, value in enumerate(LONG_VALUES)),
    *((key, "not reserved") for key in NEARLY_RESERVED),
)
RICH_TAGS = (*_EDGES, *many(MOST - len(_EDGES)))
RICH = on_image(*RICH_TAGS)
"""50 tags for the image, with every edge case that must be accepted."""
RICH_SNAPSHOTS = on_snapshots(*RICH_TAGS)
RICH_ON_BOTH = tagged((IMAGE, RICH_TAGS), (SNAPSHOT, RICH_TAGS))
CASES = beside(*IN_TWO_CASES)
EMPTY = beside(EMPTY_VALUE)
CHARACTERS = tuple(beside(tag) for tag in ODD)
LONGEST_KEYS = tuple(beside((key, "v")) for key in LONG_KEYS)
LONGEST_VALUES = tuple(beside(("k", value)) for value in LONG_VALUES)
UNRESERVED = beside(*((key, "v") for key in NEARLY_RESERVED))
FEW = on_image(*many(3))
FIFTY = on_image(*many(MOST))
FEW_ON_SNAPSHOTS = on_snapshots(*many(3))
FIFTY_ON_SNAPSHOTS = on_snapshots(*many(MOST))

# For the image and the snapshots.

_OF_IMAGE = (("alike", "same"), ("shared", "image"), *many(MOST - 2, "image"))
_OF_SNAPSHOTS = (("alike", "same"), ("shared", "snapshot"), *many(MOST - 2, "snapshot"))
FEW_ON_BOTH = tagged((SNAPSHOT, _OF_SNAPSHOTS[:3]), (IMAGE, _OF_IMAGE[:3]))
FIFTY_ON_BOTH = tagged((SNAPSHOT, _OF_SNAPSHOTS), (IMAGE, _OF_IMAGE))
"""Fifty tags each: one in common, one key with different values, and others."""

# Rejected.


def of_type(kind: str | None) -> Draft:
    """A request with one tag for this ResourceType."""
    return tagged((kind, [PURPOSE]))


@cache
def _resource_types() -> tuple[str, ...]:
    shape = botocore.session.get_session().get_service_model("ec2").shape_for("ResourceType")
    return tuple(shape.metadata["enum"])


NEAREST_TYPES = ("instance", "volume", "images", "snapshots", "ami", "all", "*", "image,snapshot")
"""Related resource types, plurals, and words for both types."""
OTHER_TYPES = tuple(of_type(kind) for kind in NEAREST_TYPES)
OTHER_TYPE_BESIDE = tagged((IMAGE, [PURPOSE]), ("instance", [PURPOSE]))
"""A legal ResourceType and an illegal one."""


def every_other_type() -> tuple[Draft, ...]:
    """One request for each other resource type of EC2, by the installed botocore."""
    return tuple(
        of_type(kind) for kind in _resource_types() if kind not in (*TYPES, *NEAREST_TYPES)
    )


UNTYPED = (of_type(None), of_type(""), tagged((IMAGE, [PURPOSE]), (None, [("a", "b")])))
TOO_MANY = (
    on_image(*many(MOST + 1)),
    on_snapshots(*many(MOST + 1)),
    tagged((IMAGE, [PURPOSE]), (SNAPSHOT, many(MOST + 1))),
    on_image(*many(2 * MOST)),
)
_KEYS_TOO_LONG = (
    "k" * (KEY.any + 1),
    "k" * KEY.any + " ",
    "é" * (KEY.any + 1),
    "k" * 255,
    "k" * 1000,
)
"""129 characters, also with one that trimming would remove, with two bytes each, and far more."""
KEY_TOO_LONG = (
    *(on_image((key, "v")) for key in _KEYS_TOO_LONG),
    on_snapshots((_KEYS_TOO_LONG[0], "v")),
    beside((_KEYS_TOO_LONG[0], "v")),
)
_VALUES_TOO_LONG = ("v" * (VALUE.any + 1), "v" * VALUE.any + " ", "я" * (VALUE.any + 1), "v" * 1000)
VALUE_TOO_LONG = (
    *(on_image(("k", value)) for value in _VALUES_TOO_LONG),
    on_snapshots(("k", _VALUES_TOO_LONG[0])),
)
NO_KEY = (
    on_image(("", "v")),
    on_image((None, "v")),
    on_snapshots(("", "v")),
    beside(("", "v")),
    beside((None, "v")),
)
RESERVED_KEYS = (
    on_image(("aws:name", "v")),
    on_image((RESERVED, "v")),
    on_image(("aws:cloudformation:stack-name", "v")),
    on_snapshots(("aws:name", "v")),
    beside(("aws:name", "v")),
)
PARTLY_INVALID = (
    OTHER_TYPE_BESIDE,
    TOO_MANY[0],
    tagged((IMAGE, many(3)), (SNAPSHOT, [("aws:name", "v")])),
    tagged((IMAGE, many(3)), (SNAPSHOT, [*many(3), ("", "v")])),
    tagged((SNAPSHOT, many(3)), (IMAGE, many(MOST + 1))),
    tagged((IMAGE, many(3)), (SNAPSHOT, many(3)), ("volume", [PURPOSE])),
)
"""Valid tags and an invalid one, which a faulty endpoint may notice after it creates something."""

# Unspecified.

TYPES_IN_ANOTHER_CASE = tuple(of_type(kind) for kind in ("Image", "IMAGE", "Snapshot", " image"))
REPEATED_TYPE = (
    tagged((IMAGE, [("a", "1")]), (IMAGE, [("b", "2")])),
    tagged((IMAGE, [("a", "1")]), (IMAGE, [("a", "2")])),
    tagged((SNAPSHOT, [("a", "1")]), (SNAPSHOT, [("a", "1")])),
)
NO_TAGS = (tagged((IMAGE, [])), tagged((SNAPSHOT, [])))
REPEATED_KEYS = (on_image(("a", "1"), ("a", "2")), on_snapshots(("a", "1"), ("a", "1")))
BETWEEN_KEYS = on_image(("k" * KEY.any, "v"))
BETWEEN_VALUES = on_image(("k", "v" * VALUE.any))
RESERVED_IN_ANOTHER_CASE = (on_image(("AWS:name", "v")), on_image(("Aws:name", "v")))
NO_VALUE = (on_image(("a", None)),)
RESERVED_VALUES = (on_image(("a", "aws:value")),)
UNITS = (on_image(("😀" * 100, "v")), on_image(("a", "😀" * 200)))
CONTROLS = (on_image(("a", "two\nlines")), on_image(("a\tb", "c")))

# Permissions.

UNTAGGED_WITHOUT_PERMISSION = create_image().sent(signing=Signing.NO_TAGS)
TAGGED_WITHOUT_PERMISSION = tuple(
    draft.sent(signing=Signing.NO_TAGS) for draft in (ON_IMAGE, ON_SNAPSHOTS, FEW_ON_BOTH)
)
"""By a caller who may create images but not tag them."""

# Generated.

_LETTERS = string.ascii_letters + string.digits
_UNCONTROLLED = st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp"))


def _places() -> st.SearchStrategy[str]:
    return st.sampled_from(TYPES)


def keys_too_long() -> st.SearchStrategy[Draft]:
    """Keys of 129 to 600 characters."""
    lengths = st.integers(KEY.any + 1, 600)
    return st.builds(
        lambda of, c, n: tagged((of, [(c * n, "v")])), _places(), st.sampled_from(_LETTERS), lengths
    )


def reserved_keys() -> st.SearchStrategy[Draft]:
    """Keys with the prefix aws:, for the image or the snapshots."""
    rest = st.text(_LETTERS + ":-_", max_size=40)
    return st.builds(lambda of, key: tagged((of, [(RESERVED + key, "v")])), _places(), rest)


def texts() -> st.SearchStrategy[Draft]:
    """A key and a value of any characters but control characters, beside an ordinary tag."""
    key = st.text(_UNCONTROLLED, min_size=1, max_size=60).map(_free)
    value = st.text(_UNCONTROLLED, min_size=1, max_size=120).map(_free)
    return st.builds(lambda k, v: beside((k, v)), key, value)


def _free(text: str) -> str:
    """The text, prefixed with - if it is reserved or the key of the ordinary tag."""
    taken = text.lower().startswith(RESERVED) or text == PURPOSE[0]
    return f"-{text}" if taken else text


def counts() -> st.SearchStrategy[Draft]:
    """1 to 50 ordinary tags, for the image."""
    return st.integers(1, MOST).map(lambda n: on_image(*many(n)))
