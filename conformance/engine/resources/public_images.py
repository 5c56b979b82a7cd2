"""Public images, which source instances are launched from.

A region of AWS shows tens of thousands. The run reads one page; where there are more, it asks for
the names of Amazon Linux. Where Amazon's images are none, it looks wider.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from itertools import islice

from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.core.errors import CannotTest
from conformance.model.answer import Element
from conformance.model.world import Image
from conformance.wire.decoding import describe

UNKNOWN_CALLER = frozenset(
    {"AuthFailure", "ExpiredToken", "InvalidClientTokenId", "RequestExpired"}
    | {"SignatureDoesNotMatch", "UnrecognizedClientException"}
)
"""Error codes for credentials that the target does not know."""
PARAMETER = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
"""AWS's public parameter with the id of the newest Amazon Linux, as RunInstances takes it."""
_NAMES = {
    "ebs": ("al2023-ami-2023.*-x86_64", "amzn2-ami-hvm-2.0.*-x86_64-gp2"),
    "instance-store": ("amzn-ami-*-s3",),
}
"""By type of root device: names of Amazon Linux images."""
_WANTED = {"state": ["available"], "architecture": ["x86_64"], "virtualization-type": ["hvm"]}
"""What each image has to be, as filters."""
_PAGES = 5
"""Pages of a list that the run reads to find an image."""
Params = list[tuple[str, str]]


class PublicImages:
    """Images to launch at a target, Amazon's first. Each list is requested once."""

    def __init__(self, api: Api, *, has_parameters: bool = False) -> None:
        """``has_parameters`` says that the target is AWS, with its public parameters."""
        self._api = api
        self._has_parameters = has_parameters
        self._listed: dict[str, list[Image]] = {}
        self._seen: list[str] = []
        """What the lists showed that no run can use, in words."""

    def smallest(self) -> str:
        """The id of the smallest EBS-backed image. Raises CannotTest where there is none.

        An image that shows its boot mode is preferred: a new image inherits it. One
        that boots by UEFI alone is not: some instance types cannot boot it. Of images that are
        alike in both, the newest is taken if the list is one of names.
        """
        found = self.of("ebs")
        if found:
            return min(found, key=lambda i: (_root_size(i), i.boot_mode in (None, "uefi"), i.id)).id
        if self._has_parameters:
            return PARAMETER
        shown = f" It shows {', '.join(self._seen)}." if self._seen else ""
        raise CannotTest(
            "DescribeImages shows no EBS-backed image of Linux to launch: give one with"
            f" --image-id.{shown}"
        )

    def with_boot_mode(self) -> str | None:
        """The id of an image that shows a boot mode, or None."""
        try:
            return next((image.id for image in self.of("ebs") if image.boot_mode), None)
        except CannotTest:
            return None

    def listed(self, image_id: str) -> Image | None:
        """An image of the lists so far."""
        return next((i for each in self._listed.values() for i in each if i.id == image_id), None)

    def of(self, root_device_type: str) -> list[Image]:
        """The images with this type of root device. Raises CannotTest where the list is refused."""
        if not self._listed and not self._has_parameters:
            self._list_both()
        if root_device_type not in self._listed:
            self._listed[root_device_type] = self._list(root_device_type)
        return self._listed[root_device_type]

    def _list_both(self) -> None:
        """List Amazon's images with each type of root device, where one short answer shows them.

        A type of which it shows none is asked for alone.
        """
        wanted = {"root-device-type": list(_NAMES), **_WANTED}
        with contextlib.suppress(Refused):
            root = self._page([("Owner.1", "amazon"), *filters(wanted)])
            found = {kind: _launchable(root, _usable(kind), self._now()) for kind in _NAMES}
            if not describe.next_token(root):
                self._listed = {kind: images for kind, images in found.items() if images}

    def _list(self, root_device_type: str) -> list[Image]:
        wanted = {"root-device-type": [root_device_type], **_WANTED}
        usable = _usable(root_device_type)
        amazon = [("Owner.1", "amazon")]
        try:
            first = self._page([*amazon, *filters(wanted)])
            if describe.next_token(first):
                named = {**wanted, "name": _NAMES[root_device_type]}
                if found := _newest(self._read([*amazon, *filters(named)], usable)):
                    return found
                return self._read([*amazon, *filters(wanted)], usable)
            found = _launchable(first, usable, self._now())
            if found or root_device_type != "ebs":
                return found
            return self._wider(wanted, usable)
        except Refused as refused:
            unknown = refused.code in UNKNOWN_CALLER
            fix = "give a valid --profile" if unknown else "give --image-id"
            raise CannotTest(f"Images cannot be listed ({refused}): {fix}.") from None

    def _wider(
        self, wanted: Mapping[str, list[str]], usable: Callable[[Image], bool]
    ) -> list[Image]:
        """Images that are not Amazon's or of another architecture, own ones first."""
        self._seen.append("no image of Amazon's for x86_64")
        any_architecture = {k: v for k, v in wanted.items() if k != "architecture"}
        for what, params in (
            ("of the account's own", [("Owner.1", "self"), *filters(wanted)]),
            ("of any owner", [*filters(wanted)]),
            ("of any architecture", [*filters(any_architecture)]),
        ):
            if found := self._read(params, usable):
                return found
            self._seen.append(f"none {what}")
        return []

    def _page(self, params: Params) -> Element:
        """The first page. Raises Refused."""
        return next(self._api.pages("DescribeImages", params, paged=True))

    def _read(self, params: Params, usable: Callable[[Image], bool]) -> list[Image]:
        """The usable images of the first pages that show some. Raises Refused."""
        for root in islice(self._api.pages("DescribeImages", params, paged=True), _PAGES):
            if found := _launchable(root, usable, self._now()):
                return found
        return []

    def _now(self) -> str:
        return self._api.clock.utc().isoformat()


def _usable(root_device_type: str) -> Callable[[Image], bool]:
    """A function that says whether an image can be launched, and has this type of root device."""

    def usable(image: Image) -> bool:
        return image.root_device_type == root_device_type and not image.platform

    return usable


def _launchable(root: Element, usable: Callable[[Image], bool], now: str) -> list[Image]:
    """The usable images of a page. Those that cost extra or are deprecated are left out.

    ``now`` is the date and time in ISO 8601.
    """
    extra = {
        (item.value("imageId") or "").strip()
        for item in root.all("imagesSet/item")
        if item.find("productCodes/item") is not None
        or (item.value("deprecationTime") or "~") <= now
        or (item.value("usageOperation") or "RunInstances").strip() != "RunInstances"
    }
    return [image for image in describe.images(root) if usable(image) and image.id not in extra]


def _newest(images: list[Image]) -> list[Image]:
    """The image with the latest date of creation, in a list."""
    return sorted(images, key=lambda image: image.creation_date or "")[-1:]


def _root_size(image: Image) -> int:
    sizes = [m.size for m in image.mappings if m.device == image.root_device and m.size]
    return sizes[0] if sizes else 1 << 20
