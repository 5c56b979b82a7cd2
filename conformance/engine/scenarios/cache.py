"""Scenarios that several rules ask for: each is executed once in a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary
from zlib import crc32

from msgspec import UNSET, UnsetType

from conformance.engine.execution import concurrent
from conformance.engine.scenarios import deregistration as deregistration
from conformance.engine.scenarios import disabled_image, reboot
from conformance.engine.scenarios.deregistration import Deregistration
from conformance.engine.scenarios.disabled_image import DisabledImage
from conformance.engine.scenarios.transient_states import TransientStates
from conformance.model.request import Draft

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session
    from conformance.engine.observation.trial import Trial


class ScenarioCache:
    """The stories that a session has told."""

    _of: ClassVar[WeakKeyDictionary[Session, ScenarioCache]] = WeakKeyDictionary()

    @staticmethod
    def of(session: Session) -> ScenarioCache:
        """The one of a session."""
        if session not in ScenarioCache._of:
            ScenarioCache._of[session] = ScenarioCache(session)
        return ScenarioCache._of[session]

    def __init__(self, session: Session) -> None:
        self._session = session
        self._catching = TransientStates(session)
        self._boots: dict[Draft, tuple[Trial, bool] | None] = {}
        self._lag: float | UnsetType | None = UNSET
        self._pairs: dict[Draft, tuple[Trial, Trial]] = {}
        self._afterlives: dict[Draft, Deregistration] = {}
        self._disabled: dict[Draft, DisabledImage] = {}

    def booted(self, draft: Draft, wanted: bool) -> tuple[Trial, bool] | None:
        """An accepted request about the running instance, and whether its console then shows
        another boot; told once. None where the request was refused.

        Raises NotAvailable where not even an ordinary reboot leaves a trace.
        """
        if draft not in self._boots:
            self._boots[draft] = reboot.tell(self._session, draft, wanted, self.boot_lag)
        return self._boots[draft]

    def boot_lag(self, instance_id: str) -> float | None:
        """Seconds until an ordinary reboot is shown on the console, or None; seen once."""
        if self._lag is UNSET:
            self._lag = reboot.lag_of(self._session, instance_id)
        return self._lag

    def caught(self, state: str) -> Trial | None:
        """A request that met an instance in a passing state, if one was quick enough."""
        return self._catching.trial(state)

    def pair(self, draft: Draft) -> tuple[Trial, Trial]:
        """Two requests of a draft with one name, sent at the same moment; once. That which was
        accepted comes first."""
        if draft not in self._pairs:
            request = self._session.bind(draft)
            first, second = concurrent.create_at_once(self._session, draft, request, request)
            self._pairs[draft] = first, second
        return self._pairs[draft]

    def deregistration(self, draft: Draft) -> Deregistration:
        """What becomes of the image of a draft; told once."""
        if draft not in self._afterlives:
            self._afterlives[draft] = self._session.shared.once(
                f"afterlife-{_key(draft)}", lambda: deregistration.tell(self._session, draft)
            )
        return self._afterlives[draft]

    def disabled(self, draft: Draft) -> DisabledImage:
        """What a draft's image is like while it is disabled; told once. Raises NotAvailable."""
        if draft not in self._disabled:
            self._disabled[draft] = self._session.shared.once(
                f"disabled-{_key(draft)}", lambda: disabled_image.tell(self._session, draft)
            )
        return self._disabled[draft]


def _key(draft: Draft) -> str:
    """What a draft is called in the name of a file."""
    return f"{crc32(repr(draft).encode()):08x}"
