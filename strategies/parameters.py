"""The value classes of each parameter of whole requests, and of the form of a request.

A class is legal, wrong or unspecified. The first class of a parameter is its plainest: it adds
nothing to the minimal request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

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
        _legal("shortest", *names.SHORTEST_LEGAL),
        _legal("like a number", names.NUMBER, names.DIGITS_FIRST),
        _legal("longest", *names.LONGEST_LEGAL),
        _wrong("absent", _PLAIN.without("Name")),
        _wrong("empty", names.named("")),
        _wrong("in use", create_image(Name=Placeholder.USED_NAME)),
        _wrong("too short", *names.TOO_SHORT),
        _wrong("too long", *names.TOO_LONG),
        _wrong("an illegal character", *names.OTHER),
        _open("another script", *names.OTHER_SCRIPTS),
    ),
    "Description": (
        _legal("absent", _PLAIN),
        _legal("empty", descriptions.EMPTY),
        _legal("text", *descriptions.ROUND_TRIP),
        _legal("like another type", *descriptions.LIKE_OTHER_TYPES),
        _legal("reserved characters", descriptions.ENCODED),
        _legal("longest", descriptions.SPACED_LONGEST, *descriptions.LONGEST_LEGAL),
        _wrong("too long", *descriptions.TOO_LONG),
        _open("other characters", *descriptions.UNSPECIFIED),
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
        _wrong("malformed", *instance_ids.MALFORMED),
        _wrong("terminated", instance_ids.TERMINATED),
    ),
    "NoReboot": (
        _legal("absent", _PLAIN),
        _legal("true", create_image(NoReboot="true")),
        _legal("false", create_image(NoReboot="false")),
        _wrong("no boolean", *booleans.nonsense_of("NoReboot")),
        _open("another spelling", *booleans.unspecified_of("NoReboot")),
    ),
    "DryRun": (
        _legal("absent", _PLAIN),
        _legal("false", create_image(DryRun="false")),
        _wrong("true", create_image(DryRun="true")),
        _wrong("no boolean", *booleans.nonsense_of("DryRun")),
        _open("another spelling", *booleans.unspecified_of("DryRun")),
    ),
    "BlockDeviceMapping": (
        _legal("absent", _PLAIN),
        _legal("flags of existing devices", mappings.FLAGS, *mappings.FLAGS_ALONE),
        _legal("encryption as it is", mappings.STAY_AS_THEY_ARE, *mappings.STAYS_ENCRYPTED),
        _legal("omitted devices", mappings.OMITTED, mappings.OMITTED_BOTH),
        _legal("instance store", mappings.STORE, mappings.STORES),
        _legal("empty volumes", mappings.EMPTY, mappings.ALL_LEAST, mappings.ALL_GREATEST),
        _legal(
            "volumes of a snapshot",
            mappings.FROM_SNAPSHOT,
            mappings.ALL_FROM_SNAPSHOT,
            mappings.ALL_BOUNDS_OF_SNAPSHOT,
        ),
        _wrong("another size of an existing device", *mappings.OTHER_SIZE),
        _wrong("another type of an existing device", mappings.OTHER_TYPE),
        _more("other IOPS of an existing device", mappings.OTHER_IOPS),
        _more("another throughput of an existing device", mappings.OTHER_THROUGHPUT),
        _more("a snapshot for an existing device", mappings.OTHER_SNAPSHOT),
        _more("an instance store volume for an existing device", mappings.OTHER_KIND),
        _wrong("encryption of an unencrypted volume", *mappings.ENCRYPTS),
        _wrong("a size beyond the type's", *_each(mappings.beyond_sizes, SIZES)),
        _more("IOPS beyond the type's", *_each(mappings.beyond_iops, IOPS)),
        _more("a throughput beyond the type's", *mappings.BEYOND_THROUGHPUT),
        _more("a throughput of another type than gp3", *mappings.THROUGHPUT_OF_OTHERS),
        _more("a type that needs IOPS, without", *mappings.WITHOUT_IOPS),
        _more(
            "a size beyond the type's, of a snapshot",
            *_each(mappings.beyond_sizes_of_snapshot, SIZES),
        ),
        _more(
            "IOPS beyond the type's, of a snapshot",
            *_each(mappings.beyond_iops_of_snapshot, IOPS),
        ),
        _more(
            "a throughput beyond the type's, of a snapshot",
            *mappings.BEYOND_THROUGHPUT_OF_SNAPSHOT,
        ),
        _more("a size that is no integer", *mappings.NON_INTEGER_SIZES),
        _more("no virtual device", *mappings.NOT_VIRTUAL),
        _wrong("an unknown type", *mappings.UNKNOWN_TYPES),
        _wrong("a snapshot that does not exist", *mappings.NO_SUCH_SNAPSHOT),
        _more("a malformed snapshot id", *mappings.MALFORMED_SNAPSHOT),
        _wrong("no size and no snapshot", *mappings.NO_SIZE_OR_SNAPSHOT),
        _more("smaller than its snapshot", mappings.SMALLER_THAN_SNAPSHOT),
        _open("the root omitted", mappings.OMITTED_ROOT),
        _open("fields of other actions", *mappings.UNSUPPORTED.values(), mappings.CARD_INDEX),
        _open("IOPS of other types", *mappings.IOPS_OF_OTHERS, *mappings.BEYOND_RATIO),
        _open(
            "other entries",
            mappings.OMITTED_UNKNOWN,
            mappings.TWICE,
            mappings.TWO_FORMS,
            mappings.NAME_ALONE,
            *mappings.UNLISTED_DEVICES,
        ),
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
        _wrong("too many", *tags.TOO_MANY),
        _wrong("a key too long", *tags.KEY_TOO_LONG),
        _wrong("a value too long", *tags.VALUE_TOO_LONG),
        _wrong("a reserved key", *tags.RESERVED_KEYS),
        _open("a repeated type", *tags.REPEATED_TYPE),
        _open("a repeated key", *tags.REPEATED_KEYS),
        _open("no tags or no value", *tags.NO_TAGS, *tags.NO_VALUE),
        _open(
            "other lengths and characters",
            tags.BETWEEN_KEYS,
            tags.BETWEEN_VALUES,
            *tags.UNITS,
            *tags.CONTROLS,
        ),
        _open("unusual indexes", *wire.GAPS),
    ),
    "another parameter": (
        _legal("absent", _PLAIN),
        _wrong("unknown", *wire.UNKNOWN),
        _more("nearly a documented name", *_SCALAR_NEAR_MISSES, *wire.RECASED),
        _wrong("SnapshotLocation", newer.LOCAL, *newer.OTHER_LOCATIONS),
        _wrong("BootModeOverride", *newer.OTHER_BOOT_MODES),
    ),
    "action": (
        _legal("CreateImage", _PLAIN),
        _wrong("unknown", *wire.BAD_ACTIONS),
        _wrong("of another version", *wire.BAD_VERSIONS),
    ),
    "verb": (
        _legal("POST", _PLAIN),
        _legal("GET", _PLAIN.sent(form=Form(verb="GET"))),
        _legal("GET, + for a space", _PLAIN.sent(form=Form(verb="GET", space="+"))),
        _open("POST of another content type", *wire.OTHER_TYPES),
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


def class_of(parameter: str, name: str) -> ValueClass:
    """The class of a parameter by its name. Raises StopIteration."""
    return next(each for each in PARAMETERS[parameter] if each.name == name)
