"""Rules about the form of a request on the wire (Query requests, SharedCache query parameters)."""

from __future__ import annotations

import re
from functools import lru_cache

from conformance.model import booleans
from conformance.model.codes import MISSING
from conformance.model.description import RESERVED
from conformance.model.request import API_VERSION, Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import BOTOCORE, COMMON, CREATE_IMAGE, ERRORS, IDEMPOTENCY, QUERY
from conformance.model.world import Effects, World

SCALARS = ("Action", "Version", "InstanceId", "Name", "Description", "NoReboot", "DryRun")
"""The parameters that are not lists."""
NEWER = ("SnapshotLocation", "BootModeOverride")
"""Parameters that later documents have: known there, unknown here."""

_MEMBER = re.compile(
    r"BlockDeviceMapping\.[^.]*\.(DeviceName|VirtualName|NoDevice|Ebs\.[A-Za-z]+)"
    r"|TagSpecification\.[^.]*\.(ResourceType|Tag\.[^.]*\.(Key|Value))"
)
_BARE_MEMBER = re.compile(r"(BlockDeviceMapping|TagSpecification)\.[A-Z].*")
_LISTED = re.compile(r"(?:BlockDeviceMapping|TagSpecification|Tag)\.([^.]*)\.")
_INDEX = re.compile(r"[1-9][0-9]{0,2}")
_SIGNATURE = re.compile(
    r"X-Amz-.+|AWSAccessKeyId|Signature(Method|Version)?|Timestamp|Expires|SecurityToken"
)
_ISSUE = "https://github.com/"


def _lower_case_names() -> dict[str, str]:
    return {name.lower(): name for name in SCALARS}


_BY_LOWER_CASE = _lower_case_names()


@lru_cache(1024)
def _is_recased(name: str) -> bool:
    """Whether a parameter is one of the documented ones but for its case."""
    return name not in SCALARS and name.lower() in _BY_LOWER_CASE


@lru_cache(1024)
def _is_known(name: str) -> bool:
    """Whether a document has a parameter of this name, in this or a later vintage."""
    return (
        name in SCALARS
        or name in NEWER
        or name == "ClientToken"
        or bool(_MEMBER.fullmatch(name) or _SIGNATURE.fullmatch(name))
        or bool(_BARE_MEMBER.fullmatch(name))
        or name.startswith("InstanceId.")
        or _is_recased(name)
    )


@rule.request(
    "wire.verb",
    QUERY["Structure of a GET request"],
    keeps="a good request by GET and by POST",
    breaks="a bad name by GET, refused as by POST",
)
def verb(request: Request, world: World) -> bool:
    """GET and POST take the same parameters and give the same answers."""
    return True


rule.story(
    "wire.scheme",
    "HTTP and HTTPS are both served, and both want a signature.",
    QUERY["Query request authentication"],
    uncovered="a target has one address, of one scheme",
)


@rule.effect(
    "wire.urlencode",
    QUERY["Query parameters"],
    keeps="a description of reserved characters, percent-encoded",
    breaks="a description that needs no encoding",
)
def percent_encoding(request: Request, before: World, effects: Effects) -> str | None:
    """A percent-encoded value means the characters it encodes."""
    sent = request.description or ""
    if effects.image is None or request.form.space == "+" or not RESERVED.search(sent):
        return None
    shown = effects.image.description or ""
    return None if shown == sent else f"the image's description is {shown!r}"


@rule.request(
    "wire.post.ctype",
    BOTOCORE["EC2Serializer"],
    QUERY["Structure of a GET request"],
    grade=Grade.DETAIL,
    keeps="a POST of application/x-www-form-urlencoded; charset=utf-8",
    breaks="a POST of another type, which may be read or refused",
    note="An example of the documents shows application/json with a GET.",
)
def content_type(request: Request, world: World) -> bool | None:
    """The body of a POST is a URL-encoded form; what another type does is not said."""
    form = request.form
    if form.verb != "POST" or form.content_type.startswith("application/x-www-form-urlencoded"):
        return True
    return None


@rule.request(
    "wire.case",
    QUERY["Query parameters"],
    codes=MISSING | {"UnknownParameter"},
    keeps="Name and InstanceId",
    breaks="name or instanceid in their place",
)
def case_sensitive(request: Request, world: World) -> bool:
    """Parameter names are case-sensitive: in another case a parameter is not recognised."""
    return not any(_is_recased(name) for name in request.names())


@rule.request(
    "wire.names",
    CREATE_IMAGE["Request Parameters"],
    BOTOCORE["EC2Serializer"],
    codes={"UnknownParameter"},
    keeps="one request with every documented parameter",
    breaks="a near miss of a documented parameter's name: Tag.1.Key, ImageName",
)
def documented_names(request: Request, world: World) -> bool:
    """The parameters have the names of the page, in the form Name.N.Member for lists."""
    return True


rule.story(
    "wire.names.rule",
    """An SDK's request is understood: names made by the rules of the ec2 protocol, lists
    flattened.""",
    BOTOCORE["EC2Serializer"],
    grade=Grade.DETAIL,
    keeps="a good request sent by boto3",
    breaks="a bad name sent by boto3, refused with the documented code",
)


def _indexes(request: Request) -> list[str]:
    """Every index of a list, in wire order, as written."""
    return [index for name in request.names() if "." in name for index in _LISTED.findall(name)]


@rule.request(
    "wire.list.base",
    QUERY["Query parameters"],
    keeps="lists numbered from 1",
    breaks="lists numbered from 0, which may be read or refused",
    note="That numbering begins at 1 is documented; what .0 does is not.",
)
def lists_begin_at_1(request: Request, world: World) -> bool | None:
    """List members are numbered from 1."""
    return None if "0" in _indexes(request) else True


@rule.request(
    "wire.list.gap",
    QUERY["Query parameters"],
    grade=Grade.UNSPECIFIED,
    keeps="indexes 1, 2, 3",
    breaks="gaps, disorder, leading zeros, very large indexes",
)
def lists_without_gaps(request: Request, world: World) -> bool | None:
    """Whether indexes may leave gaps, be out of order or have leading zeros is not said."""
    for prefix in ("BlockDeviceMapping", "TagSpecification"):
        entries = request.entries(prefix)
        written = [index for index in entries if index != "0"]
        if written and written != [str(n) for n in range(1, len(written) + 1)]:
            return None
        if prefix == "TagSpecification" and not all(
            _is_counted([f.split(".")[1] for f in fields if f.startswith("Tag.")])
            for fields in entries.values()
        ):
            return None
    return True


def _is_counted(indexes: list[str]) -> bool:
    distinct = [index for index in dict.fromkeys(indexes) if index != "0"]
    return distinct == [str(n) for n in range(1, len(distinct) + 1)]


@rule.request(
    "wire.list.bare",
    QUERY["Query parameters"],
    grade=Grade.UNSPECIFIED,
    keeps="list members with an index",
    breaks="list members without one",
)
def lists_with_indexes(request: Request, world: World) -> bool | None:
    """Whether a list member without an index is refused or the first is not said."""
    return None if any(_BARE_MEMBER.fullmatch(name) for name in request.names()) else True


def _booleans(request: Request) -> list[str]:
    return [
        value
        for name, value in request.params
        if name in ("NoReboot", "DryRun")
        or name.endswith((".Ebs.DeleteOnTermination", ".Ebs.Encrypted"))
    ]


@rule.request(
    "wire.bool",
    CREATE_IMAGE["NoReboot, DryRun, Example 2"],
    BOTOCORE["EC2Serializer"],
    keeps="NoReboot and DryRun of true and false",
    breaks="words that are no spelling of a boolean: maybe, 2, yes please",
    note="The page names both values; a word that is no boolean at all has to be refused.",
)
def true_or_false(request: Request, world: World) -> bool:
    """A boolean is written true or false; what is no spelling of one is refused."""
    return all(booleans.reading(value) is not False for value in _booleans(request))


@rule.request(
    "wire.bool.other",
    CREATE_IMAGE["NoReboot, DryRun"],
    grade=Grade.UNSPECIFIED,
    keeps="true and false",
    breaks="True, TRUE, 1, 0, False and the empty value",
    aws=Aws(
        "unknown", "DryRun=1 ran for real; inconclusive", _ISSUE + "pplu/aws-sdk-perl/issues/141"
    ),
)
def other_spellings(request: Request, world: World) -> bool | None:
    """Whether other spellings of a boolean are read is not said."""
    silent = any(booleans.reading(value) is None for value in _booleans(request))
    return None if silent else True


@rule.request(
    "wire.dup",
    QUERY["Query parameters"],
    grade=Grade.UNSPECIFIED,
    keeps="each parameter once",
    breaks="a parameter given twice",
)
def once(request: Request, world: World) -> bool | None:
    """Whether a parameter may be given twice, and which one counts, is not said."""
    names = request.names()
    return None if len(set(names)) < len(names) else True


@rule.request(
    "wire.unknown",
    ERRORS["UnknownParameter"],
    codes={"UnknownParameter"},
    keeps="documented parameters alone",
    breaks="a parameter that no document has",
    aws=Aws("agrees", "400 UnknownParameter", _ISSUE + "aws/aws-sdk-cpp/issues/327"),
)
def no_unknown_parameter(request: Request, world: World) -> bool:
    """A parameter that the action does not have is refused."""
    return all(_is_known(name) for name in request.names())


@rule.request(
    "wire.clienttoken",
    CREATE_IMAGE["Request Parameters"],
    IDEMPOTENCY["Client tokens"],
    BOTOCORE["CreateImageRequest"],
    grade=Grade.DETAIL,
    codes={"UnknownParameter"},
    keeps="a request without ClientToken",
    breaks="a request with ClientToken",
)
def no_client_token(request: Request, world: World) -> bool:
    """CreateImage has no ClientToken."""
    return "ClientToken" not in request.names()


@rule.request(
    "wire.action.missing",
    ERRORS["MissingAction"],
    codes={"MissingAction"},
    keeps="Action=CreateImage",
    breaks="a request without Action",
)
def action_given(request: Request, world: World) -> bool:
    """Every request names its action."""
    return request.get("Action") is not None


@rule.request(
    "wire.action.bad",
    ERRORS["InvalidAction"],
    QUERY["Query parameters"],
    codes={"InvalidAction"},
    keeps="Action=CreateImage",
    breaks="actions that do not exist, CreateImage in another case among them",
)
def action_exists(request: Request, world: World) -> bool:
    """An action that does not exist is refused; its name is case-sensitive."""
    return request.get("Action") in (None, "CreateImage")


@rule.request(
    "wire.version.required",
    COMMON["Version"],
    keeps=f"Version={API_VERSION}",
    breaks="a request without Version",
    note="No code is named for a missing Version.",
)
def version_given(request: Request, world: World) -> bool:
    """Every request names the version of the API."""
    return request.get("Version") is not None


@rule.request(
    "wire.version.value",
    QUERY["Query parameters"],
    keeps=f"Version={API_VERSION}",
    breaks="a version that does not exist",
)
def version_current(request: Request, world: World) -> bool:
    """The version 2016-11-15 is served."""
    return True


@rule.request(
    "wire.version.bad",
    ERRORS["NoSuchVersion"],
    codes={"NoSuchVersion", "InvalidAction"},
    keeps=f"Version={API_VERSION}",
    breaks="versions that never were",
    note="InvalidAction where the action is absent in that version: not said.",
)
def version_exists(request: Request, world: World) -> bool:
    """A version that does not exist is refused."""
    return request.get("Version") in (None, API_VERSION)


rule.story(
    "wire.missing.generic",
    "A request that lacks several required parameters is refused like one that lacks one.",
    ERRORS["MissingParameter, MissingAction, InvalidParameterCombination"],
    codes=MISSING,
    keeps="a request with all that is required",
    breaks="a request with neither Name nor InstanceId",
    note="The texts of three codes cover a missing parameter (A12).",
)
