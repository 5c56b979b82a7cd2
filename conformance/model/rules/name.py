"""Rules about ``Name`` (API_CreateImage, Name)."""

from __future__ import annotations

import re
import string

from conformance.model.codes import MISSING
from conformance.model.memo import last_call
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
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
"""The characters that every document lists."""
EXTRA = frozenset("[] '@")
"""The characters that the action's page adds; the error page's list lacks them (A1)."""
LEGAL = CORE | EXTRA
_OTHER = re.compile(
    f"[{re.escape(''.join(c for c in map(chr, range(128)) if c not in LEGAL and c != ','))}]"
)

MALFORMED = {"InvalidAMIName.Malformed"}
_ISSUE = "https://github.com/"
_REFUSED = Aws(
    "agrees",
    "refuses names with other characters; its message lists fewer than the documents",
    _ISSUE + "hashicorp/packer/issues/4761",
)


def lengths(name: str) -> set[int]:
    """A name's length in characters, in UTF-8 bytes and in UTF-16 units: one number for ASCII."""
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
    keeps="a request with a name",
    breaks="a request without Name",
    note="The page's third example omits Name and shows a success: read as shortened (A2).",
)
def required(request: Request, world: World) -> bool:
    """Every request names the new image."""
    return request.name is not None


@rule.request(
    "name.empty",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    codes=MISSING | MALFORMED,
    keeps="a name of at least one character",
    breaks="Name= with nothing behind it",
    note="No document says whether an empty name counts as missing or as too short.",
)
def not_empty(request: Request, world: World) -> bool:
    """An empty name is refused."""
    return request.name != ""


@rule.request(
    "name.length.min",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    BOTOCORE["ImageNameRequest"],
    codes=MALFORMED,
    keeps="a name of 3 characters",
    breaks="names of 1 and 2 characters",
)
def at_least_3_characters(request: Request, world: World) -> bool:
    """A name has at least 3 characters; spaces count like any other."""
    return not request.name or max(lengths(request.name)) >= SHORTEST


@rule.request(
    "name.length.max",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    BOTOCORE["ImageNameRequest"],
    codes=MALFORMED,
    keeps="a name of 128 characters",
    breaks="names of 129 characters and more",
)
def at_most_128_characters(request: Request, world: World) -> bool:
    """A name has at most 128 characters; spaces count like any other."""
    return request.name is None or min(lengths(request.name)) <= LONGEST


@rule.request(
    "name.charset.core",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    codes=MALFORMED,
    keeps="names of ASCII letters and digits and ( ) . / - _",
    breaks="the same names with one character of no list put in",
)
def core_characters(request: Request, world: World) -> bool:
    """Letters, digits and the characters ( ) . / - _ are legal in a name."""
    return True


@rule.request(
    "name.charset.extra",
    CREATE_IMAGE["Name"],
    codes=MALFORMED,
    keeps="names with [ ] ' @ and spaces, wherever they stand",
    breaks='the nearest characters of no list in their place: { } " `',
    aws=Aws(
        "agrees",
        "names with spaces were accepted in public builds",
        _ISSUE + "hashicorp/packer/issues/880",
    ),
    note="The error page's list lacks these characters (A1); the action's page prevails.",
)
def extra_characters(request: Request, world: World) -> bool:
    """Square brackets, spaces, single quotes and at-signs are legal in a name, anywhere."""
    return True


@rule.request(
    "name.charset.comma",
    CREATE_IMAGE["Name"],
    CREATE_IMAGE_2013["Name"],
    codes=MALFORMED,
    keeps="names without a comma",
    breaks="names with a comma",
    note="Legal in the 2013 document alone; today's list lacks it.",
)
def no_comma(request: Request, world: World) -> bool:
    """A comma is not legal in a name."""
    return request.name is None or "," not in request.name


@rule.request(
    "name.charset.other",
    CREATE_IMAGE["Name"],
    ERRORS["InvalidAMIName.Malformed"],
    codes={*MALFORMED, "InvalidCharacter"},
    keeps="names of listed characters",
    breaks="names with one ASCII character of no list: punctuation, TAB, a trailing newline, NUL",
    aws=_REFUSED,
    note="The error page has a general InvalidCharacter too: both codes are allowed.",
)
def no_other_characters(request: Request, world: World) -> bool:
    """Any other ASCII character, printable or not, is not legal in a name."""
    return request.name is None or not _OTHER.search(request.name)


@rule.request(
    "name.charset.unicode",
    CREATE_IMAGE["Name"],
    grade=Grade.UNSPECIFIED,
    codes={*MALFORMED, "InvalidCharacter"},
    keeps="names of ASCII characters",
    breaks="names with letters and digits of other scripts",
    note="'Alphanumeric' does not say of which script (A3).",
)
def ascii_only(request: Request, world: World) -> bool | None:
    """Whether letters and digits outside ASCII are alphanumeric is not said."""
    return None if request.name and not request.name.isascii() else True


@rule.request(
    "name.length.unit",
    CREATE_IMAGE["Name"],
    grade=Grade.UNSPECIFIED,
    codes=MALFORMED,
    keeps="names whose characters, bytes and UTF-16 units are equally many",
    breaks="names of which one count lies within the bounds and another outside",
    note="Makes no difference for ASCII (A3).",
)
def length_unit(request: Request, world: World) -> bool | None:
    """Whether a name's length counts characters, bytes or UTF-16 units is not said."""
    within = {SHORTEST <= length <= LONGEST for length in lengths(request.name or "")}
    return None if len(within) == 2 else True


@rule.request(
    "name.edge_space",
    CREATE_IMAGE["Name"],
    grade=Grade.UNSPECIFIED,
    codes=MALFORMED,
    keeps="names with a character other than a space",
    breaks="names of spaces alone",
    note=(
        "Spaces are listed and no place is excepted, so a name may begin and end with them. "
        "Whether it may be nothing else is what remains unsaid."
    ),
)
def not_only_spaces(request: Request, world: World) -> bool | None:
    """Whether a name may consist of spaces alone is not said."""
    return None if request.name and not request.name.strip(" ") else True


@rule.request(
    "name.unique",
    ERRORS["InvalidAMIName.Duplicate"],
    GUIDE_AMI["unique name"],
    codes={"InvalidAMIName.Duplicate"},
    keeps="a name that no image of the account has",
    breaks="the name of an image of the account's",
    aws=Aws("agrees", "400 InvalidAMIName.Duplicate", _ISSUE + "hashicorp/packer/issues/11165"),
)
def unique(request: Request, world: World) -> bool:
    """A name that another image of the account uses is refused."""
    return request.name not in world.names


rule.scenario(
    "name.unique.scope",
    "Whether a name is unique within an account and Region, or more widely, is not said.",
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.UNSPECIFIED,
    uncovered="needs a second account, or instances in a second Region",
)
rule.scenario(
    "name.unique.pending",
    "Whether an image that is still pending holds its name is not said.",
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "name.unique.failed",
    "Whether a failed or disabled image, or one in the Recycle Bin, holds its name is not said.",
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.UNSPECIFIED,
    note="Seen of a disabled image; no request makes an image fail, or has a retention rule.",
)
rule.scenario(
    "name.reuse_after_deregister",
    "After an image was deregistered its name can be used again, though not at once.",
    ERRORS["InvalidAMIName.Duplicate"],
    codes={"InvalidAMIName.Duplicate"},
    keeps="a request with the name of an image that was deregistered",
    breaks="the same request while the image is registered",
)


@rule.request(
    "name.case",
    ERRORS["InvalidAMIName.Duplicate"],
    grade=Grade.UNSPECIFIED,
    codes={"InvalidAMIName.Duplicate"},
    keeps="names that differ from those in use by more than case",
    breaks="a name in use, in another case",
    note="Whether uniqueness minds the case is not said (A3).",
)
def case(request: Request, world: World) -> bool | None:
    """Whether two names that differ in case alone are the same name is not said."""
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
    breaks="a refused request, whose name no image bears afterwards",
)
def roundtrip(request: Request, before: World, effects: Effects) -> str | None:
    """The image bears the name that was sent, character for character."""
    image = effects.image
    if image is None or request.name is None or image.name == request.name:
        return None
    return f"the image is called {image.name!r}"
