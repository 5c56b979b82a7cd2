"""Boot evidence: whether an instance's console shows another boot after a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.engine.calls import Refused
from conformance.engine.sources import NotAvailable
from conformance.model.request import Draft, Slot

if TYPE_CHECKING:
    from conformance.engine.session import Session
    from conformance.engine.trial import Trial


def tell(session: Session, draft: Draft, wanted: bool) -> tuple[Trial, bool] | None:
    """Send a request and watch the console until it shows what is wanted, or the window is over.

    Raises NotAvailable where not even an ordinary reboot leaves a trace.
    """
    session.begin()
    source = session.sources.of(Slot.RUNNING).id
    if not _shows_boots(session, source):
        raise NotAvailable("the target's console shows no boots")
    before = session.console(source)
    trial = session.create_again(draft)
    if not trial.accepted:
        return None
    after = session.patience.until(
        f"boot after {draft.params[-1]}",
        lambda: session.console(source),
        lambda now: (now != before) is wanted,
    )
    return trial, after != before


def _shows_boots(session: Session, source: str) -> bool:
    """Whether an ordinary reboot leaves a trace: without one, nothing can be concluded."""
    if session.target.instance_id or not session.target.has("console"):
        return False  # somebody's own instance is not rebooted for a calibration
    before = session.console(source)
    try:
        session.caller.call("RebootInstances", [("InstanceId.1", source)])
    except Refused:
        return False
    after = session.patience.until(
        "boot on the console", lambda: session.console(source), lambda now: now != before
    )
    return after != before
