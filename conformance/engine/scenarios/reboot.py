"""The reboot scenario: whether the console of an instance shows a boot after a request."""

from __future__ import annotations

from collections.abc import Callable

from conformance.engine.client.api import Refused
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.request import Draft, Placeholder

_BOOT = "boot on the console"


def execute(
    session: Session, draft: Draft, expected: bool, delay_of: Callable[[str], float | None]
) -> tuple[Trial, bool] | None:
    """Send a request and read the console until it shows whether the instance booted.

    Waits for a boot if one is ``expected``; otherwise for as long as a boot takes to show.
    Returns None if the request is rejected. Raises NotAvailable if the console shows no boots.
    """
    session.binder.prepare()
    source = session.instances.of(Placeholder.RUNNING).id
    delay = delay_of(source)
    if delay is None:
        raise NotAvailable("needs a target whose console output shows reboots")
    executed = _execute(session, source, draft, expected, delay)
    if executed is not None and executed[1] and not expected:
        # The boot of an earlier request may have shown late: send once more after a window.
        session.patience.rest()
        executed = _execute(session, source, draft, expected, delay)
    return executed


def _execute(
    session: Session, source: str, draft: Draft, expected: bool, delay: float
) -> tuple[Trial, bool] | None:
    before, sent = session.observer.console(source), session.patience.clock.now()
    trial = session.create_again(draft) if session.has(draft) else session.create(draft)
    if not trial.accepted:
        return None
    if not expected:
        session.patience.rest(2 * delay)
    after = session.patience.until(
        _BOOT if expected else f"no boot after {draft.params[-1]}",
        lambda: session.observer.console(source),
        lambda now: (now != before) is expected,
        since=sent if expected else None,
    )
    return trial, after != before


def measure_delay(session: Session, source: str) -> float | None:
    """Seconds until the console shows a boot after RebootInstances, or None if it never does.

    None also for an instance that the user gave: the run does not reboot it to measure.
    """
    if session.target.instance_id or not session.target.has("console"):
        return None
    before = session.observer.console(source)
    try:
        session.api.call("RebootInstances", [("InstanceId.1", source)])
    except Refused:
        return None
    started, reads = session.patience.clock.now(), 0

    def read() -> str:
        nonlocal reads
        reads += 1
        return session.observer.console(source)

    after = session.patience.until(_BOOT, read, lambda now: now != before, since=started)
    if after == before:
        return None
    return 0.0 if reads == 1 else session.patience.clock.now() - started
