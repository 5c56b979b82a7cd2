"""Rules about ``InstanceId`` and the source instance (API_CreateImage, InstanceId)."""

from __future__ import annotations

import re

from conformance.model.catalogue import rule
from conformance.model.codes import MISSING
from conformance.model.request import LISTED, Request
from conformance.model.rule import Aws, Grade
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
"""No document names a code for this action. Four are generic; AWS answers with the last."""

_SHAPE = re.compile(r"i-(?:.{8}|.{17})", re.DOTALL)
_TAIL = re.compile(r"[0-9a-f]+")
_STATE_AWS = Aws(
    "agrees",
    "rejects with 400 InvalidParameterValue",
    "https://github.com/aws-samples/aws-systemsmanagerautomation-with-asglifecyclehooks/issues/2",
    codes=frozenset({"InvalidParameterValue"}),
)


def _shape(instance_id: str) -> str:
    """The form of an ID: ``good``, ``unspecified`` or ``bad``."""
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
    keeps="a request with InstanceId",
    breaks="a request without InstanceId",
    note=(
        "The documents do not say whether an empty ID is missing or malformed; both codes"
        " are allowed."
    ),
)
def required(request: Request, world: World) -> bool:
    """A request must have an InstanceId."""
    return bool(request.instance_id)


@rule.request(
    "inst.format",
    ERRORS["InvalidInstanceID.Malformed"],
    codes=MALFORMED,
    only_with=("InstanceId",),
    keeps="the ID of an instance",
    breaks=(
        "IDs that are empty, cut short, without i-, of another prefix, or with a space or"
        " newline added"
    ),
    aws=Aws("agrees", "400 InvalidInstanceID.Malformed", "observed/xml"),
)
def well_formed(request: Request, world: World) -> bool:
    """An instance ID must be i- followed by 8 or 17 characters."""
    id = request.instance_id
    return id is None or _shape(id) != "bad" or _is_of_other_length(id)


@rule.request(
    "inst.format.hex",
    ERRORS["InvalidInstanceID.Malformed"],
    grade=Grade.UNSPECIFIED,
    codes=MALFORMED | NOT_FOUND,
    only_with=("InstanceId",),
    keeps="IDs of lower-case hexadecimal digits",
    breaks="IDs of the right length with upper-case or other letters",
    note=(
        "The documents write x for each character. No such instance exists, so a "
        "rejection is expected."
    ),
)
def hexadecimal(request: Request, world: World) -> bool | None:
    """The documents do not say whether the characters of an ID are lower-case hexadecimal
    digits."""
    return None if request.instance_id and _shape(request.instance_id) == "unspecified" else True


def _is_of_other_length(id: str) -> bool:
    return bool(re.fullmatch(r"i-[0-9a-f]{9,16}", id))


@rule.request(
    "inst.format.len",
    ERRORS["InvalidInstanceID.Malformed"],
    codes=MALFORMED | NOT_FOUND,
    only_with=("InstanceId",),
    keeps="IDs with 8 or 17 digits",
    breaks="IDs with 9 to 16 digits",
    note=(
        "The documents name no code for these lengths; InvalidInstanceID.NotFound is allowed too."
    ),
)
def documented_length(request: Request, world: World) -> bool:
    """An instance ID with 9 to 16 characters after i- must be rejected."""
    return not _is_of_other_length(request.instance_id or "")


@rule.request(
    "inst.single",
    CREATE_IMAGE["InstanceId"],
    ERRORS["UnknownParameter"],
    grade=Grade.DETAIL,
    codes={"UnknownParameter", "MissingParameter"},
    only_with=(LISTED,),
    keeps="InstanceId",
    breaks="InstanceId.1 instead",
)
def one_instance(request: Request, world: World) -> bool:
    """InstanceId is a single parameter, not a list: InstanceId.1 must be rejected."""
    return not any(name.startswith("InstanceId.") for name in request.values)


@rule.request(
    "inst.exists",
    ERRORS["InvalidInstanceID.NotFound"],
    codes=NOT_FOUND,
    only_with=("InstanceId",),
    keeps="the ID of an instance of the account",
    breaks="well-formed IDs that no instance has, with 8 and with 17 digits",
    aws=Aws(
        "agrees", "400 InvalidInstanceID.NotFound", "https://github.com/boto/boto3/issues/2488"
    ),
)
def exists(request: Request, world: World) -> bool:
    """The instance must exist in the Region."""
    id = request.instance_id
    if not id or (_shape(id) != "good"):
        return True
    return id in world.instances


rule.scenario(
    "inst.eventual",
    "An endpoint may answer NotFound for a while after an instance is launched.",
    ERRORS["InvalidInstanceID.NotFound"],
    CONSISTENCY["Overview"],
    grade=Grade.UNSPECIFIED,
    uncovered="a permission, not a requirement: no behaviour can violate it",
)
rule.scenario(
    "inst.other_account",
    "The documents do not name the code for an instance of another account.",
    ERRORS["InvalidInstanceID.NotFound"],
    grade=Grade.UNSPECIFIED,
    uncovered="needs an instance of another account",
)


@rule.request(
    "inst.state.running",
    CREATE_IMAGE["Introduction"],
    only_with=(),
    keeps="a running instance",
    breaks="a terminated instance",
)
def running(request: Request, world: World) -> bool:
    """An image can be created from a running instance."""
    return True


@rule.request(
    "inst.state.stopped",
    CREATE_IMAGE["Introduction"],
    only_with=(),
    keeps="a stopped instance",
    breaks="a terminated instance",
)
def stopped(request: Request, world: World) -> bool:
    """An image can be created from a stopped instance."""
    return True


@rule.request(
    "inst.state.stopping",
    CREATE_IMAGE["Introduction"],
    grade=Grade.UNSPECIFIED,
    codes=STATE_CODES,
    only_with=("InstanceId",),
    keeps="an instance that is not stopping",
    breaks="a stopping instance",
    aws=Aws("agrees", "accepts a stopping instance, by its own error message", _STATE_AWS.source),
    note="AWS's error message lists stopping as a legal state.",
)
def stopping(request: Request, world: World) -> bool | None:
    """The documents list running and stopped; they do not mention stopping."""
    return None if _state(request, world) == "stopping" else True


@rule.request(
    "inst.state.pending",
    CREATE_IMAGE["Introduction"],
    codes=STATE_CODES | NOT_FOUND,
    only_with=("InstanceId",),
    keeps="an instance that has reached running",
    breaks="an instance that is still pending",
    aws=_STATE_AWS,
    note="The target may not find an instance just after its launch (inst.eventual).",
)
def not_pending(request: Request, world: World) -> bool:
    """A request for a pending instance must be rejected."""
    return _state(request, world) != "pending"


@rule.request(
    "inst.changed",
    CREATE_IMAGE["Introduction"],
    only_with=(),
    keeps="an instance with another root volume than its image, and with volumes changed later",
    breaks="a terminated instance",
)
def changed(request: Request, world: World) -> bool:
    """An instance whose volumes differ from those of its image must be accepted."""
    return True


@rule.request(
    "inst.state.terminal",
    CREATE_IMAGE["Introduction"],
    codes=STATE_CODES | NOT_FOUND,
    only_with=("InstanceId",),
    keeps="a running instance",
    breaks="a terminated instance",
    aws=_STATE_AWS,
)
def not_terminated(request: Request, world: World) -> bool:
    """A request for an instance that is shutting down or terminated must be rejected."""
    return _state(request, world) not in ("shutting-down", "terminated")


@rule.request(
    "inst.root.ebs",
    CREATE_IMAGE["Introduction"],
    GUIDE_AMI["Create an AMI from an instance"],
    only_with=("InstanceId",),
    keeps="an instance whose root device is an EBS volume",
    breaks="an instance whose root device is an instance store volume",
)
def ebs_backed(request: Request, world: World) -> bool:
    """The instance's root device must be an EBS volume."""
    instance = world.instances.get(request.instance_id or "")
    return instance is None or instance.root_device_type != "instance-store"


rule.scenario(
    "inst.product_codes",
    "The documents do not say how an instance with AWS Marketplace product codes is handled.",
    CREATE_IMAGE["InstanceId"],
    grade=Grade.UNSPECIFIED,
    uncovered="needs an instance with an AWS Marketplace subscription",
)
