"""Rules about tag keys and values: length, reserved prefix, case, characters."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.entries import tag_specifications
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.rules.tag_specification.specification import shows, shows_tags
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
    keeps="different keys, each applied once",
    breaks="a repeated key: rejected, or applied once",
    aws=Aws(
        "agrees",
        "CreateSnapshot rejects with InvalidParameterValue",
        _ISSUE + "cloud-custodian/cloud-custodian/issues/3792",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note=(
        "The documents do not say whether a repeated key is rejected; the resource must "
        "have it once."
    ),
)
def key_unique(request: Request, world: World) -> bool | None:
    """A resource must not have two tags with the same key."""
    for specification in tag_specifications(request):
        every = [key for key, _ in specification.tags]
        if len(set(every)) < len(every):
            return None
    return True


@rule.effects_of("tag.key.unique", evidence=shows_tags)
def key_shown_once(request: Request, before: World, effects: Effects) -> str | None:
    """Each resource shows each key once."""
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
        "rejects with InvalidParameterValue, naming 128",
        _ISSUE + "skypilot-org/skypilot/issues/1992",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note="The API page says 127, the guide 128; a key of 128 characters is not checked.",
)
def key_length(request: Request, world: World) -> bool | None:
    """A tag key must have at most 128 Unicode characters."""
    return in_length(request, KEY, keys(request))


rule.effects_of("tag.key.max", evidence=shows_tags)(shows(Fault.KEY_CUT))


@rule.request(
    "tag.key.empty",
    _ERROR,
    codes={*MALFORMED, "InvalidParameterValue"},
    keeps="tags with a key",
    breaks="an empty key, and a Value without a Key",
    aws=Aws(
        "agrees",
        "CreateTags rejects with InvalidParameterValue",
        _ISSUE + "aws/aws-cli/issues/3283",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note="The error page names a code, but AWS answers with another; both are allowed.",
)
def key_given(request: Request, world: World) -> bool | None:
    """A tag key must not be empty or missing."""
    return verdict(request, all(key for key, _ in given(request)))


@rule.request(
    "tag.key.aws",
    _ERROR,
    _KEY,
    codes={*MALFORMED, "InvalidParameterValue"},
    keeps="similar keys: aws, awsome:key, myaws:key",
    breaks="keys that begin with aws:",
    aws=Aws(
        "agrees",
        "RunInstances and CreateTags reject with InvalidParameterValue",
        _ISSUE + "jcjorel/ec2-spot-converter/issues/13",
        codes=frozenset({"InvalidParameterValue"}),
    ),
    note="The error page names a code, but AWS answers with another; both are allowed.",
)
def key_not_reserved(request: Request, world: World) -> bool | None:
    """A tag key must not begin with aws:, the reserved prefix."""
    return verdict(request, not any(key.startswith(RESERVED) for key in keys(request)))


@rule.request(
    "tag.key.aws_case",
    _KEY,
    grade=Grade.UNSPECIFIED,
    keeps="keys that do not begin with aws: in any case",
    breaks="AWS:key, Aws:key",
    note="Other services reserve the prefix in any case.",
)
def reserved_in_another_case(request: Request, world: World) -> bool | None:
    """The documents do not say whether the prefix aws: is reserved in another case."""
    reserved = [key for key in keys(request) if key.lower().startswith(RESERVED)]
    return None if any(not key.startswith(RESERVED) for key in reserved) else True


@rule.request(
    "tag.key.case",
    _RESTRICTIONS,
    _KEY,
    only_with=(),
    keeps="the keys Env, env and ENV in one request",
    breaks="the key env alone, or twice in the same case",
)
def key_case(request: Request, world: World) -> bool:
    """Tag keys are case-sensitive: keys that differ in case are different tags."""
    return True


rule.effects_of("tag.key.case", evidence=shows_tags)(shows(Fault.CASE))


@rule.request(
    "tag.value.max",
    _VALUE,
    _RESTRICTIONS,
    BOTOCORE["Tag, Value"],
    keeps="values of 255 characters, of any script",
    breaks="values of 257 characters and more",
    note="Older documents say 255; a value of 256 characters is not checked.",
)
def value_length(request: Request, world: World) -> bool | None:
    """A tag value must have at most 256 Unicode characters."""
    return in_length(request, VALUE, values(request))


rule.effects_of("tag.value.max", evidence=shows_tags)(shows(Fault.VALUE_CUT))


@rule.request(
    "tag.value.empty",
    GUIDE_TAGS["Tag basics"],
    only_with=(),
    keeps="a tag with an empty value",
    breaks="a tag with a value",
)
def value_empty(request: Request, world: World) -> bool:
    """A tag value may be empty; the tag must still be applied."""
    return True


rule.effects_of("tag.value.empty", evidence=shows_tags)(shows(Fault.EMPTY))


@rule.request(
    "tag.value.absent",
    GUIDE_TAGS["Tag basics"],
    grade=Grade.UNSPECIFIED,
    keeps="tags with a Value, which may be empty",
    breaks="a tag with Key alone",
    note="The guide calls the value optional, and says that it must not be null.",
)
def value_given(request: Request, world: World) -> bool | None:
    """The documents do not say whether a tag may have no Value."""
    return None if any(value is None for key, value in given(request) if key) else True


@rule.request(
    "tag.value.aws",
    _RESTRICTIONS,
    grade=Grade.UNSPECIFIED,
    keeps="values with another beginning",
    breaks="a value that begins with aws:",
    note="The restriction names keys alone; some other services restrict values too.",
)
def value_reserved(request: Request, world: World) -> bool | None:
    """The documents do not say whether the reserved prefix aws: may begin a tag value."""
    reserved = any(value.lower().startswith(RESERVED) for value in values(request))
    return None if reserved else True


@rule.request(
    "tag.charset",
    _RESTRICTIONS,
    keeps="keys and values with any character: markup, spaces at the edges, every script",
    breaks="a key and value of letters alone",
    note=(
        "Other services allow fewer characters. Control characters are not tested: XML "
        "cannot carry them all."
    ),
)
def any_character(request: Request, world: World) -> bool | None:
    """A tag key or value may contain any character, and must be reported as sent."""
    return (
        None if any(is_unspecified(text) for text in (*keys(request), *values(request))) else True
    )


rule.effects_of("tag.charset", evidence=shows_tags)(shows(Fault.TEXT))


@rule.request(
    "tag.length.unit",
    _RESTRICTIONS,
    grade=Grade.UNSPECIFIED,
    keeps="keys and values with equal numbers of code points and UTF-16 units",
    breaks="a key that is too long in UTF-16 units but not in code points",
    note="'Unicode characters in UTF-8' leaves it open; it rules out bytes.",
)
def length_unit(request: Request, world: World) -> bool | None:
    """The documents do not say whether tag lengths count code points or UTF-16 units."""
    unspecified = any(KEY.depends_on_the_unit(key) for key in keys(request)) or any(
        VALUE.depends_on_the_unit(value) for value in values(request)
    )
    return None if unspecified else True
