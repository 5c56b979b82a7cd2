"""The scheduler of scenarios: it interleaves them and everything that they wait for.

A scenario goes on until it waits for a condition. A condition that does not hold is put aside, and
looked at again when it may hold; meanwhile the run's properties send their own requests. The
scheduler sleeps only where a property needs a history and no scenario can go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from conformance.engine.client.api import Refused, numbered
from conformance.engine.client.polling import Kind, Patience
from conformance.engine.execution.session import Session
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.scenarios.acts import Act, Create, SeeImage, SeeInstance, Until
from conformance.engine.scenarios.scenario import Known, Scenario, Story
from conformance.model.history import (
    AnyStep,
    Created,
    Described,
    Ended,
    History,
    InstanceSeen,
    Step,
)

_LEAST = 0.001
"""Seconds of the shortest sleep before a look."""
_NOW = 1e-6
"""Seconds that are no wait: a sum of two times is rounded."""


@dataclass(eq=False, slots=True)
class Unit:
    """A scenario at work."""

    scenario: Scenario
    story: Story
    steps: list[AnyStep] = field(default_factory=list)
    waits: Waiting | None = None
    done: bool = False
    broke_off: bool = False
    """Whether an error ended it: its history lacks the end."""
    busy: bool = False
    """Whether its story is at work at the moment, further up in the calls."""

    @property
    def is_imageless(self) -> bool:
        """Whether it makes no image before its next wait."""
        waits = self.waits is not None and self.waits.until.imageless
        return self.scenario.launches or waits

    @property
    def history(self) -> History:
        """Its steps so far."""
        return History(self.scenario.name, tuple(self.steps))


@dataclass(slots=True)
class Waiting:
    """A condition that a unit waits for."""

    until: Until
    due: float
    """The clock's time of the next look."""
    deadline: float
    pauses: Iterator[float]
    last: AnyStep | None = None
    """The last look's step."""
    confirming: bool = False
    flapped: bool = False


class Scheduler:
    """The units of one process."""

    def __init__(self, session: Session, known: Callable[[Scenario], History]) -> None:
        """``known`` gives the history of a scenario that another one needs."""
        self._session, self._known = session, known
        self._patience: Patience = session.patience
        self._units: list[Unit] = []
        self._due = float("inf")
        """The clock's time at which a condition may hold."""

    @property
    def idle(self) -> bool:
        """Whether no unit is at work."""
        return not self._units

    def begin(self, scenario: Scenario) -> Unit:
        """Begin with a scenario, up to its first wait."""
        unit = Unit(scenario, scenario.tell(self._session, scenario.draft))
        self._units.append(unit)
        self._go_on(unit, None)
        self._settle()
        return unit

    def poll(self, *, apart: bool = False, imageless: bool = False) -> bool:
        """Go on with every unit whose condition may hold by now; whether there was one.

        Only with those ``apart``, or ``imageless`` until their next wait, where that is asked for.
        """
        if self._due > self._patience.clock.now():
            return False
        units = [unit for unit in self._units if not unit.scenario.alone]
        units = [unit for unit in units if unit.scenario.apart or not apart]
        return self._look([unit for unit in units if unit.is_imageless or not imageless])

    def finish(self, unit: Unit) -> History:
        """Go on until a unit is done, and sleep where none can go on."""
        while not unit.done:
            units = self._units
            if unit.scenario.alone:
                units = [unit, *(each for each in units if each.scenario.apart)]
            due = min(each.waits.due for each in units if each.waits and not each.busy)
            ahead = max(due - self._patience.clock.now(), 0.0)
            if unit.scenario.alone:
                self._patience.clock.sleep(ahead)
            else:
                self._patience.doze(ahead)
            self._look(units)
        return unit.history

    def _look(self, units: list[Unit]) -> bool:
        """Look at the conditions that are due, alike ones in one request; whether any is."""
        soon = self._patience.clock.now() + _NOW
        due = [u for u in units if u.waits and not u.busy and u.waits.due <= soon]
        shown = self._at_once([u.waits.until.act for u in due if u.waits])
        for unit in due:
            if unit.waits is not None:
                self._take(unit, unit.waits, shown)
        self._settle()
        return bool(due)

    def _settle(self) -> None:
        self._units = [unit for unit in self._units if not unit.done]
        self._due = min((u.waits.due for u in self._units if u.waits), default=float("inf"))

    def _at_once(self, acts: list[Act]) -> dict[Act, AnyStep]:
        """The steps of looks that one request can make together."""
        session, found = self._session, dict[Act, AnyStep]()
        images = list(dict.fromkeys(act for act in acts if isinstance(act, SeeImage)))
        instances = list(dict.fromkeys(act for act in acts if isinstance(act, SeeInstance)))
        if len(images) > 1:
            ids = [act.image_id for act in images]
            try:
                seen = {i.id: i for i in session.observer.images(numbered("ImageId", ids))}
            except Refused:
                return found  # one unknown id makes the whole request fail: each is asked for alone
            now = self._patience.clock.now()
            for act in images:
                image = seen.get(act.image_id)
                found[act] = Described(image_id=act.image_id, image=image, at=now)
        if len(instances) > 1:
            shown = session.instances.refreshed([act.instance_id for act in instances])
            now = self._patience.clock.now()
            for each in instances:
                instance = shown.get(each.instance_id)
                found[each] = InstanceSeen(instance_id=each.instance_id, instance=instance, at=now)
        return found

    def _take(self, unit: Unit, waiting: Waiting, shown: dict[Act, AnyStep]) -> None:
        """Look for one unit; it goes on if its condition holds or its window is over."""
        until = waiting.until
        try:
            step = shown.get(until.act) or until.act.perform(self._session)
        except Refused as refused:
            unit.waits = None
            self._go_on(unit, refused)
            return
        if until.changes:
            unit.steps.append(step)
        first, waiting.last = waiting.last is None, step
        now = self._patience.clock.now()
        if until.satisfied(step):
            if waiting.confirming or first or until.changes:
                self._over(unit, waiting, step, None if first else "late")
                return
            waiting.confirming, waiting.due = True, now
            return
        waiting.flapped |= waiting.confirming
        waiting.confirming = False
        if now >= waiting.deadline:
            self._over(unit, waiting, step, "never")
            return
        waiting.due = min(now + next(waiting.pauses), max(waiting.deadline, now + _LEAST))

    def _over(self, unit: Unit, waiting: Waiting, step: AnyStep, how: Kind | None) -> None:
        until = waiting.until
        took = self._patience.clock.now() - until.since
        if how:
            self._patience.took(until.subject, "flapping" if waiting.flapped else how, took)
        if not until.changes:
            unit.steps.append(step)
        unit.waits = None
        self._go_on(unit, step)

    def _go_on(self, unit: Unit, came: Step | History | Refused | None) -> None:
        """Send a story what came of its wish, and grant its wishes up to the next wait."""
        while unit.waits is None and not unit.done:
            unit.busy = True
            try:
                failed = isinstance(came, Refused)
                wish = unit.story.throw(came) if failed else unit.story.send(came)  # type: ignore[arg-type]
                came = self._granted(unit, wish)
            except StopIteration as ended:
                self._end(unit, Ended(why=ended.value) if ended.value else None)
            except Refused as refused:
                self._end(unit, Ended(why=f"inconclusive: {refused}", hindrance=refused.hindrance))
            except NotAvailable as why:
                lacks = type(why) is NotAvailable
                self._end(unit, Ended(why=str(why), lacks=lacks, hindrance=why.hindrance))
            except BaseException:
                unit.done = unit.broke_off = True
                self._settle()
                raise
            finally:
                unit.busy = False

    def _granted(self, unit: Unit, wish: object) -> Step | History | Refused | None:
        if isinstance(wish, Until):
            unit.waits = self._waiting(wish)
            return None
        if isinstance(wish, Known):
            return self._known(wish.scenario)
        if isinstance(wish, Step):
            unit.steps.append(wish)  # type: ignore[arg-type]
            return wish
        try:
            step = wish.perform(self._session)  # type: ignore[attr-defined]
            if isinstance(wish, Create) and wish.failed:
                unit.steps.clear()  # of the image that failed
        except Refused as refused:
            return refused
        unit.steps.append(step)
        if isinstance(step, Created) and step.image_id:
            self._session.registry.of_scenarios.add(step.image_id)
        return step  # type: ignore[no-any-return]

    def _waiting(self, until: Until) -> Waiting:
        """A condition, first looked at when it may hold at the earliest."""
        patience = self._patience
        usual = patience.usual(until.subject)
        begin = until.since + max(until.after, min(usual, patience.window))
        deadline = until.since + until.after + patience.left(until.subject)
        return Waiting(until, begin, deadline, patience.pauses(until.subject, few=until.few))

    @staticmethod
    def _end(unit: Unit, step: Ended | None) -> None:
        unit.done = True
        if step is not None:
            unit.steps.append(step)
