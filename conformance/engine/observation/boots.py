"""Whether a request has rebooted its instance, where consoles show a boot at once.

Where they show it late or never, the boot scenarios decide: they wait, and nothing else is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from conformance.engine.client.polling import Patience
from conformance.engine.core.errors import NotRecorded
from conformance.engine.observation.console import Consoles
from conformance.model.request import Request
from conformance.model.world import World

_SUBJECT = "boot on the console after a request"


class Boots:
    """Reads the consoles of source instances around accepted requests of one process.

    The first request that must reboot its instance decides whether the target shows boots at once.
    If it does not, no more consoles are read.
    """

    def __init__(self, consoles: Consoles, patience: Patience, *, wanted: bool) -> None:
        """``wanted`` is False on an account, whose consoles show boots late."""
        self._consoles = consoles
        self._patience = patience
        self._at_once: bool | None = None if wanted else False
        """Whether consoles show boots at once; None before a request that must reboot."""
        self._seen: dict[str, int] = {}
        """What the consoles showed after the latest request, by instance."""

    @property
    def at_once(self) -> bool:
        """Whether consoles were seen to show boots at once."""
        return bool(self._at_once)

    def before(self, request: Request, world: World) -> None:
        """Read the console of the instance before a request that the target has to accept."""
        id = request.instance_id or ""
        if self._is_watched(request, world) and (id not in self._seen or not _reboots(request)):
            self._read(id, self._consoles.before)

    def after(self, request: Request, world: World) -> bool | None:
        """Whether the console shows a boot since :meth:`before`; None if that is not known."""
        id = request.instance_id or ""
        if not self._is_watched(request, world) or id not in self._seen:
            self.forget(id)
            return None
        seen = self._seen[id]
        if not _reboots(request):
            booted = self._read(id) != seen
            if booted and self._at_once and not self._consoles.is_steady(id):
                self._at_once = False
            return booted if self._at_once else None
        booted = self._read(id) != seen
        if self._at_once is None:
            self._at_once = booted
            return booted or None
        if not booted:
            self._patience.until(_SUBJECT, lambda: self._read(id), lambda now: now != seen)
            booted = self._seen[id] != seen
            self._at_once = not booted  # late: the boot of a request may show after the next one
        return booted

    def forget(self, instance_id: str | None) -> None:
        """Note that a request may have rebooted an instance unseen."""
        self._seen.pop(instance_id or "", None)
        self._consoles.forget(instance_id or "")

    def _is_watched(self, request: Request, world: World) -> bool:
        source = world.instances.get(request.instance_id or "")
        known = request.no_reboot in (None, "true", "false")
        running = source is not None and source.state == "running"
        return self._at_once is not False and known and running

    def _read(self, instance_id: str, read: Callable[[str], str] | None = None) -> int:
        try:
            text = (read or self._consoles.read)(instance_id)
        except NotRecorded:  # a recording of a run that did not look
            self._at_once, text = False, ""
        self._seen[instance_id] = crc32(text.encode())
        return self._seen[instance_id]


def _reboots(request: Request) -> bool:
    """Whether a request must reboot its running instance."""
    return request.no_reboot != "true"
