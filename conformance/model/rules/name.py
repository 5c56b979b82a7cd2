"""Rules about ``Name`` (API_CreateImage, Name).

The module is long because it has the whole section, each rule with its metadata.
"""

from __future__ import annotations

import re
import string

from conformance.model.catalogue import rule
from conformance.model.codes import MISSING
from conformance.model.memo import last_call
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.sources import (
    BOTOCORE,
    CREATE_IMAGE,
    CREATE_IMAGE_2013,
    DESCRIBE_IMAGES,
    ERRORS,
    GUIDE_AMI,
)
from conformance.model.world import Effects, World

SHORTEST, LONGEST = 3, 128
CORE = frozenset(string.ascii_letters + string.digits + "()./-_")
"""The characters that every document lists as legal."""
EXTRA = frozenset("[] '@")
"""The characters that only the action page lists."""
LEGAL = CORE | EXTRA
_OTHER = re.compile(
    f"[{re.escape(''.join(c for c in map(chr, range(128)) if c not in LEGAL and c != ','))}]"
)

MALFORMED = {"InvalidAMIName.Malformed"}
_ISSUE = "https://github.com/"
_REJECTED = Aws(
    "agrees",
    "rejects names with other characters; its message lists fewer legal ones than the documents",
    _ISSUE + "hashicorp/packer/issues/4761",
)


def lengths(name: str) -> set[int]:
    """The length of a name in characters, UTF-8 bytes and UTF-16 units; one number for ASCII."""
    if name.isascii():
        return {len(name)}
    return {
        len(name),
        len(name.encode("utf-8", "surrogatepass")),
        len(name.encode("utf-16-le", "surrogatepass")) // 2,
    }


@rule.request(
    "name.required",
    CREATE_IMAGE["Name"],
    BOTOCORE["CreateImageRequest"],
    ERRORS["Common client error codes, MissingParameter"],
    codes=MISSING,
    keeps="a request with Name",
    breaks="a request without Name",
    note=("The page's third example has no Name but shows a success; it is read as abbreviated."),
)
def required(request: Request, world: World) -> bool:
    """A request must have a Name."""
    return request.name is not None


@rule.request(
    "name.empty",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    codes=MISSING | MALFORMED,
    only_with=("Name",),
    keeps="a name of at least one character",
    breaks="an empty Name",
    note=(
        "The documents do not say whether an empty name is missing or too short; both "
        "codes are allowed."
    ),
)
def not_empty(request: Request, world: World) -> bool:
    """An empty Name must be rejected."""
    return request.name != ""


@rule.request(
    "name.length.min",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    BOTOCORE["ImageNameRequest"],
    codes=MALFORMED,
    only_with=("Name",),
    keeps="a name of 3 characters",
    breaks="names of 1 and 2 characters",
)
def at_least_3_characters(request: Request, world: World) -> bool:
    """A name must have at least 3 characters; spaces count."""
    return not request.name or max(lengths(request.name)) >= SHORTEST


@rule.request(
    "name.length.max",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    BOTOCORE["ImageNameRequest"],
    codes=MALFORMED,
    only_with=("Name",),
    keeps="a name of 128 characters",
    breaks="names of 129 characters and more",
)
def at_most_128_characters(request: Request, world: World) -> bool:
    """A name must have at most 128 characters; spaces count."""
    return request.name is None or min(lengths(request.name)) <= LONGEST


@rule.request(
    "name.charset.core",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    codes=MALFORMED,
    only_with=(),
    keeps="names of ASCII letters and digits and ( ) . / - _",
    breaks="the same names with one unlisted character inserted",
)
def core_characters(request: Request, world: World) -> bool:
    """Letters, digits and the characters ( ) . / - _ are legal in a name."""
    return True


@rule.request(
    "name.charset.extra",
    CREATE_IMAGE["Name"],
    codes=MALFORMED,
    only_with=(),
    keeps="names with [ ] ' @ and spaces, in any position",
    breaks='similar characters that no document lists: { } " `',
    aws=Aws(
        "agrees",
        "accepts names with spaces, in public builds",
        _ISSUE + "hashicorp/packer/issues/880",
    ),
    note="The error page does not list these characters; the action page prevails.",
)
def extra_characters(request: Request, world: World) -> bool:
    """A name may contain square brackets, spaces, single quotes and at-signs, in any position."""
    return True


@rule.request(
    "name.charset.comma",
    CREATE_IMAGE["Name"],
    CREATE_IMAGE_2013["Name"],
    codes=MALFORMED,
    only_with=("Name",),
    keeps="names without a comma",
    breaks="names with a comma",
    note="Only the 2013 document allows a comma.",
)
def no_comma(request: Request, world: World) -> bool:
    """A name must not contain a comma."""
    return request.name is None or "," not in request.name


@rule.request(
    "name.charset.other",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    codes={*MALFORMED, "InvalidCharacter"},
    only_with=("Name",),
    keeps="names of listed characters",
    breaks="names with one unlisted ASCII character: punctuation, TAB, a trailing newline, NUL",
    aws=_REJECTED,
    note="The error page also has a general code InvalidCharacter; both codes are allowed.",
)
def no_other_characters(request: Request, world: World) -> bool:
    """A name must not contain any other ASCII character."""
    return request.name is None or not _OTHER.search(request.name)


@rule.request(
    "name.charset.unicode",
    CREATE_IMAGE["Name"],
    grade=Grade.UNSPECIFIED,
    codes={*MALFORMED, "InvalidCharacter"},
    only_with=("Name",),
    keeps="names of ASCII characters",
    breaks="names with letters or digits of other scripts",
    note="The page says 'alphanumeric' and names no script.",
)
def ascii_only(request: Request, world: World) -> bool | None:
    """The documents do not say whether letters and digits outside ASCII are alphanumeric."""
    return None if request.name and not request.name.isascii() else True


@rule.request(
    "name.length.unit",
    CREATE_IMAGE["Name"],
    grade=Grade.UNSPECIFIED,
    codes=MALFORMED,
    only_with=("Name",),
    keeps="names with equal numbers of characters, bytes and UTF-16 units",
    breaks="names that are within the bounds by one unit and outside by another",
    note="For ASCII names the units are equal.",
)
def length_unit(request: Request, world: World) -> bool | None:
    """The documents do not say whether length means characters, bytes or UTF-16 units."""
    within = {SHORTEST <= length <= LONGEST for length in lengths(request.name or "")}
    return None if len(within) == 2 else True


@rule.request(
    "name.edge_space",
    CREATE_IMAGE["Name"],
    grade=Grade.UNSPECIFIED,
    codes=MALFORMED,
    only_with=("Name",),
    keeps="names with a character other than a space",
    breaks="names of spaces alone",
    note=(
        "Spaces are legal in any position, so a name may begin or end with one. Only a "
        "name of nothing but spaces is unspecified."
    ),
)
def not_only_spaces(request: Request, world: World) -> bool | None:
    """The documents do not say whether a name may consist of spaces alone."""
    return None if request.name and not request.name.strip(" ") else True


@rule.request(
    "name.unique",
    ERRORS["InvalidAMIName.Duplicate"],
    GUIDE_AMI["unique name"],
    codes={"InvalidAMIName.Duplicate"},
    only_with=("Name",),
    keeps="a name that no image of the account uses",
    breaks="the name of another image of the account",
    aws=Aws("agrees", "400 InvalidAMIName.Duplicate", _ISSUE + "hashicorp/packer/issues/11165"),
)
def unique(request: Request, world: World) -> bool:
    """A name in use by another image of the account must be rejected."""
    return request.name not in world.names


rule.scenario(
    "name.unique.scope",
    "The documents do not say whether names are unique per account and Region, or more widely.",
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.UNSPECIFIED,
    uncovered="needs a second account, or instances in a second Region",
)
rule.scenario(
    "name.unique.pending",
    "The documents do not say whether a pending image reserves its name.",
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "name.unique.failed",
    "The documents do not say whether a failed, disabled or recycled image reserves its name.",
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.UNSPECIFIED,
    note=(
        "Only a disabled image is observed. No request can make an image fail or set a "
        "retention rule."
    ),
)
rule.scenario(
    "name.reuse_after_deregister",
    "Deregistering an image must free its name, though not necessarily at once.",
    ERRORS["InvalidAMIName.Duplicate"],
    codes={"InvalidAMIName.Duplicate"},
    keeps="the name of a deregistered image",
    breaks="the same name while its image is registered",
)


@rule.request(
    "name.case",
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.UNSPECIFIED,
    codes={"InvalidAMIName.Duplicate"},
    only_with=("Name",),
    keeps="names that differ from each name in use by more than case",
    breaks="a name in use, in another case",
    note="InvalidAMIName.Duplicate says 'in use' and does not mention case.",
)
def case(request: Request, world: World) -> bool | None:
    """The documents do not say whether names that differ only in case are the same name."""
    name = request.name
    if not name or name in world.names or name.lower() == name.upper():
        return True
    return None if name.lower() in _in_lower_case(world) else True


@last_call
def _in_lower_case(world: World) -> frozenset[str]:
    return frozenset(used.lower() for used in world.names)


@rule.effect(
    "name.roundtrip",
    DESCRIBE_IMAGES["Image, Name"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks="a rejected request: no image has its name",
)
def roundtrip(request: Request, before: World, effects: Effects) -> str | None:
    """DescribeImages must report the name exactly as sent."""
    image = effects.image
    if image is None or request.name is None or image.name == request.name:
        return None
    return f"the image's name is {image.name!r}"
