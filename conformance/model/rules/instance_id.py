"""Rules about ``InstanceId`` and the source instance (API_CreateImage, InstanceId)."""

from __future__ import annotations

import re

from conformance.model.codes import MISSING
from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import CONSISTENCY, CREATE_IMAGE, ERRORS, GUIDE_AMI
from conformance.model.world import World

MALFORMED = {"InvalidInstanceID.Malformed"}
NOT_FOUND = {"InvalidInstanceID.NotFound"}
STATE_CODES = {
    "IncorrectInstanceState",
    "IncorrectState",
    "InvalidInstanceState",
    "InvalidState",
    "InvalidParameterValue",
}
"""No document ties a code to this action; these say "wrong state", the last is AWS's own (A4)."""

_SHAPE = re.compile(r"i-(?:.{8}|.{17})", re.DOTALL)
_TAIL = re.compile(r"[0-9a-f]+")
_IMAGED = ("running", "stopped")
_STATE_AWS = Aws(
    "agrees",
    "refuses with 400 InvalidParameterValue",
    "https://github.com/aws-samples/aws-systemsmanagerautomation-with-asglifecyclehooks/issues/2",
    codes=frozenset({"InvalidParameterValue"}),
)


def _shape(instance_id: str) -> str:
    """How an id is formed: ``good``, ``unspecified`` or ``bad``."""
    if not _SHAPE.fullmatch(instance_id):
        return "bad"
    return "good" if _TAIL.fullmatch(instance_id[2:]) else "unspecified"


def _state(request: Request, world: World) -> str | None:
    instance = world.instances.get(request.instance_id or "")
    return instance.state if instance else None


@rule.request(
    "inst.required",
    CREATE_IMAGE["InstanceId"],
    ERRORS["Common client error codes, MissingParameter"],
    codes=MISSING,
    keeps="a request with an instance id",
    breaks="a request without InstanceId",
    note="No document says whether an empty id is missing or malformed: it is both here (A12).",
)
def required(request: Request, world: World) -> bool:
    """Every request names the instance."""
    return bool(request.instance_id)


@rule.request(
    "inst.format",
    ERRORS["InvalidInstanceID.Malformed"],
    codes=MALFORMED,
    keeps="the id of an instance",
    breaks="ids without i-, of another prefix, cut short, with a space or newline added, empty",
    aws=Aws("agrees", "400 InvalidInstanceID.Malformed", "observed/xml"),
)
def well_formed(request: Request, world: World) -> bool:
    """An instance id is i- and 8 or 17 characters."""
    id = request.instance_id
    return id is None or _shape(id) != "bad" or _is_of_other_length(id)


@rule.request(
    "inst.format.hex",
    ERRORS["InvalidInstanceID.Malformed"],
    grade=Grade.UNSPECIFIED,
    codes=MALFORMED | NOT_FOUND,
    keeps="ids of lower-case hexadecimal digits",
    breaks="ids of the right length with upper-case or other letters",
    note="The documents write x for each character. No such instance exists, so it is refused.",
)
def hexadecimal(request: Request, world: World) -> bool | None:
    """Whether the characters of an id are lower-case hexadecimal digits is not said."""
    return None if request.instance_id and _shape(request.instance_id) == "unspecified" else True


def _is_of_other_length(id: str) -> bool:
    return bool(re.fullmatch(r"i-[0-9a-f]{9,16}", id))


@rule.request(
    "inst.format.len",
    ERRORS["InvalidInstanceID.Malformed"],
    codes=MALFORMED | NOT_FOUND,
    keeps="ids of 8 or 17 digits",
    breaks="ids of 9 to 16 digits",
    note="Malformed is expected but nobody spelt it out: NotFound is allowed too.",
)
def documented_length(request: Request, world: World) -> bool:
    """An instance id of 9 to 16 digits is refused."""
    return not _is_of_other_length(request.instance_id or "")


@rule.request(
    "inst.single",
    CREATE_IMAGE["InstanceId"],
    ERRORS["UnknownParameter"],
    grade=Grade.DETAIL,
    codes={"UnknownParameter", "MissingParameter"},
    keeps="InstanceId",
    breaks="InstanceId.1 in its place",
)
def one_instance(request: Request, world: World) -> bool:
    """The instance is one parameter, not a numbered list as in other actions."""
    return not any(name.startswith("InstanceId.") for name in request.names())


@rule.request(
    "inst.exists",
    ERRORS["InvalidInstanceID.NotFound"],
    codes=NOT_FOUND,
    keeps="the id of an instance of the account's",
    breaks="well-formed ids of no instance, of 8 and of 17 digits",
    aws=Aws(
        "agrees", "400 InvalidInstanceID.NotFound", "https://github.com/boto/boto3/issues/2488"
    ),
)
def exists(request: Request, world: World) -> bool:
    """The instance has to exist in this Region."""
    id = request.instance_id
    if not id or (_shape(id) != "good"):
        return True
    return id in world.instances


rule.scenario(
    "inst.eventual",
    """An instance that was just launched may be answered NotFound for a while.""",
    ERRORS["InvalidInstanceID.NotFound"],
    CONSISTENCY["Overview"],
    grade=Grade.UNSPECIFIED,
    uncovered="it allows endpoints something: nothing can contradict it",
)
rule.scenario(
    "inst.other_account",
    "With which code somebody else's instance is refused is not said.",
    ERRORS["InvalidInstanceID.NotFound"],
    grade=Grade.UNSPECIFIED,
    uncovered="needs an instance of another account's",
)


@rule.request(
    "inst.state.running",
    CREATE_IMAGE["Introduction"],
    keeps="a running instance",
    breaks="an instance that was terminated",
)
def running(request: Request, world: World) -> bool:
    """An image can be made of a running instance."""
    return True


@rule.request(
    "inst.state.stopped",
    CREATE_IMAGE["Introduction"],
    keeps="a stopped instance",
    breaks="an instance that was terminated",
)
def stopped(request: Request, world: World) -> bool:
    """An image can be made of a stopped instance."""
    return True


@rule.request(
    "inst.state.stopping",
    CREATE_IMAGE["Introduction"],
    grade=Grade.UNSPECIFIED,
    codes=STATE_CODES,
    keeps="an instance that is not stopping",
    breaks="an instance that is stopping",
    aws=Aws("deviates", "accepts a stopping instance by its own message", _STATE_AWS.source),
    note="The page lists running and stopped; AWS's message lists stopping as well (A4).",
)
def stopping(request: Request, world: World) -> bool | None:
    """The documents list running and stopped; AWS's own message lists stopping too."""
    return None if _state(request, world) == "stopping" else True


@rule.request(
    "inst.state.pending",
    CREATE_IMAGE["Introduction"],
    codes=STATE_CODES,
    keeps="an instance that has reached running",
    breaks="an instance that is still pending",
    aws=_STATE_AWS,
)
def not_pending(request: Request, world: World) -> bool:
    """No image is made of an instance that is still pending."""
    return _state(request, world) != "pending"


@rule.request(
    "inst.state.terminal",
    CREATE_IMAGE["Introduction"],
    codes=STATE_CODES | NOT_FOUND,
    keeps="a running instance",
    breaks="an instance that was terminated",
    aws=_STATE_AWS,
)
def not_terminated(request: Request, world: World) -> bool:
    """No image is made of an instance that is shutting down or terminated."""
    return _state(request, world) not in ("shutting-down", "terminated")


@rule.request(
    "inst.root.ebs",
    CREATE_IMAGE["Introduction"],
    GUIDE_AMI["Create an AMI from an instance"],
    keeps="an instance whose root device is an EBS volume",
    breaks="an instance whose root device is an instance store",
)
def ebs_backed(request: Request, world: World) -> bool:
    """The instance's root device has to be an EBS volume."""
    instance = world.instances.get(request.instance_id or "")
    return instance is None or instance.root_device_type != "instance-store"


rule.scenario(
    "inst.product_codes",
    "Nothing is said about instances with Marketplace product codes.",
    CREATE_IMAGE["InstanceId"],
    grade=Grade.UNSPECIFIED,
    uncovered="needs an instance of a subscription in AWS Marketplace",
)
