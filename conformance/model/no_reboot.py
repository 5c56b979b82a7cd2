"""Rules about ``NoReboot`` and what happens to the instance (API_CreateImage, NoReboot)."""

from __future__ import annotations

from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_AMI
from conformance.model.world import Effects, World

_PAGE = CREATE_IMAGE["NoReboot"]


@rule.request(
    "noreboot.optional",
    _PAGE,
    keeps="a request without NoReboot",
    breaks="the same request with NoReboot=false, which means the same",
)
def optional(request: Request, world: World) -> bool:
    """NoReboot may be left out."""
    return True


rule.story(
    "noreboot.false",
    """With NoReboot=false, or without it, a running instance is rebooted before it is imaged.""",
    _PAGE,
    GUIDE_AMI["Process for creating an AMI"],
    keeps="NoReboot=false with a running instance: its console shows another boot",
    breaks="NoReboot=true: its console shows none",
    note="An API shows a reboot only where GetConsoleOutput keeps a trace of it.",
)
rule.story(
    "noreboot.true",
    """With NoReboot=true the instance is not rebooted.""",
    _PAGE,
    keeps="NoReboot=true with a running instance: it stays up, its console shows no other boot",
    breaks="NoReboot=false: it is rebooted",
    aws=Aws(
        "unknown", "one unconfirmed report of a reboot", "https://github.com/boto/boto/issues/3736"
    ),
)


@rule.effect(
    "noreboot.stopped",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="a request about a stopped instance",
    breaks="a request about a running instance",
)
def stays_stopped(request: Request, before: World, effects: Effects) -> str | None:
    """A stopped instance is expected to stay stopped; no document says so."""
    source = before.instances.get(request.instance_id or "")
    if source and source.state == "stopped" and effects.instance:
        state = effects.instance.state
        return None if state == "stopped" else f"the stopped instance is {state}"
    return None


rule.story(
    "noreboot.visible_state",
    "Which state the instance shows while it is rebooted is not said.",
    _PAGE,
    grade=Grade.UNSPECIFIED,
)
rule.story(
    "noreboot.after_failure",
    """A refused request does not reboot the instance, nor change it in any other way.""",
    _PAGE,
    grade=Grade.DETAIL,
    keeps="refused requests about a running instance",
    breaks="an accepted request, after which the instance is up again",
)
rule.story(
    "noreboot.concurrent",
    """Only so many images of one instance can be made at once; how many is not said.""",
    ERRORS["ConcurrentCreateImageNoRebootLimitExceeded"],
    codes={"ConcurrentCreateImageNoRebootLimitExceeded"},
    grade=Grade.UNSPECIFIED,
    note="The code is documented, the number is not: nothing can be asserted.",
)


@rule.effect(
    "noreboot.identity",
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks="a refused request about the same instance",
)
def identity(request: Request, before: World, effects: Effects) -> str | None:
    """The instance keeps its volumes, their devices and its launch time."""
    source = before.instances.get(request.instance_id or "")
    now = effects.instance
    if source is None or now is None:
        return None
    attached = {(v.device, v.id) for v in source.volumes}
    if {(v.device, v.id) for v in now.volumes} != attached:
        return f"the instance's volumes are {sorted((v.device, v.id) for v in now.volumes)}"
    if source.launch_time != now.launch_time:
        return f"the instance's launch time is {now.launch_time}, it was {source.launch_time}"
    return None
