"""Rules about ``NoReboot`` and what happens to the instance (API_CreateImage, NoReboot)."""

from __future__ import annotations

from conformance.model.request import Request
from conformance.model.rule import Aws, Grade, rule
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_AMI
from conformance.model.world import Effects, Instance, World

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


rule.scenario(
    "noreboot.false",
    """With NoReboot=false, or without it, a running instance is rebooted before it is imaged.""",
    _PAGE,
    GUIDE_AMI["Process for creating an AMI"],
    keeps="NoReboot=false, and none, with a running instance: its console shows another boot",
    breaks="NoReboot=true: its console shows none",
    note="An API shows a reboot only where GetConsoleOutput keeps a trace of it.",
)


@rule.effect(
    "noreboot.true",
    _PAGE,
    keeps="NoReboot=true with a running instance: it stays up, its console shows no other boot",
    breaks="NoReboot=false: it is rebooted",
    aws=Aws(
        "unknown", "one unconfirmed report of a reboot", "https://github.com/boto/boto/issues/3736"
    ),
    note="A state or launch time that changes speaks against it; only a console speaks for it.",
)
def not_rebooted(request: Request, before: World, effects: Effects) -> str | None:
    """With NoReboot=true the instance is not rebooted."""
    source, now = before.instances.get(request.instance_id or ""), effects.instance
    if source is None or now is None or not _stays_up(request, source):
        return None
    return _restarted(source, now)


def _stays_up(request: Request, source: Instance) -> bool:
    return request.no_reboot == "true" and source.state == "running"


def _restarted(source: Instance, now: Instance) -> str | None:
    """What shows that an instance was stopped or started, or None."""
    if now.state != source.state:
        return f"the instance is {now.state}, it was {source.state}"
    if now.launch_time != source.launch_time:
        return f"the instance's launch time is {now.launch_time}, it was {source.launch_time}"
    return None


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


rule.scenario(
    "noreboot.visible_state",
    "Which state the instance shows while it is rebooted is not said.",
    _PAGE,
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "noreboot.after_failure",
    """A refused request does not reboot the instance, nor change it in any other way.""",
    _PAGE,
    grade=Grade.DETAIL,
    keeps="refused requests about a running instance",
    breaks="an accepted request, after which the instance is up again",
)
rule.scenario(
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
    """The instance is still there, with the same volumes on the same devices."""
    source = _imaged(request, before)
    if source is None:
        return None
    if effects.instance is None:
        return "DescribeInstances does not show the instance any more"
    attached = [sorted((v.device, v.id) for v in i.volumes) for i in (source, effects.instance)]
    return None if attached[0] == attached[1] else f"the instance's volumes are {attached[1]}"


_KEPT = {
    "image_id": "image",
    "root_device": "root device",
    "architecture": "architecture",
    "virtualization": "virtualization type",
    "platform": "platform",
    "boot_mode": "boot mode",
    "ena_support": "ENA support",
    "tags": "tags",
}
"""What an instance has beside its state, launch time and volumes, compared as it is shown."""


@rule.effect(
    "st.instance.same",
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks="a refused request about the same instance",
    note="Its volumes are noreboot.identity's; its state and launch time, under NoReboot=true,"
    " are noreboot.true's.",
)
def otherwise_same(request: Request, before: World, effects: Effects) -> str | None:
    """The instance ends as it began: running or stopped, of the same launch time, with the same
    attributes, tags and DeleteOnTermination flags."""
    source, now = _imaged(request, before), effects.instance
    if source is None or now is None:
        return None
    if not _stays_up(request, source) and (seen := _restarted(source, now)):
        return seen
    for attribute, words in _KEPT.items():
        had, has = getattr(source, attribute), getattr(now, attribute)
        if had != has:
            return f"the instance's {words}: {has}; before it was {had}"
    flags = {v.id: v.delete_on_termination for v in source.volumes}
    for volume in now.volumes:
        if volume.delete_on_termination != flags.get(volume.id, volume.delete_on_termination):
            return f"the instance's DeleteOnTermination of {volume.device} is another"
    return None


def _imaged(request: Request, before: World) -> Instance | None:
    """The source of a request, where it was in one of the two states that last."""
    source = before.instances.get(request.instance_id or "")
    return source if source and source.state in ("running", "stopped") else None
