"""Rules about parameter names: spelling, case, repetition, unknown and missing ones."""

from __future__ import annotations

import re
from functools import lru_cache

from conformance.model.catalogue import rule
from conformance.model.codes import MISSING
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade
from conformance.model.rules.lists import BARE_MEMBER
from conformance.model.sources import BOTOCORE, CREATE_IMAGE, ERRORS, IDEMPOTENCY, QUERY
from conformance.model.world import World

SCALARS = ("Action", "Version", "InstanceId", "Name", "Description", "NoReboot", "DryRun")
"""The parameters that are not lists."""
NEWER = ("SnapshotLocation", "BootModeOverride")
"""Parameters that only later documents have."""

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
    """Whether a name differs from a documented one only in case."""
    return name not in SCALARS and name.lower() in _BY_LOWER_CASE


@lru_cache(1024)
def _is_known(name: str) -> bool:
    """Whether a document, or another rule, covers a parameter of this name."""
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
    breaks="name or instanceid instead",
)
def case_sensitive(request: Request, world: World) -> bool:
    """Parameter names are case-sensitive: a name in another case is not recognized."""
    return not any(map(_is_recased, request.values))


@rule.request(
    "wire.names",
    CREATE_IMAGE["Request Parameters"],
    BOTOCORE["EC2Serializer"],
    codes={"UnknownParameter"},
    only_with=(),
    keeps="one request with every documented parameter",
    breaks="undocumented names close to documented ones: Tag.1.Key, ImageDescription",
)
def documented_names(request: Request, world: World) -> bool:
    """Every documented parameter must be recognized, with list members as Name.N.Member."""
    return True


rule.scenario(
    "wire.together",
    "Documented parameters that are legal one by one must be legal together.",
    CREATE_IMAGE["Request Parameters"],
    CREATE_IMAGE["Examples"],
    keeps="legal values of many parameters in one request",
    breaks="the same with one illegal value",
    note="The page makes each optional parameter independent of the others.",
)

rule.scenario(
    "wire.names.rule",
    "A request from an SDK must be accepted: names by the ec2 protocol, lists flattened.",
    BOTOCORE["EC2Serializer"],
    grade=Grade.DETAIL,
    keeps="a valid request sent by boto3",
    breaks="an invalid name sent by boto3, rejected with the documented code",
)


@rule.request(
    "wire.dup",
    QUERY["Query parameters"],
    grade=Grade.UNSPECIFIED,
    keeps="each parameter once",
    breaks="a repeated parameter",
)
def once(request: Request, world: World) -> bool | None:
    """The documents do not say whether a parameter may be repeated, or which value counts."""
    return None if len(request.values) < len(request.params) else True


@rule.request(
    "wire.unknown",
    ERRORS["UnknownParameter"],
    codes={"UnknownParameter"},
    keeps="documented parameters alone",
    breaks="an undocumented parameter",
    aws=Aws("agrees", "400 UnknownParameter", _ISSUE + "aws/aws-sdk-cpp/issues/327"),
)
def no_unknown_parameter(request: Request, world: World) -> bool:
    """An unknown parameter must be rejected."""
    return all(map(_is_known, request.values))


@rule.request(
    "wire.clienttoken",
    CREATE_IMAGE["Request Parameters"],
    IDEMPOTENCY["Client tokens"],
    BOTOCORE["CreateImageRequest"],
    grade=Grade.DETAIL,
    codes={"UnknownParameter"},
    only_with=("ClientToken",),
    keeps="a request without ClientToken",
    breaks="a request with ClientToken",
)
def no_client_token(request: Request, world: World) -> bool:
    """CreateImage has no ClientToken; a request with one must be rejected."""
    return "ClientToken" not in request.values


rule.scenario(
    "wire.missing.generic",
    "A request that lacks several required parameters must be rejected, as if it lacked one.",
    ERRORS["MissingParameter, MissingAction, InvalidParameterCombination"],
    codes=MISSING,
    keeps="a request with every required parameter",
    breaks="a request without Name and InstanceId",
    note="The documents give three codes for a missing parameter; all are allowed.",
)
