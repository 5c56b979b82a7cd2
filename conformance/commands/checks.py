"""What ``amiproof doctor`` asks a target: requests that read, or that name nothing that exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.core.errors import CannotTest
from conformance.engine.core.target import Target
from conformance.engine.resources.public_images import PublicImages
from conformance.engine.resources.removal import unsupported
from conformance.model.answer import Element
from conformance.wire.decoding import describe

NEEDED = (
    "DescribeImages", "DescribeInstances", "DescribeSnapshots", "DescribeTags", "DescribeVolumes",
)  # fmt: skip
_NOTHING = {
    "DescribeImages": ("image-id", "ami-00000000"),
    "DescribeInstances": ("instance-id", "i-00000000"),
    "DescribeSnapshots": ("snapshot-id", "snap-00000000"),
    "DescribeVolumes": ("volume-id", "vol-00000000"),
}
"""By action, a filter that no resource passes."""
_ITEMS = {
    "DescribeImages": "imagesSet/item",
    "DescribeInstances": "reservationSet/item",
    "DescribeSnapshots": "snapshotSet/item",
    "DescribeVolumes": "volumeSet/item",
}
_STAYS = "what a run creates stays there, so the run keeps to few images"
_WITHOUT = {
    "DescribeSnapshots": "rules about snapshots are untested",
    "DescribeTags": "DescribeTags can't confirm tags",
    "DescribeVolumes": "rules about volumes are untested",
}


class Finding(NamedTuple):
    """One thing that a target cannot do."""

    what: str
    fatal: bool = False
    """Whether a run would end with status 3."""


def findings(target: Target, api: Api) -> Iterator[Finding]:
    """Everything that a run would miss at a target, the worst first. Raises CutShort."""
    yield from _source(target, api)
    for action in NEEDED:
        params = list(filters({"owner-id": ["self"]})) if action == "DescribeSnapshots" else []
        try:
            api.call(action, params)
        except Refused as refused:
            fatal = action in ("DescribeImages", "DescribeInstances")
            effect = f"; {_WITHOUT[action]}" if action in _WITHOUT else ""
            yield Finding(f"{refused}{effect}", fatal)
    for action in () if target.real else unsupported(api):
        yield Finding(f"{action}: the target does not have it; {_STAYS}")
    for action in _ITEMS:
        if _ignores_filters(api, action):
            yield Finding(f"{action} ignores filters: a run reads whole lists")
    if not target.real and (why := _hides_own(api)):  # AWS lists a hundred thousand images
        yield Finding(why)


def _source(target: Target, api: Api) -> Iterator[Finding]:
    """Why no source instance can be launched or used."""
    if target.instance_id is not None:
        found = _described(
            lambda: api.call("DescribeInstances", [("InstanceId.1", target.instance_id or "")])
        )
        instances = [] if found is None else describe.instances(found)
        running = [i for i in instances if i.id == target.instance_id and i.state == "running"]
        if not running:
            yield Finding(
                f"--instance-id: DescribeInstances shows no running {target.instance_id}", True
            )
        return
    if target.image_id is not None:
        found = _described(
            lambda: api.call("DescribeImages", [("ImageId.1", target.image_id or "")])
        )
        images = [] if found is None else describe.images(found)
        if not any(image.id == target.image_id for image in images):
            yield Finding(f"--image-id: DescribeImages shows no image {target.image_id}", True)
        return
    try:
        PublicImages(api).smallest()
    except CannotTest as why:
        yield Finding(str(why).rstrip("."), True)


def _ignores_filters(api: Api, action: str) -> bool:
    """Whether a filter that nothing passes leaves items in the answer."""
    name, nothing = _NOTHING[action]
    found = _described(lambda: api.call(action, list(filters({name: [nothing]}))))
    return found is not None and bool(_items(found, action))


def _hides_own(api: Api) -> str:
    """Whether Owner=self leaves out images whose owner is the account; empty if it does not."""
    own = _described(lambda: api.call("DescribeImages", [("Owner.1", "self")]))
    if own is None:
        return "DescribeImages refuses Owner=self: a run finds its images by their ids"
    if _items(own, "DescribeImages"):
        return ""
    account = _account(api)
    every = _described(lambda: api.call("DescribeImages", []))
    owners = {image.owner for image in describe.images(every)} if every is not None else set()
    if account and account in owners:
        return f"DescribeImages with Owner=self lists nothing, though {account} owns images"
    return ""


def _account(api: Api) -> str | None:
    """The account that owns the instances, if there are any."""
    found = _described(lambda: api.call("DescribeInstances", []))
    items = [] if found is None else _items(found, "DescribeInstances")
    return next((owner for item in items if (owner := item.value("ownerId"))), None)


def _items(root: Element, action: str) -> list[Element]:
    return list(root.all(_ITEMS[action]))


def _described(call: Callable[[], Element]) -> Element | None:
    try:
        return call()
    except Refused:
        return None
