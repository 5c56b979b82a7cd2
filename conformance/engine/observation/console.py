"""The consoles of instances, as far as they tell a boot from the lines of a running system."""

from __future__ import annotations

import base64
import contextlib
import re

from conformance.clock import Clock
from conformance.engine.client.api import Api, Refused
from conformance.engine.core.errors import NotRecorded

_BANNER = re.compile(r"Linux version |\[ *0\.000000\]")
"""A line that a kernel writes when it starts. A running system writes others at any time."""
_WHILE = 1.1
"""Seconds in which a console must stay as it is: a time of day on it has another second."""


class Consoles:
    """Reads console outputs. A target whose consoles change without a boot shows none."""

    def __init__(self, api: Api, clock: Clock, *, latest: bool) -> None:
        """``latest`` asks for the present text, which AWS shows of Nitro instances alone."""
        self._api = api
        self._clock = clock
        self._latest = latest
        self._steady: bool | None = None
        """Whether two looks show the same; None before the first."""
        self._read: dict[str, tuple[int, str]] = {}
        """By instance: the acts of the run until the console was read last, and its text."""
        self._taken: set[str] = set()
        """Instances whose last text a caller took."""

    def read(self, instance_id: str) -> str:
        """What the console shows of boots; empty if the target has none.

        AWS posts it minutes after a boot unless the run asks for the latest.
        """
        text = self._boots(instance_id)
        if not self._is_recorded:  # a judgement reads what the run read, but tells no scenario
            self._read[instance_id] = self._api.acts(instance_id), text
            self._taken.discard(instance_id)
        return text

    def before(self, instance_id: str) -> str:
        """As :meth:`read`, before a request: as read last, if the run sent it nothing since."""
        acts, text = self._read.get(instance_id, (-1, ""))
        return text if acts == self._api.acts(instance_id) else self.read(instance_id)

    def after(self, instance_id: str) -> str:
        """As :meth:`before`, after a request: each text counts for one call alone."""
        read = self.read if instance_id in self._taken else self.before
        text = read(instance_id)
        self._taken.add(instance_id)
        return text

    def last(self, instance_id: str) -> str:
        """As read last, unless the run has forgotten it: refused requests may have come since.

        What differs afterwards may be of any of them, so the caller sends its own again.
        """
        if instance_id in self._read:
            return self._read[instance_id][1]
        return self.read(instance_id)

    def forget(self, instance_id: str) -> None:
        """Note that a request may have rebooted an instance unseen."""
        self._read.pop(instance_id, None)

    @property
    def _is_recorded(self) -> bool:
        return bool(getattr(self._api.client, "is_recorded", False))

    def _boots(self, instance_id: str) -> str:
        text = "" if self._steady is False else self._text(instance_id)
        if text and self._steady is None:
            # A judgement of a recording may look first at another console than the run did.
            self._steady = self._is_recorded or self._again(instance_id, text)
        return text if self._steady else ""

    def is_steady(self, instance_id: str) -> bool:
        """Whether the console stays as it is while the run sends nothing for a second."""
        if self._steady:
            text = self._text(instance_id)
            self._clock.sleep(_WHILE)
            self._steady = self._again(instance_id, text)
        return bool(self._steady)

    def _again(self, instance_id: str, text: str) -> bool:
        try:
            return self._text(instance_id) == text
        except NotRecorded:  # a recording of a run that did not look again
            return True

    def _text(self, instance_id: str) -> str:
        text = _decoded(self._output(instance_id))
        boots = [line for line in text.splitlines() if _BANNER.search(line)]
        return "\n".join(boots) or text

    def _output(self, instance_id: str) -> str:
        named = [("InstanceId", instance_id)]
        for latest in [("Latest", "true")] if self._latest else []:
            with contextlib.suppress(Refused):
                return self._api.call("GetConsoleOutput", [*named, latest]).value("output") or ""
            self._latest = False
        try:
            root = self._api.call("GetConsoleOutput", named)
        except Refused:
            return ""
        return root.value("output") or ""


def _decoded(output: str) -> str:
    """The text of a console output, which is in Base64; as it is if it is not."""
    try:
        return base64.b64decode(output, validate=True).decode("utf-8", "replace")
    except ValueError:
        return output
