"""The scenario cache: scenarios that several rules use, each executed once in a process."""

from __future__ import annotations

from zlib import crc32

from msgspec import UNSET, UnsetType

from conformance.engine.execution.concurrent import create_concurrently
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.scenarios import deregistration, disabled_image, reboot
from conformance.engine.scenarios.deregistration import Deregistration
from conformance.engine.scenarios.disabled_image import DisabledImage
from conformance.engine.scenarios.transient_states import TransientStates
from conformance.model.request import Draft


class ScenarioCache:
    """The scenarios that one session has executed."""

    def __init__(self, session: Session, transient_states: TransientStates) -> None:
        self._session = session
        self._transient_states = transient_states
        self._boots: dict[Draft, tuple[Trial, bool] | None] = {}
        self._boot_delay: float | UnsetType | None = UNSET
        self._concurrent: dict[Draft, tuple[Trial, Trial]] = {}
        self._deregistrations: dict[Draft, Deregistration] = {}
        self._disabled: dict[Draft, DisabledImage] = {}

    def booted(self, draft: Draft, expected: bool) -> tuple[Trial, bool] | None:
        """An accepted request that uses the running instance, and whether the instance booted.

        None if the request is rejected. Raises NotAvailable if the console shows no boots.
        """
        if draft not in self._boots:
            self._boots[draft] = reboot.execute(self._session, draft, expected, self.boot_delay)
        return self._boots[draft]

    def boot_delay(self, instance_id: str) -> float | None:
        """Seconds until the console shows a boot after RebootInstances, or None."""
        if self._boot_delay is UNSET:
            self._boot_delay = reboot.measure_delay(self._session, instance_id)
        return self._boot_delay

    def transient(self, state: str) -> Trial | None:
        """A request that used an instance in a transient state, or None. Raises NotAvailable."""
        return self._transient_states.trial(state)

    def concurrent(self, draft: Draft) -> tuple[Trial, Trial]:
        """Two concurrent requests of a draft with the same name; an accepted one comes first."""
        if draft not in self._concurrent:
            request = self._session.binder.bind(draft)
            first, second = create_concurrently(self._session, draft, request, request)
            self._concurrent[draft] = first, second
        return self._concurrent[draft]

    def deregistration(self, draft: Draft) -> Deregistration:
        """The deregistration scenario of a draft, executed once in a run. Raises NotAvailable."""
        if draft not in self._deregistrations:
            self._deregistrations[draft] = self._session.shared.once(
                f"deregistration-{_key(draft)}",
                lambda: deregistration.execute(self._session, draft),
            )
        return self._deregistrations[draft]

    def disabled(self, draft: Draft) -> DisabledImage:
        """The disabled-image scenario of a draft, executed once in a run. Raises NotAvailable."""
        if draft not in self._disabled:
            self._disabled[draft] = self._session.shared.once(
                f"disabled-{_key(draft)}", lambda: disabled_image.execute(self._session, draft)
            )
        return self._disabled[draft]


def _key(draft: Draft) -> str:
    """A draft's part of a file name."""
    return f"{crc32(repr(draft).encode()):08x}"
