"""The scenarios of a session: each is executed once in a run, and has one history."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence

from conformance.engine.client.cassette_clients import RecordingClient
from conformance.engine.client.cassette_lines import label
from conformance.engine.execution.concurrent import create_concurrently
from conformance.engine.execution.rejections import CAPACITY
from conformance.engine.execution.rejections_ahead import RejectionsAhead
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.resources.shared import SharedCache
from conformance.engine.scenarios.scenario import Histories, Scenario
from conformance.engine.scenarios.scheduler import Scheduler, Unit
from conformance.engine.scenarios.transient_states import TransientStates
from conformance.engine.scenarios.trials import trial_of
from conformance.model.history import Created, Deregistered, Ended, History
from conformance.model.request import Draft, Placeholder

_ELSEWHERE = 0.05
"""Seconds between looks at whether another process has finished a scenario."""


class Scenarios:
    """Begins with scenarios, goes on with them between requests, and gives their histories."""

    def __init__(
        self,
        session: Session,
        transient_states: TransientStates,
        wanted: Sequence[Scenario] = (),
        recorded: Histories | None = None,
        played: Collection[str] = (),
        told: Collection[str] = (),
        shared: SharedCache | None = None,
        rejections: RejectionsAhead | None = None,
    ) -> None:
        """``wanted`` begin as soon as the session has sent a request.

        ``recorded`` histories are not told again, but images that are ``played`` are made again.
        This process ``told`` some of the histories; ``shared`` has those of other processes of the
        run. ``rejections`` pass the time of long waits.
        """
        self._session = session
        self._transient_states = transient_states
        self._wanted = [] if recorded == {} else list(wanted)
        self._recorded = recorded or {}
        self._shared = shared or session.shared
        self._rejections = rejections
        self._scheduler = Scheduler(session, self._history)
        self._units: dict[str, Unit] = {}
        self._histories: dict[str, History] = {}
        self._concurrent: dict[Draft, tuple[Trial, Trial]] = {}
        self._is_apart = recorded == {}
        """Whether names and launches count apart already; an older recording has one count."""
        session.instances.one_count = self._is_apart
        if session.target.limits and not session.client.is_recorded:
            session.patience.errand = self._errand
        session.ahead = self._go_ahead
        session.patience.meanwhile = self._meanwhile
        self._played, self._told = played, told
        self._learn(self._recorded, played)

    def poll(self) -> None:
        """Begin with what is wanted, and go on with every scenario and instance that can."""
        if self._session.patience.errand is not None:
            self._session.instances.advance()
        if self._wanted:
            wanted, self._wanted = self._wanted, []
            for scenario in wanted:
                self._start(scenario)
        elif not self._scheduler.idle:
            with self._apart("scheduled"):
                self._scheduler.poll()
            self._keep()

    def _start(self, scenario: Scenario) -> None:
        if scenario.name in self._recorded:
            self._take_over(scenario, self._recorded[scenario.name])
        elif scenario.alone:
            self._history(scenario)
        else:
            self._begin(scenario)

    def _go_ahead(self) -> None:
        """Begin with the scenarios that have an instance of their own, or go on with them.

        Their waits pass with those of the batch, until they make an image.
        """
        ahead = [each for each in self._wanted if each.apart]
        self._wanted = [each for each in self._wanted if each not in ahead]
        for scenario in ahead:
            self._start(scenario)
        if not ahead:
            self._meanwhile()

    def _meanwhile(self) -> None:
        """Go on with scenarios that have an instance of their own, while effects are waited for.

        In a batch only up to their next image: the batch would put its effects off.
        """
        if not self._scheduler.idle:
            batch = self._session.executor.deferred is not None
            with self._apart("scheduled"):
                self._scheduler.poll(apart=True, imageless=batch)
            self._keep()

    def _errand(self) -> bool:
        """Do what a wait leaves time for; whether there was anything to do.

        Instances go on, then scenarios that have one of their own, then rejected requests.
        """
        session = self._session
        if not session.instances.is_ready(Placeholder.RUNNING):
            return False
        with self._apart("scheduled"):
            if session.instances.advance():
                return True
            batch = session.executor.deferred is not None
            if self._scheduler.poll(apart=True, imageless=batch):
                return True
            if batch or self._rejections is None:
                return False
            return self._rejections.send_one()

    def history(self, scenario: Scenario) -> History:
        """The history of a scenario, told to its end. Raises NotAvailable where it cannot be."""
        found = self._history(scenario)
        ended = found.last(Ended)
        if ended is not None and ended.lacks:
            raise NotAvailable(ended.why, ended.hindrance)
        return found

    def trial(self, scenario: Scenario, created: Created) -> Trial:
        """The trial of a step of a scenario's history."""
        return trial_of(created, scenario.draft)

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

    def close(self, *, finished: bool) -> None:
        """As :meth:`settle`, unless the run broke off; what is not told is left to others."""
        if finished:
            self.settle()
        self._shared.give_up()

    def settle(self) -> None:
        """Tell scenarios to their end that another process may wait for.

        A process that has begun one may get no further property, and then never goes on with it.
        """
        if self._shared.shared:
            for unit in list(self._units.values()):
                with self._apart(unit.scenario.name):
                    self._scheduler.finish(unit)
                self._keep()

    def _history(self, scenario: Scenario) -> History:
        name = scenario.name
        if scenario.alone and self._wanted:
            self.poll()  # those that are wanted wait meanwhile
        if name not in self._histories and name in self._recorded:
            self._take_over(scenario, self._recorded[name])
        while name not in self._histories:
            if self._begin(scenario):
                with self._apart(name):
                    self._scheduler.finish(self._units[name])
            else:
                self._session.client.guard.check()
                self.poll()
                self._session.patience.clock.sleep(_ELSEWHERE)
            self._keep()
        return self._histories[name]

    def _begin(self, scenario: Scenario) -> bool:
        """Begin with a scenario, unless another process has or its history is known."""
        name, shared = scenario.name, self._shared
        if name in self._units:
            return True
        if name in self._recorded or name in self._histories:
            return False
        kept = None if scenario.alone else shared.kept(_file(name))
        if isinstance(kept, History):
            self._histories[name] = kept
            return False
        if not scenario.alone and not shared.claim(_file(name)):
            return False
        try:
            self._prepare()
            with self._apart(name):
                self._units[name] = self._scheduler.begin(scenario)
        except BaseException:
            shared.give_up(_file(name))
            raise
        return True

    def _keep(self) -> None:
        """Keep the histories of the scenarios that are done. One that broke off has none."""
        for name, unit in list(self._units.items()):
            if unit.broke_off:
                del self._units[name]
                self._shared.give_up(_file(name))
            elif unit.done:
                del self._units[name]
                self._histories[name] = unit.history
                if not unit.scenario.alone:
                    self._shared.keep(_file(name), unit.history)
                if isinstance(self._session.client, RecordingClient):
                    self._session.client.told(unit.history)

    @contextlib.contextmanager
    def _apart(self, scenario: str) -> Iterator[None]:
        """Send for a scenario: no name, token or time of the properties' requests changes."""
        session = self._session
        with contextlib.ExitStack() as stack:
            if not session.instances.one_count:
                stack.enter_context(session.client.apart(label(scenario)))
            if not self._is_apart:
                stack.enter_context(session.names.apart())
                stack.enter_context(session.executor.let_through.apart())
            before, self._is_apart = self._is_apart, True
            sent, learnt = session.api.requests, session.observer.learnt
            in_vain = session.patience.in_vain
            try:
                yield
            finally:
                # A judged recording has no looks of a scenario, and looks of properties as the run.
                session.observer.learnt, session.patience.in_vain = learnt, in_vain
                self._is_apart = before
                if not before:
                    session.requests_apart += session.api.requests - sent

    def _prepare(self) -> None:
        """Send what a scenario's requests would send first, for the property that asks for it."""
        session = self._session
        session.binder.prepare()
        if len(session.rejections.waiting) >= CAPACITY:
            session.rejections.check()

    def _take_over(self, scenario: Scenario, history: History) -> None:
        """Take a recorded history as if it were told now: its trial is the session's."""
        session = self._session
        if scenario.alone:
            self._prepare()  # the recorded run began with it here
        else:
            session.binder.prepare()
        self._histories[scenario.name] = history
        if scenario.name not in self._told:
            return
        created = history.first(Created)
        if created is not None and not session.has(scenario.draft):
            session.keep(trial_of(created, scenario.draft))
        for made in history.all(Created):
            if made.image_id and made.image_id not in self._played:
                session.registry.recorded(made.image_id, made.parameter("Name"), made.at)
        for gone in history.all(Deregistered):
            session.registry.remove(gone.image_id, created.parameter("Name") if created else None)

    def _learn(self, recorded: Histories, played: Collection[str]) -> None:
        """Account for what recorded scenarios made: it is no orphan of another request."""
        registry = self._session.registry
        for history in recorded.values():
            for created in history.all(Created):
                if not created.image_id:
                    continue
                registry.of_scenarios.add(created.image_id)
                if created.image_id in played:
                    continue
                registry.learn(created.image_id, None)
                for snapshot in created.effects.snapshots if created.effects else ():
                    registry.owners[snapshot.id] = created.image_id


def _file(scenario: str) -> str:
    """A scenario's part of a file name."""
    return f"scenario-{scenario}"
