"""Rules about parameter names: spelling, case, repetition, unknown and missing ones."""

from __future__ import annotations

import re
from functools import lru_cache

from conformance.model.codes import MISSING
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.rules.lists import BARE_MEMBER
from conformance.model.sources import BOTOCORE, CREATE_IMAGE, ERRORS, IDEMPOTENCY, QUERY
from conformance.model.world import World

SCALARS = ("Action", "Version", "InstanceId", "Name", "Description", "NoReboot", "DryRun")
"""The parameters that are not lists."""
NEWER = ("SnapshotLocation", "BootModeOverride")
"""Parameters that later documents have: known there, unknown here."""

_MEMBER = re.compile(
    r"BlockDeviceMapping\.[^.]*\.(DeviceName|VirtualName|NoDevice|Ebs\.[A-Za-z]+)"
    r"|TagSpecification\.[^.]*\.(ResourceType|Tag\.[^.]*\.(Key|Value))"
)
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
        or bool(BARE_MEMBER.fullmatch(name))
        or name.startswith("InstanceId.")
        or _is_recased(name)
    )


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


rule.scenario(
    "wire.names.rule",
    """An SDK's request is understood: names made by the rules of the ec2 protocol, lists
    flattened.""",
    BOTOCORE["EC2Serializer"],
    grade=Grade.DETAIL,
    keeps="a good request sent by boto3",
    breaks="a bad name sent by boto3, refused with the documented code",
)


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


rule.scenario(
    "wire.missing.generic",
    "A request that lacks several required parameters is refused like one that lacks one.",
    ERRORS["MissingParameter, MissingAction, InvalidParameterCombination"],
    codes=MISSING,
    keeps="a request with all that is required",
    breaks="a request with neither Name nor InstanceId",
    note="The texts of three codes cover a missing parameter (A12).",
)
