"""Boot evidence: whether an instance's console shows another boot after a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from conformance.engine.client.api import Refused
from conformance.engine.resources.instances import NotAvailable
from conformance.model.request import Draft, Placeholder

if TYPE_CHECKING:
    from conformance.engine.execution.session import Session
    from conformance.engine.observation.trial import Trial


_BOOT = "boot on the console"


def tell(
    session: Session, draft: Draft, wanted: bool, lag_of: Callable[[str], float | None]
) -> tuple[Trial, bool] | None:
    """Send a request and watch the console until it shows what is wanted, or the window is over.

    Raises NotAvailable where not even an ordinary reboot leaves a trace.
    """
    session.begin()
    source = session.sources.of(Placeholder.RUNNING).id
    lag = lag_of(source)
    if lag is None:
        raise NotAvailable("needs a target whose console output shows reboots")
    told = _told(session, source, draft, wanted, lag)
    if told is not None and told[1] and not wanted:
        # A boot of an earlier request may have been shown late: once more, when all is quiet.
        session.patience.rest()
        told = _told(session, source, draft, wanted, lag)
    return told


def _told(
    session: Session, source: str, draft: Draft, wanted: bool, lag: float
) -> tuple[Trial, bool] | None:
    before, sent = session.console(source), session.patience.clock()
    trial = session.create_again(draft) if session.has(draft) else session.create(draft)
    if not trial.accepted:
        return None
    if not wanted:
        session.patience.rest(2 * lag)
    after = session.patience.until(
        _BOOT if wanted else f"no boot after {draft.params[-1]}",
        lambda: session.console(source),
        lambda now: (now != before) is wanted,
        since=sent if wanted else None,
    )
    return trial, after != before


def lag_of(session: Session, source: str) -> float | None:
    """Seconds until an ordinary reboot is shown; None where it leaves no trace: without one,
    nothing can be concluded."""
    if session.target.instance_id or not session.target.has("console"):
        return None  # somebody's own instance is not rebooted for a calibration
    before = session.console(source)
    try:
        session.caller.call("RebootInstances", [("InstanceId.1", source)])
    except Refused:
        return None
    started, looks = session.patience.clock(), 0

    def look() -> str:
        nonlocal looks
        looks += 1
        return session.console(source)

    after = session.patience.until(_BOOT, look, lambda now: now != before, since=started)
    if after == before:
        return None
    return 0.0 if looks == 1 else session.patience.clock() - started
