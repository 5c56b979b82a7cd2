"""Rules about the new image's block device mapping: the instance's, with the request's merged in.

Each rule covers what no other does, so that one defect breaks one rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.model.catalogue import rule
from conformance.model.history import Created, Deregistered, History, InstanceSeen, LaunchRefused
from conformance.model.overlay import MAPPED, NO_VOLUMES, bare_overlay, no_overlay, overlay
from conformance.model.request import Request
from conformance.model.rule import Arm, Finding, Grade, Lacks, Violates
from conformance.model.sources import CREATE_IMAGE, GUIDE_AMI, GUIDE_MAPPING
from conformance.model.world import Effects, World

_INTRODUCTION = CREATE_IMAGE["Introduction"]
_GUIDE = GUIDE_MAPPING["Block device mapping of an AMI"]
_REJECTED = "rejected requests, which create no image"


def shows_volumes(request: Request, before: World, effects: Effects) -> str | None:
    """A volume of the instance is shown that the request does not omit with NoDevice."""
    view = bare_overlay(request, before, effects)
    if view is None:
        return no_overlay(request, before, effects)
    known = (*view.volumes, *view.instance.instance_store)
    if not view.volumes:
        return NO_VOLUMES
    if all(view.is_omitted(device) for device in known):
        return "inconclusive: the request omits every volume of the instance"
    return None


@rule.effect(
    "st.bdm.devices",
    _INTRODUCTION,
    GUIDE_AMI["Process for creating an AMI"],
    keeps="an instance with added volumes, and an instance launched from its image",
    breaks=_REJECTED,
    evidence=shows_volumes,
)
def every_device(request: Request, before: World, effects: Effects) -> str | None:
    """The image must map every volume of the instance, and no other. An instance launched from
    it must have the added EBS volumes."""
    if (view := bare_overlay(request, before, effects)) is None:
        return None
    known = {*view.volumes, *view.instance.instance_store}
    if not view.volumes:
        # Nothing to compare with, but an EBS-backed image has at least a root volume.
        if view.image.mappings or view.asked:
            return None
        return "the image maps no device, not even a root volume"
    # No action shows instance store volumes: RunInstances may have launched the instance without.
    strange = [
        mapping.device or "no device"
        for mapping in view.image.mappings
        if mapping.device not in known and mapping.device not in view.asked
    ]
    for device in sorted(view.volumes) if not view.asked else ():
        if view.mapped(device) is None:
            other = f"; it maps {strange[0]}, which the instance lacks" if strange else ""
            return f"the image does not map the instance's {device}{other}"
    if strange:
        return f"the image maps {strange[0]}, which the instance lacks"
    return None


@rule.history_of("st.bdm.devices")
def every_device_is_launched(history: History) -> Iterator[Finding]:
    """An instance that was launched from the image has its EBS volumes, flags included."""
    created = history.first(Created)
    last = history.before(history.last(Deregistered)).last(InstanceSeen)
    seen = last.instance if last else None
    runs = seen is not None and seen.state == "running"
    image = created.effects.image if created and created.effects else None
    if created is None or image is None or seen is None or not runs:
        refused = history.first(LaunchRefused)
        came = refused.why if refused else None
        yield Lacks(history.ended or f"inconclusive: RunInstances of the image: {came}")
        return
    source = created.before.instances.get(created.parameter("InstanceId") or "")
    if not seen.volumes and not (source and source.volumes):
        yield Lacks(NO_VOLUMES)
        return
    has = {volume.device: volume.delete_on_termination for volume in seen.volumes}
    for mapping in image.mappings:
        device, flag = mapping.device, mapping.delete_on_termination
        if not mapping.ebs:
            continue
        if device not in has:
            observed = f"an instance launched from the image has no {device}"
        elif None in (has[device], flag) or has[device] is flag:
            continue
        else:
            observed = (
                f"{device} has DeleteOnTermination {flag} in the image, and {has[device]} in an"
                " instance launched from it"
            )
        yield Violates(Arm.KEEPS, observed, created)
        return


@rule.effect(
    "st.bdm.merge",
    _INTRODUCTION,
    grade=Grade.DETAIL,
    keeps="a request that maps one device: the image has the others too",
    breaks=_REJECTED,
    masked_by="st.bdm.devices",
    evidence=shows_volumes,
)
def others_stay(request: Request, before: World, effects: Effects) -> str | None:
    """The image has the instance's device mappings with the request's merged in; only NoDevice
    removes one."""
    view = bare_overlay(request, before, effects)
    if view is None or not view.asked:
        return None
    for device in sorted(view.volumes):
        if view.mapped(device) is None and not view.is_omitted(device):
            return f"the image of a request with mappings does not map the instance's {device}"
    return None


def shows_flags(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps a volume whose DeleteOnTermination is shown and not requested."""
    if (view := overlay(request, before, effects)) is None:
        return no_overlay(request, before, effects)
    if not view.volumes:
        return NO_VOLUMES
    inherited = [v for v, _, asked in view.inherited() if "DeleteOnTermination" not in asked]
    if any(volume.delete_on_termination is not None for volume in inherited):
        return None
    if inherited:
        return "inconclusive: the instance's volumes show no DeleteOnTermination"
    return "inconclusive: the image maps no volume of the instance whose flag is not requested"


@rule.effect(
    "st.bdm.dot_inherit",
    _GUIDE,
    keeps="volumes for which the request does not name DeleteOnTermination",
    breaks=_REJECTED,
    masked_by="st.bdm.devices",
    requires=("st.bdm.devices",),
    evidence=shows_flags,
)
def flag_of_the_instance(request: Request, before: World, effects: Effects) -> str | None:
    """Without DeleteOnTermination in the request, the image must have the instance's value."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for volume, mapping, asked in view.inherited():
        had, has = volume.delete_on_termination, mapping.delete_on_termination
        if "DeleteOnTermination" not in asked and had is not None and has is not had:
            return (
                f"DeleteOnTermination of {volume.device}: the instance has {had}, the image {has}"
            )
    return None


def shows_instance_store(request: Request, before: World, effects: Effects) -> str | None:
    """The image maps an instance store volume of the instance that the request does not map."""
    if (view := overlay(request, before, effects)) is None:
        return no_overlay(request, before, effects)
    if any(view.mapped(d) and d not in view.asked for d in view.instance.instance_store):
        return None
    return (
        "inconclusive: the image maps no instance store volume; no action shows whether"
        " RunInstances launched the instance with one"
    )


@rule.effect(
    "st.bdm.ephemeral",
    _GUIDE,
    keeps="an instance with an instance store volume",
    breaks=_REJECTED,
    masked_by="st.bdm.devices",
    requires=MAPPED,
    evidence=shows_instance_store,
)
def no_data_of_instance_store(request: Request, before: World, effects: Effects) -> str | None:
    """An instance store volume must be mapped by its virtual name, without its data."""
    if (view := overlay(request, before, effects)) is None:
        return None
    for device, virtual_name in view.instance.instance_store.items():
        mapping = view.mapped(device)
        if mapping is None or device in view.asked:
            continue
        if mapping.snapshot_id or mapping.ebs:
            return f"the image has an EBS volume for the instance store volume {device}"
        if mapping.virtual_name != virtual_name:
            return f"the image has {device} as {mapping.virtual_name}, the instance {virtual_name}"
    return None
