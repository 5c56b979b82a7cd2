"""Public images, which source instances are launched from."""

from __future__ import annotations

from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.core.errors import CannotTest
from conformance.model.world import Image
from conformance.wire.decoding import describe

UNKNOWN_CALLER = frozenset(
    {"AuthFailure", "ExpiredToken", "InvalidClientTokenId", "RequestExpired"}
    | {"SignatureDoesNotMatch", "UnrecognizedClientException"}
)
"""Error codes for credentials that the target does not know."""


class PublicImages:
    """Amazon's images at a target. Each list is requested once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._listed: dict[str, list[Image]] = {}

    def smallest(self) -> str:
        """The id of the smallest EBS-backed image. Raises CannotTest where there is none.

        An image that shows its boot mode is preferred: a new image inherits it. One
        that boots by UEFI alone is not: some instance types cannot boot it.
        """
        found = self.of("ebs")
        if not found:
            raise CannotTest(
                "DescribeImages shows no EBS-backed x86_64 image to launch: give one with"
                " --image-id."
            )
        return min(found, key=lambda i: (_root_size(i), i.boot_mode in (None, "uefi"), i.id)).id

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
        if root_device_type not in self._listed:
            self._listed[root_device_type] = self._list(root_device_type)
        return self._listed[root_device_type]

    def _list(self, root_device_type: str) -> list[Image]:
        wanted = {
            "root-device-type": [root_device_type],
            "state": ["available"],
            "architecture": ["x86_64"],
            "virtualization-type": ["hvm"],
        }
        params = [("Owner.1", "amazon"), *filters(wanted)]
        try:
            root = self._api.call("DescribeImages", params)
        except Refused as refused:
            unknown = refused.code in UNKNOWN_CALLER
            fix = "give a valid --profile" if unknown else "give --image-id"
            raise CannotTest(f"Images cannot be listed ({refused}): {fix}.") from None
        images = describe.images(root)
        return [i for i in images if i.root_device_type == root_device_type and not i.platform]


def _root_size(image: Image) -> int:
    sizes = [m.size for m in image.mappings if m.device == image.root_device and m.size]
    return sizes[0] if sizes else 1 << 20
