"""The images that source instances are launched from, as DescribeImages shows them."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.engine.client.api import Api, Refused, numbered
from conformance.engine.resources.public_images import PublicImages
from conformance.model.world import Image, Volume
from conformance.wire.decoding import describe


class SourceImages:
    """The images of instances. The run asks for one that no list has shown, once."""

    def __init__(self, api: Api, public: PublicImages) -> None:
        self._api = api
        self._public = public
        self._asked: dict[str, Image | None] = {}
        self._all: Mapping[str, Image] = {}

    @property
    def all(self) -> Mapping[str, Image]:
        """The images that were shown so far, by id; the same object until there is one more."""
        return self._all

    def get(self, image_id: str) -> Image | None:
        """An image, or None if the target does not show it."""
        if image_id not in self._asked:
            found = self._public.listed(image_id) or self._described(image_id)
            self._asked[image_id] = found
            if found is not None:
                self._all = {**self._all, image_id: found}
        return self._asked[image_id]

    def root(self, image_id: str) -> Volume | None:
        """The root volume that an image maps, or None if the target does not show it."""
        image = self.get(image_id)
        for mapping in image.mappings if image else ():
            if image and mapping.ebs and mapping.device == image.root_device:
                return Volume(
                    "",
                    mapping.device,
                    mapping.size,
                    mapping.encrypted,
                    mapping.delete_on_termination,
                    mapping.type,
                )
        return None

    def instance_store(self, image_id: str | None) -> dict[str, str]:
        """The instance store volumes that an image maps: virtual name by device."""
        image = self.get(image_id) if image_id else None
        mapped = image.mappings if image else ()
        return {m.device: m.virtual_name for m in mapped if m.virtual_name and not m.ebs}

    def _described(self, image_id: str) -> Image | None:
        try:
            root = self._api.call("DescribeImages", numbered("ImageId", [image_id]))
        except Refused:
            return None
        return next((i for i in describe.images(root) if i.id == image_id), None)
