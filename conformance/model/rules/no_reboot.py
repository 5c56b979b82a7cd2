"""Rules about ``NoReboot`` and the source instance (API_CreateImage, NoReboot)."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.model.catalogue import rule
from conformance.model.history import ConsoleSeen, Created, History
from conformance.model.overlay import NO_VOLUMES
from conformance.model.request import Request
from conformance.model.rule import Arm, Aws, Decides, Finding, Grade, Lacks, Violates
from conformance.model.sources import CREATE_IMAGE, ERRORS, GUIDE_AMI
from conformance.model.world import Effects, Instance, World

_PAGE = CREATE_IMAGE["NoReboot"]
_READS = ("DescribeInstances",)


@rule.request(
    "noreboot.optional",
    _PAGE,
    only_with=(),
    keeps="a request without NoReboot",
    breaks="the same request with NoReboot=false, which is the default",
)
def optional(request: Request, world: World) -> bool:
    """NoReboot is optional."""
    return True


@rule.history(
    "noreboot.false",
    _PAGE,
    GUIDE_AMI["Process for creating an AMI"],
    keeps=(
        "a running instance, without NoReboot and with NoReboot=false: its console shows a new boot"
    ),
    breaks="NoReboot=true: its console shows no new boot",
    note="Only a target whose GetConsoleOutput records boots shows a reboot.",
)
def rebooted(history: History) -> Iterator[Finding]:
    """Unless NoReboot is true, a running instance must be rebooted before the image is created."""
    yield from _boot(history, "false")


@rule.effects_of("noreboot.false", reads=("DescribeInstances",))
def boots_at_once(request: Request, before: World, effects: Effects) -> str | None:
    """Where consoles show boots at once, that of a rebooted instance shows another one."""
    source, now = before.instances.get(request.instance_id or ""), effects.instance
    if source is None or now is None or source.state != "running" or now.state != "running":
        return None
    due = request.no_reboot in (None, "false")
    return "its console shows no boot" if due and effects.booted is False else None


@rule.effect(
    "noreboot.true",
    _PAGE,
    keeps=(
        "a running instance with NoReboot=true: it stays running, and its console shows no new boot"
    ),
    breaks="NoReboot=false: the instance is rebooted",
    aws=Aws(
        "unknown", "one unconfirmed report of a reboot", "https://github.com/boto/boto/issues/3736"
    ),
    note=(
        "A changed state or launch time violates the rule. Only the console confirms that"
        " it is kept."
    ),
    reads=_READS,
)
def not_rebooted(request: Request, before: World, effects: Effects) -> str | None:
    """With NoReboot=true the instance must not be rebooted."""
    source, now = before.instances.get(request.instance_id or ""), effects.instance
    if source is None or now is None or not _stays_up(request, source):
        return None
    if effects.booted:
        return _restarted(source, now) or "its console shows another boot"
    return _restarted(source, now)


def _stays_up(request: Request, source: Instance) -> bool:
    return request.no_reboot == "true" and source.state == "running"


def _restarted(source: Instance, now: Instance) -> str | None:
    """Evidence that the instance was stopped or started, or None."""
    if now.state != source.state:
        return f"the instance is {now.state}, it was {source.state}"
    if now.launch_time != source.launch_time:
        return f"the instance's launch time is {now.launch_time}, it was {source.launch_time}"
    return None


@rule.history_of("noreboot.true")
def no_boot(history: History) -> Iterator[Finding]:
    """The console shows no boot after a request with NoReboot=true."""
    yield from _boot(history, "true")


def _booted(history: History, created: Created) -> bool | None:
    """Whether the console shows another boot after a request than before it, if it was read."""
    before = history.before(created).last(ConsoleSeen)
    after = history.since(created).first(ConsoleSeen)
    if created.image_id is None or before is None or after is None:
        return None
    return before.digest != after.digest


def _boot(history: History, own: str) -> Iterator[Finding]:
    """Whether the console shows a boot that an accepted request caused, or none.

    Requests of the rule's ``own`` NoReboot decide its keeps arm. The others are the control. A
    single boot of three requests may be a late one of an earlier request.
    """
    created = history.last(Created)
    if created is None or history.ended:
        yield Lacks(history.ended)
        return
    boots = [_booted(history, each) for each in history.all(Created)]
    if created.image_id is None or None in boots:
        yield Lacks(f"inconclusive: {created.summary}")
        return
    source = created.before.instances.get(created.parameter("InstanceId") or "")
    if source is not None and source.state != "running":
        yield Lacks(f"inconclusive: the source instance is {source.state}; {created.summary}")
        return
    stays = created.parameter("NoReboot") == "true"
    booted = boots.count(True) > 1 if len(boots) > 2 else bool(boots[-1])
    is_own = stays is (own == "true")
    if booted is not stays:
        yield Decides(Arm.KEEPS if is_own else Arm.BREAKS)
    elif is_own:
        yield Decides(Arm.KEEPS)
        observed = "its console shows another boot" if booted else "its console shows no boot"
        yield Violates(Arm.KEEPS, observed, created)
    else:
        seen = "another boot" if booted else "no boot"
        yield Lacks(f"inconclusive: the console shows {seen} after a control; {created.summary}")


@rule.effect(
    "noreboot.stopped",
    _PAGE,
    grade=Grade.UNSPECIFIED,
    keeps="a request for a stopped instance",
    breaks="a request for a running instance",
    reads=_READS,
)
def stays_stopped(request: Request, before: World, effects: Effects) -> str | None:
    """The documents do not say whether a stopped instance stays stopped."""
    source = before.instances.get(request.instance_id or "")
    if source and source.state == "stopped" and effects.instance:
        state = effects.instance.state
        return None if state == "stopped" else f"the stopped instance is {state}"
    return None


rule.scenario(
    "noreboot.visible_state",
    "The documents do not say which state the instance shows during the reboot.",
    _PAGE,
    grade=Grade.UNSPECIFIED,
)
rule.scenario(
    "noreboot.after_failure",
    "A rejected request must not reboot or change the instance.",
    _PAGE,
    grade=Grade.DETAIL,
    keeps="rejected requests for a running instance",
    breaks="an accepted request, after which the instance is running again",
)
rule.scenario(
    "noreboot.concurrent",
    "Concurrent CreateImage requests for one instance are limited; the documents name no number.",
    ERRORS["ConcurrentCreateImageNoRebootLimitExceeded"],
    codes={"ConcurrentCreateImageNoRebootLimitExceeded"},
    grade=Grade.UNSPECIFIED,
    note="The documents name the code but no number, so no behaviour is asserted.",
)


def shows_attached(request: Request, before: World, effects: Effects) -> str | None:
    """The instance showed volumes before the request."""
    source = before.instances.get(request.instance_id or "")
    return None if source is not None and source.volumes else NO_VOLUMES


@rule.effect(
    "noreboot.identity",
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks="a rejected request for the same instance",
    evidence=shows_attached,
    reads=("DescribeInstances", "DescribeVolumes"),
)
def identity(request: Request, before: World, effects: Effects) -> str | None:
    """The instance must keep its ID, its volumes and their devices."""
    source = _imaged(request, before)
    if source is None:
        return None
    if effects.instance is None:
        return "DescribeInstances no longer shows the instance"
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
"""The other attributes of an instance, compared where DescribeInstances shows them."""


def shows_instance(request: Request, before: World, effects: Effects) -> str | None:
    """DescribeInstances shows the instance after the request."""
    return "not decided: see noreboot.identity" if effects.instance is None else None


@rule.effect(
    "st.instance.same",
    GUIDE_AMI["Process for creating an AMI"],
    grade=Grade.DETAIL,
    keeps="an accepted request",
    breaks="a rejected request for the same instance",
    evidence=shows_instance,
    reads=_READS,
    note=(
        "noreboot.identity covers the volumes; noreboot.true covers state and launch time"
        " with NoReboot=true."
    ),
)
def otherwise_same(request: Request, before: World, effects: Effects) -> str | None:
    """The instance must keep its state, launch time, attributes, tags and DeleteOnTermination
    flags."""
    source, now = _imaged(request, before), effects.instance
    if source is None or now is None:
        return None
    if not _stays_up(request, source) and (observed := _restarted(source, now)):
        return observed
    for attribute, words in _KEPT.items():
        had, has = getattr(source, attribute), getattr(now, attribute)
        if had != has:
            return f"the instance's {words}: {has}; before the request: {had}"
    flags = {v.id: v.delete_on_termination for v in source.volumes}
    for volume in now.volumes:
        if volume.delete_on_termination != flags.get(volume.id, volume.delete_on_termination):
            return f"the instance's DeleteOnTermination of {volume.device} has changed"
    return None


def _imaged(request: Request, before: World) -> Instance | None:
    """The source instance if it was running or stopped, the two states that last; else None."""
    source = before.instances.get(request.instance_id or "")
    return source if source and source.state in ("running", "stopped") else None
