"""Whole requests: every parameter at once, each from one of its value classes.

A class is legal, wrong or unspecified. The first class of a parameter is its plainest: it adds
nothing to the minimal request.

The module is long because its table has each value class of every parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import combinations, product

from allpairspy import AllPairs
from hypothesis import event, target
from hypothesis import strategies as st

from conformance.model.request import Draft, Form, Placeholder, Signing, create_image
from conformance.model.rules.block_device_mapping.performance import IOPS
from conformance.model.rules.block_device_mapping.volume import SIZES
from strategies import booleans, descriptions, instance_ids, mappings, names, newer, tags, wire


class Kind(Enum):
    """What the documents say of a class of values."""

    LEGAL = "legal"
    WRONG = "wrong"
    UNSPECIFIED = "unspecified"


@dataclass(frozen=True, slots=True)
class ValueClass:
    """A class of values of one parameter: minimal requests with one of its values."""

    name: str
    kind: Kind
    drafts: tuple[Draft, ...]
    laden: bool = True
    """Whether one of its values is sent in the laden request."""


def _legal(name: str, *drafts: Draft) -> ValueClass:
    return ValueClass(name, Kind.LEGAL, drafts)


def _wrong(name: str, *drafts: Draft) -> ValueClass:
    return ValueClass(name, Kind.WRONG, drafts)


def _more(name: str, *drafts: Draft) -> ValueClass:
    return ValueClass(name, Kind.WRONG, drafts, laden=False)


def _open(name: str, *drafts: Draft) -> ValueClass:
    return ValueClass(name, Kind.UNSPECIFIED, drafts)


def _each(drafts: Callable[[str], Iterable[Draft]], types: Iterable[str]) -> list[Draft]:
    """What a function gives for each volume type."""
    return [draft for type in types for draft in drafts(type)]


_SCALAR_NEAR_MISSES = [each for each in wire.NEAR_MISSES if not each.members("TagSpecification")]
"""One of a list's field also leaves the field out, which breaks another rule."""
_PLAIN = create_image()
PARAMETERS: Mapping[str, tuple[ValueClass, ...]] = {
    "Name": (
        _legal("plain", _PLAIN),
        _legal("the core characters", names.CORE_AT_ONCE, names.MIXED_CASE),
        _legal("the other characters", names.EXTRA_WITHIN_SPACES),
        _legal("shortest", *names.SHORTEST_LEGAL, names.NUMBER, names.DIGITS_FIRST),
        _legal("longest", *names.LONGEST_LEGAL),
        _wrong("absent", _PLAIN.without("Name")),
        _wrong("in use", create_image(Name=Placeholder.USED_NAME)),
        _wrong("too short", *names.TOO_SHORT),
        _wrong("too long", *names.TOO_LONG[:3]),
        _wrong("an illegal character", *names.OTHER),
        _open("another script", *names.OTHER_SCRIPTS),
    ),
    "Description": (
        _legal("absent", _PLAIN),
        _legal("empty", descriptions.EMPTY),
        _legal("text", *descriptions.ROUND_TRIP, *descriptions.LIKE_OTHER_TYPES),
        _legal("reserved characters", descriptions.ENCODED),
        _legal("longest", descriptions.SPACED_LONGEST, *descriptions.LONGEST_LEGAL),
        _wrong("too long", *descriptions.TOO_LONG),
        _open("other characters", *descriptions.UNSPECIFIED[:2]),
    ),
    "InstanceId": (
        _legal("running", _PLAIN),
        _legal("stopped", instance_ids.STOPPED),
        _legal("unlike its image", instance_ids.CHANGED),
        _legal(
            "with an instance store volume",
            create_image(InstanceId=Placeholder.WITH_INSTANCE_STORE),
        ),
        _wrong("absent", _PLAIN.without("InstanceId")),
        _wrong("unknown", *instance_ids.UNKNOWN),
        _wrong("malformed", *instance_ids.MALFORMED[:5]),
        _wrong("terminated", instance_ids.TERMINATED),
    ),
    "NoReboot": (
        _legal("absent", _PLAIN),
        _legal("true", create_image(NoReboot="true")),
        _legal("false", create_image(NoReboot="false")),
        _wrong("no boolean", *booleans.nonsense_of("NoReboot")),
        _open("another spelling", create_image(NoReboot="True")),
    ),
    "DryRun": (
        _legal("absent", _PLAIN),
        _legal("false", create_image(DryRun="false")),
        _wrong("true", create_image(DryRun="true")),
        _wrong("no boolean", *booleans.nonsense_of("DryRun")),
    ),
    "BlockDeviceMapping": (
        _legal("absent", _PLAIN),
        _legal("flags of existing devices", mappings.FLAGS, *mappings.FLAGS_ALONE),
        _legal("omitted devices", mappings.OMITTED, mappings.OMITTED_BOTH),
        _legal("instance store", mappings.STORE, mappings.STORES),
        _legal("empty volumes", mappings.EMPTY, mappings.ALL_LEAST, mappings.ALL_GREATEST),
        _legal("volumes of a snapshot", mappings.FROM_SNAPSHOT, mappings.ALL_FROM_SNAPSHOT),
        _wrong("another size of an existing device", *mappings.OTHER_SIZE),
        _wrong("other fields of an existing device", *mappings.OTHER_FIELDS),
        _wrong("a size beyond the type's", *_each(mappings.beyond_sizes, SIZES)),
        _more("IOPS beyond the type's", *_each(mappings.beyond_iops, IOPS)),
        _more("a throughput beyond the type's", *mappings.BEYOND_THROUGHPUT),
        _more("a throughput of another type than gp3", *mappings.THROUGHPUT_OF_OTHERS),
        _more("a type that needs IOPS, without", *mappings.WITHOUT_IOPS),
        _more(
            "limits of the type, of a snapshot",
            *_each(mappings.beyond_sizes_of_snapshot, SIZES),
            *_each(mappings.beyond_iops_of_snapshot, IOPS),
            *mappings.BEYOND_THROUGHPUT_OF_SNAPSHOT,
        ),
        _more("a size that is no integer", *mappings.NON_INTEGER_SIZES),
        _more("no virtual device", *mappings.NOT_VIRTUAL[:4]),
        _wrong("an unknown type", *mappings.UNKNOWN_TYPES),
        _wrong("a snapshot that does not exist", *mappings.NO_SUCH_SNAPSHOT),
        _more("a malformed snapshot id", *mappings.MALFORMED_SNAPSHOT),
        _wrong("no size and no snapshot", *mappings.NO_SIZE_OR_SNAPSHOT),
        _open("the root omitted", mappings.OMITTED_ROOT),
    ),
    "TagSpecification": (
        _legal("absent", _PLAIN),
        _legal("of the image", tags.ON_IMAGE, tags.RICH),
        _legal("of the snapshots", tags.ON_SNAPSHOTS, tags.RICH_SNAPSHOTS),
        _legal("of both", tags.FEW_ON_BOTH, tags.FIFTY_ON_BOTH),
        _wrong("of another type", *tags.OTHER_TYPES),
        _more("of another type beside the image", tags.OTHER_TYPE_BESIDE),
        _more("without a type", *tags.UNTYPED),
        _more("without a key", *tags.NO_KEY),
        _wrong("too many", *tags.TOO_MANY[:3]),
        _wrong("a key too long", *tags.KEY_TOO_LONG[:2]),
        _wrong("a value too long", *tags.VALUE_TOO_LONG[:2]),
        _wrong("a reserved key", *tags.RESERVED_KEYS),
        _open("a repeated type", *tags.REPEATED_TYPE),
    ),
    "another parameter": (
        _legal("absent", _PLAIN),
        _wrong("unknown", *wire.UNKNOWN),
        _more("nearly a documented name", *_SCALAR_NEAR_MISSES, *wire.RECASED),
        _wrong("SnapshotLocation", newer.LOCAL, *newer.OTHER_LOCATIONS),
        _wrong("BootModeOverride", *newer.OTHER_BOOT_MODES),
    ),
    "verb": (
        _legal("POST", _PLAIN),
        _legal("GET", _PLAIN.sent(form=Form(verb="GET"))),
        _legal("GET, + for a space", _PLAIN.sent(form=Form(verb="GET", space="+"))),
    ),
    "signature": (
        _legal("header", _PLAIN),
        _legal("query string", _PLAIN.sent(signing=Signing.QUERY)),
        _more(
            "wrong",
            *(
                _PLAIN.sent(signing=each)
                for each in (
                    Signing.WRONG_SECRET,
                    Signing.QUERY_WRONG_SECRET,
                    Signing.MALFORMED,
                    Signing.UNKNOWN_KEY,
                    Signing.PAST,
                    Signing.OTHER_DAY,
                    Signing.HOST_UNSIGNED,
                )
            ),
        ),
        _more("of a caller without permission", _PLAIN.sent(signing=Signing.DENIED)),
    ),
}
"""The value classes of each parameter, and of the form of a request."""

Chosen = tuple[str, ...]
"""The name of a class of each parameter, in the order of PARAMETERS."""
Pair = tuple[tuple[str, str], tuple[str, str]]
"""Two parameters, each with a class."""
Combination = tuple[tuple[str, str], ...]
"""Some parameters, each with a class."""


def class_of(parameter: str, name: str) -> ValueClass:
    """The class of a parameter by its name. Raises StopIteration."""
    return next(each for each in PARAMETERS[parameter] if each.name == name)


def whole(drafts: Iterable[Draft]) -> Draft:
    """The request that differs from the minimal one in everything in which one of these does."""
    minimal = dict(_PLAIN.params)
    merged = _PLAIN
    for draft in drafts:
        own = dict(draft.params)
        merged = merged.without(*(name for name in minimal if name not in own))
        merged = merged.having({n: v for n, v in draft.params if minimal.get(n) != v})
        if draft.form != _PLAIN.form:
            merged = merged.sent(form=draft.form)
        if draft.signing != _PLAIN.signing:
            merged = merged.sent(signing=draft.signing)
    return merged


def rows(strength: int) -> Iterator[Chosen]:
    """Choices that cover each combination of two or three classes that one request can have.

    At most one class of a row is not legal, so that one rule decides. First come the legal rows.
    """
    legal = [_names(classes, Kind.LEGAL) for classes in PARAMETERS.values()]
    pairs = [tuple(row) for row in AllPairs(legal)]
    yield from pairs
    if strength > 2:
        yield from _completed(pairs, legal)
        for place, classes in enumerate(PARAMETERS.values()):
            for wrong in _names(classes, Kind.WRONG, Kind.UNSPECIFIED):
                yield from ((*row[:place], wrong, *row[place + 1 :]) for row in pairs)
        return
    most = max(map(len, legal))
    for place, classes in enumerate(PARAMETERS.values()):
        for wrong in _names(classes, Kind.WRONG, Kind.UNSPECIFIED):
            values = len(class_of(tuple(PARAMETERS)[place], wrong).drafts)
            for number in range(max(most, values)):
                row = [each[number % len(each)] for each in legal]
                yield (*row[:place], wrong, *row[place + 1 :])


def _completed(given: list[Chosen], legal: list[list[str]]) -> Iterator[Chosen]:
    """Rows that cover each triple of legal classes that the given rows lack.

    Each row begins with a missing triple, and takes for the other parameters the classes that
    complete most of the missing triples. allpairspy leaves most triples out.
    """
    missing = {
        tuple(zip(places, classes, strict=True)): None
        for places in combinations(range(len(legal)), 3)
        for classes in product(*(legal[place] for place in places))
    }

    def take(row: Chosen) -> None:
        for each in combinations(enumerate(row), 3):
            missing.pop(each, None)

    def gain(row: dict[int, str], place: int, name: str) -> int:
        items = {**row, place: name}
        others = combinations(sorted(row), 2)
        return sum(
            tuple((at, items[at]) for at in sorted((*two, place))) in missing for two in others
        )

    for row in given:
        take(row)
    while missing:
        chosen = dict(next(iter(missing)))
        for place, names_of in enumerate(legal):
            if place not in chosen:
                chosen[place] = max(names_of, key=lambda name: gain(chosen, place, name))
        row = tuple(chosen[place] for place in range(len(legal)))
        take(row)
        yield row


LADEN: Chosen = (
    "the core characters", "text", "running", "true", "false", "empty volumes", "of both", "absent",
    "POST", "header",
)  # fmt: skip
"""A legal request with something beyond the minimal request in each parameter that has it."""


def laden_rows() -> Iterator[Chosen]:
    """The laden request with each wrong class in its place."""
    for place, classes in enumerate(PARAMETERS.values()):
        for wrong in (each.name for each in classes if each.laden and each.kind is Kind.WRONG):
            yield (*LADEN[:place], wrong, *LADEN[place + 1 :])


def not_legal(row: Chosen) -> str:
    """The parameter of which a row has a class that is not legal, or an empty text."""
    for parameter, name in zip(PARAMETERS, row, strict=True):
        if class_of(parameter, name).kind is not Kind.LEGAL:
            return parameter
    return ""


def _names(classes: tuple[ValueClass, ...], *kinds: Kind) -> list[str]:
    return [each.name for each in classes if each.kind in kinds]


def requests_of(chosen: Chosen, number: int | None = None) -> st.SearchStrategy[Draft]:
    """Requests with a value of each chosen class.

    With a ``number``, those that are not legal have the value of that place in their class.
    """
    parts = []
    for parameter, name in zip(PARAMETERS, chosen, strict=True):
        found = class_of(parameter, name)
        fixed = number is not None and found.kind is not Kind.LEGAL
        at = (number or 0) % len(found.drafts)
        parts.append(st.just(found.drafts[at]) if fixed else st.sampled_from(found.drafts))
    return st.tuples(*parts).map(whole)


@st.composite
def whole_requests(draw: st.DrawFn, seen: set[Combination]) -> Draft:
    """Whole requests. Half of them are legal, and most others have one class that is not.

    Hypothesis prefers requests with triples of classes that ``seen`` lacks. The triples of each
    drawn request are added to it.
    """
    chosen = [draw(st.sampled_from(_names(classes, Kind.LEGAL))) for classes in PARAMETERS.values()]
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 1, 1, 1, 2)))):
        place = draw(st.integers(0, len(chosen) - 1))
        classes = tuple(PARAMETERS.values())[place]
        others = _names(classes, Kind.WRONG, Kind.UNSPECIFIED) or [classes[0].name]
        chosen[place] = draw(st.sampled_from(others))
    triples = combinations_of(tuple(chosen), 3) - seen
    target(float(len(triples)), label="new triples of classes")
    event("new triples of classes", bool(triples))
    seen |= triples
    return draw(requests_of(tuple(chosen)))


def pairs_of(chosen: Chosen) -> frozenset[Pair]:
    """The pairs of classes that a choice has."""
    return frozenset(combinations(zip(PARAMETERS, chosen, strict=True), 2))


def combinations_of(chosen: Chosen, size: int) -> frozenset[Combination]:
    """The combinations of so many classes that a choice has."""
    return frozenset(combinations(zip(PARAMETERS, chosen, strict=True), size))


@cache
def all_pairs() -> frozenset[Pair]:
    """Every pair of classes of which at most one is not legal."""
    found: set[Pair] = set()
    for one, other in combinations(PARAMETERS, 2):
        for first, second in product(PARAMETERS[one], PARAMETERS[other]):
            if Kind.LEGAL in (first.kind, second.kind):
                found.add(((one, first.name), (other, second.name)))
    return frozenset(found)
