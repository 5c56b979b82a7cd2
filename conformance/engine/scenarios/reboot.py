"""The reboot scenarios: whether the console of an instance shows a boot after a request."""

from __future__ import annotations

from conformance.engine.client.api import Refused
from conformance.engine.execution.session import Session
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.acts import (
    Create,
    Launch,
    Reboot,
    SeeConsole,
    SeeInstance,
    Until,
)
from conformance.engine.scenarios.scenario import Known, Scenario, Story
from conformance.model.history import (
    ConsoleSeen,
    Created,
    Ended,
    History,
    InstanceSeen,
    Launched,
    LaunchRefused,
    Rebooted,
    Step,
)
from conformance.model.request import Draft, Placeholder, create_image

_BOOT = "boot on the console"
_TRIES = 3
"""Requests at most that must cause no boot. The rule counts the boots after them."""


def measure(session: Session, draft: Draft) -> Story:
    """See how long the console takes to show a boot after RebootInstances.

    It reboots an instance that no image is made of. The run reboots no instance of the user's.
    Where consoles show the boots of requests at once, no other is needed.
    """
    if session.target.instance_id or not session.target.has("console"):
        return None
    if session.executor.boots.at_once:
        return None
    source = session.instances.of(Placeholder.RUNNING).id
    if not session.instances.one_count:
        launched: Launched | LaunchRefused = yield Launch()
        if isinstance(launched, Launched):
            source = launched.instance.id
            yield Until("running instance", SeeInstance(source), _runs, launched.at)
    before: ConsoleSeen = yield SeeConsole(source)
    try:
        rebooted: Rebooted = yield Reboot(source)
    except Refused:
        return None
    yield Until(_BOOT, SeeConsole(source), _changed(before), rebooted.at)
    if source != session.instances.of(Placeholder.RUNNING).id:
        session.instances.spares.done_with(source)
    return None


def delay(history: History) -> float | None:
    """Seconds until the console shows a boot, or None if it shows none."""
    rebooted = history.last(Rebooted)
    before, after = history.before(rebooted).last(ConsoleSeen), history.last(ConsoleSeen)
    if rebooted is None or before is None or after is None or before.digest == after.digest:
        return None
    return after.at - rebooted.at


DELAY = Scenario("boot delay", create_image(), measure, apart=True, launches=True)


def tell(session: Session, draft: Draft) -> Story:
    """Send a request and read the console until it shows whether the instance booted.

    Waits for a boot if one is due; otherwise for as long as a boot takes to show. Raises
    NotAvailable if the console shows no boots.
    """
    session.binder.prepare()
    source = session.instances.of(Placeholder.RUNNING).id
    known: History = yield Known(DELAY)
    takes, ended = delay(known), known.last(Ended)
    at_once = session.executor.boots.at_once
    if takes is None and at_once:
        takes = 0.0
    if takes is None and ended is not None and ended.hindrance is not None:
        raise NotAvailable(ended.why, ended.hindrance)
    if takes is None:
        raise NotAvailable("needs a target whose console output shows reboots")
    stays = ("NoReboot", "true") in draft.params
    source = session.placement.freest(source)
    yield SeeInstance(source)  # an earlier request may have stopped it
    for attempt in range(_TRIES):
        before: ConsoleSeen = yield SeeConsole(source, "before")
        with session.placement.pinned(source):
            created: Created = yield Create(draft, again=True)
        if created.image_id is None:
            return None
        sent = session.patience.clock.now()
        if not stays:
            yield Until(_BOOT, SeeConsole(source, "after"), _changed(before), created.at)
            return None
        look = SeeConsole(source, "after" if at_once else "later")
        quiet = Until("quiet console", look, _any, sent, after=2 * takes)
        after: ConsoleSeen = yield quiet
        if after.digest == before.digest and attempt == 0:
            return None
        # The boot of an earlier request may have shown late, once: send again after a window.
        if attempt < _TRIES - 1 and after.digest != before.digest:
            session.patience.rest()
    if not session.observer.consoles.is_steady(source):
        raise NotAvailable("needs a console that shows nothing but boots")
    return None


def _runs(step: Step) -> bool:
    return isinstance(step, InstanceSeen) and (
        step.instance is not None and step.instance.state == "running"
    )


def _any(step: Step) -> bool:
    return True


class _changed:  # noqa: N801 (reads as a condition)
    """Whether the console is another than before."""

    def __init__(self, before: ConsoleSeen) -> None:
        self._digest = before.digest

    def __call__(self, step: Step) -> bool:
        return isinstance(step, ConsoleSeen) and step.digest != self._digest
