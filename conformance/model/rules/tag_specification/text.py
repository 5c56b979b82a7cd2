"""Rules about the keys and values of tags: lengths, reserved keys, case, characters."""

from __future__ import annotations

from conformance.model.entries import tag_specifications
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.rules.tag_specification.specification import shows
from conformance.model.sources import BOTOCORE, ERRORS, GUIDE_TAGS, TAG
from conformance.model.tags import (
    KEY,
    RESERVED,
    VALUE,
    Fault,
    given,
    in_length,
    is_unspecified,
    keys,
    values,
    verdict,
)
from conformance.model.world import Effects, World

MALFORMED = {"InvalidTagKey.Malformed"}

_KEY, _VALUE = TAG["Tag, Key"], TAG["Tag, Value"]
_RESTRICTIONS = GUIDE_TAGS["Tag restrictions"]
_ERROR = ERRORS["InvalidTagKey.Malformed"]
_ISSUE = "https://github.com/"


@rule.request(
    "tag.key.unique",
    _RESTRICTIONS,
    keeps="different keys, each of which is there once",
    breaks="a key twice: refused, or there once",
    aws=Aws(
        "agrees",
        "CreateSnapshot: InvalidParameterValue",
        _ISSUE + "cloud-custodian/cloud-custodian/issues/3792",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note="Whether a request that has a key twice is refused is not said; that it is there once is.",
)
def key_unique(request: Request, world: World) -> bool | None:
    """A resource has one value for a key."""
    for specification in tag_specifications(request):
        every = [key for key, _ in specification.tags]
        if len(set(every)) < len(every):
            return None
    return True


@rule.effects_of("tag.key.unique")
def key_shown_once(request: Request, before: World, effects: Effects) -> str | None:
    """Each key is shown once."""
    for resource in (effects.image, *effects.snapshots):
        if resource is not None and resource.repeated_keys:
            return f"a resource has two tags {resource.repeated_keys[0]!r}"
    return None


@rule.request(
    "tag.key.max",
    _KEY,
    _RESTRICTIONS,
    keeps="keys of 127 characters, of any script",
    breaks="keys of 129 characters and more",
    aws=Aws(
        "agrees",
        "InvalidParameterValue, naming 128",
        _ISSUE + "skypilot-org/skypilot/issues/1992",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note="127 by the API's page, 128 by the guide: 128 is not judged (A10).",
)
def key_length(request: Request, world: World) -> bool | None:
    """A key has at most 127 or 128 Unicode characters."""
    return in_length(request, KEY, keys(request))


rule.effects_of("tag.key.max")(shows(Fault.KEY_CUT))


@rule.request(
    "tag.key.empty",
    _ERROR,
    codes=MALFORMED,
    keeps="tags with a key",
    breaks="an empty key, and a value without a key",
)
def key_given(request: Request, world: World) -> bool | None:
    """A key is neither empty nor left out."""
    return verdict(request, all(key for key, _ in given(request)))


@rule.request(
    "tag.key.aws",
    _ERROR,
    _KEY,
    codes={*MALFORMED, "InvalidParameterValue"},
    keeps="keys that begin otherwise: aws, awsome, myaws:key",
    breaks="keys that begin with aws:",
    aws=Aws(
        "deviates",
        "RunInstances, CreateTags: InvalidParameterValue",
        _ISSUE + "jcjorel/ec2-spot-converter/issues/13",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note="The error page has a code for it and AWS answers with another: both are allowed (A11).",
)
def key_not_reserved(request: Request, world: World) -> bool | None:
    """A key does not begin with aws:, which is AWS's own."""
    return verdict(request, not any(key.startswith(RESERVED) for key in keys(request)))


@rule.request(
    "tag.key.aws_case",
    _KEY,
    grade=Grade.UNSPECIFIED,
    keeps="keys that do not begin with aws: in any case",
    breaks="AWS:key, Aws:key",
    note="Other services reserve aws: in any case.",
)
def reserved_in_another_case(request: Request, world: World) -> bool | None:
    """Whether AWS: is reserved like aws: is not said."""
    reserved = [key for key in keys(request) if key.lower().startswith(RESERVED)]
    return None if any(not key.startswith(RESERVED) for key in reserved) else True


@rule.request(
    "tag.key.case",
    _RESTRICTIONS,
    _KEY,
    keeps="the keys Env, env and ENV at once",
    breaks="the key env alone, or twice in the same case",
)
def key_case(request: Request, world: World) -> bool:
    """Keys that differ in case are different keys, and keep their case."""
    return True


rule.effects_of("tag.key.case")(shows(Fault.CASE))


@rule.request(
    "tag.value.max",
    _VALUE,
    _RESTRICTIONS,
    BOTOCORE["Tag, Value"],
    keeps="values of 255 characters, of any script",
    breaks="values of 257 characters and more",
    note="255 by older documents, 256 by today's: 256 is not judged (A10).",
)
def value_length(request: Request, world: World) -> bool | None:
    """A value has at most 255 or 256 Unicode characters."""
    return in_length(request, VALUE, values(request))


rule.effects_of("tag.value.max")(shows(Fault.VALUE_CUT))


@rule.request(
    "tag.value.empty",
    GUIDE_TAGS["Tag basics"],
    keeps="a tag with an empty value, which is there",
    breaks="a tag with a value",
)
def value_empty(request: Request, world: World) -> bool:
    """A value may be empty; the tag is there all the same."""
    return True


rule.effects_of("tag.value.empty")(shows(Fault.EMPTY))


@rule.request(
    "tag.value.absent",
    GUIDE_TAGS["Tag basics"],
    grade=Grade.UNSPECIFIED,
    keeps="tags with a value, be it empty",
    breaks="a tag with a key alone",
    note="The guide calls the value optional and says that it may not be null (A17).",
)
def value_given(request: Request, world: World) -> bool | None:
    """Whether a tag may be sent without Value is not said."""
    return None if any(value is None for key, value in given(request) if key) else True


@rule.request(
    "tag.value.aws",
    _RESTRICTIONS,
    grade=Grade.UNSPECIFIED,
    keeps="values that begin otherwise",
    breaks="a value that begins with aws:",
    note="The restriction is written of keys alone; of values some services' pages say the same.",
)
def value_reserved(request: Request, world: World) -> bool | None:
    """Whether a value may begin with aws: is not said."""
    reserved = any(value.lower().startswith(RESERVED) for value in values(request))
    return None if reserved else True


@rule.request(
    "tag.charset",
    _RESTRICTIONS,
    keeps="keys and values with any character: markup, spaces at the edges, every script",
    breaks="a key and value of letters alone",
    note="Other services take fewer. Control characters are left out: XML cannot carry them all.",
)
def any_character(request: Request, world: World) -> bool | None:
    """A key and a value may have any character, and come back as they were sent."""
    return (
        None if any(is_unspecified(text) for text in (*keys(request), *values(request))) else True
    )


rule.effects_of("tag.charset")(shows(Fault.TEXT))


@rule.request(
    "tag.length.unit",
    _RESTRICTIONS,
    grade=Grade.UNSPECIFIED,
    keeps="keys and values whose code points and UTF-16 units are equally many",
    breaks="a key too long in UTF-16 units and not in code points",
    note="'Unicode characters in UTF-8' does not say which; bytes they are not.",
)
def length_unit(request: Request, world: World) -> bool | None:
    """Whether lengths count code points or UTF-16 units is not said."""
    unspecified = any(KEY.depends_on_the_unit(key) for key in keys(request)) or any(
        VALUE.depends_on_the_unit(value) for value in values(request)
    )
    return None if unspecified else True
