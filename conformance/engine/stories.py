"""Stories of one image each, which several rules ask for and which are told once in a process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from msgspec import UNSET, UnsetType

from conformance.engine import afterlife, consoles, disabling, together
from conformance.engine.afterlife import Afterlife
from conformance.engine.catching import Catching
from conformance.engine.disabling import Disabled
from conformance.engine.living import Lives
from conformance.model.request import Draft

if TYPE_CHECKING:
    from conformance.engine.session import Session
    from conformance.engine.trial import Trial


class Stories:
    """The stories that a session has told."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._catching = Catching(session)
        self._boots: dict[Draft, tuple[Trial, bool] | None] = {}
        self._lag: float | UnsetType | None = UNSET
        self._pairs: dict[Draft, tuple[Trial, Trial]] = {}
        self._afterlives: dict[Draft, Afterlife] = {}
        self._disabled: dict[Draft, Disabled] = {}
        self._lives: Lives | None = None

    def lives(self, refusals: Sequence[Draft]) -> Lives:
        """Lives of one instance after the other; ``refusals`` are what they have refused."""
        if self._lives is None:
            self._lives = Lives(self._session, refusals)
        return self._lives

    def booted(self, draft: Draft, wanted: bool) -> tuple[Trial, bool] | None:
        """An accepted request about the running instance, and whether its console then shows
        another boot; told once. None where the request was refused.

        Raises NotAvailable where not even an ordinary reboot leaves a trace.
        """
        if draft not in self._boots:
            self._boots[draft] = consoles.tell(self._session, draft, wanted)
        return self._boots[draft]

    def boot_lag(self, instance_id: str) -> float | None:
        """Seconds until an ordinary reboot is shown on the console, or None; seen once."""
        if self._lag is UNSET:
            self._lag = consoles.lag_of(self._session, instance_id)
        return self._lag

    def caught(self, state: str) -> Trial | None:
        """A request that met an instance in a passing state, if one was quick enough."""
        return self._catching.trial(state)

    def pair(self, draft: Draft) -> tuple[Trial, Trial]:
        """Two requests of a draft with one name, sent at the same moment; once. That which was
        accepted comes first."""
        if draft not in self._pairs:
            request = self._session.bind(draft)
            first, second = together.create_at_once(self._session, draft, request, request)
            self._pairs[draft] = first, second
        return self._pairs[draft]

    def afterlife(self, draft: Draft) -> Afterlife:
        """What becomes of the image of a draft; told once."""
        if draft not in self._afterlives:
            self._afterlives[draft] = self._session.common.once(
                f"afterlife-{_key(draft)}", lambda: afterlife.tell(self._session, draft)
            )
        return self._afterlives[draft]

    def disabled(self, draft: Draft) -> Disabled:
        """What a draft's image is like while it is disabled; told once. Raises NotAvailable."""
        if draft not in self._disabled:
            self._disabled[draft] = self._session.common.once(
                f"disabled-{_key(draft)}", lambda: disabling.tell(self._session, draft)
            )
        return self._disabled[draft]


def _key(draft: Draft) -> str:
    """What a draft is called in the name of a file."""
    return f"{crc32(repr(draft).encode()):08x}"
