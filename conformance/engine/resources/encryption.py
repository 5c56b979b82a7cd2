"""EBS encryption by default: whether the target's account encrypts every new volume."""

from __future__ import annotations

from conformance.engine.client.api import Api, Refused
from conformance.engine.core.errors import NotRecorded


class EncryptionByDefault:
    """Asks the target once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._asked = False
        self._answer: bool | None = None

    def is_on(self) -> bool | None:
        """Whether every new volume is encrypted, or None where the target does not say."""
        if not self._asked:
            self._asked = True
            try:
                root = self._api.call("GetEbsEncryptionByDefault")
            except (Refused, NotRecorded):
                return None
            said = (root.value("ebsEncryptionByDefault") or "").strip().lower()
            self._answer = {"true": True, "false": False}.get(said)
        return self._answer
