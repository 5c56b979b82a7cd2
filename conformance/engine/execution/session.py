"""The session: one process's access to a target.

It sends each draft once. Properties that ask for the same draft get the same trial.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.engine.client.api import Api
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.polling import Patience
from conformance.engine.client.retry import is_crash
from conformance.engine.core.target import Target
from conformance.engine.execution.binder import Binder
from conformance.engine.execution.certainty import Certainty
from conformance.engine.execution.composition import Compositions
from conformance.engine.execution.crashes import Crashes
from conformance.engine.execution.executor import Executor
from conformance.engine.execution.rejections import CAPACITY, RejectionQueue
from conformance.engine.observation.effects import DeferredObservation, observe_effects
from conformance.engine.observation.observer import Observer
from conformance.engine.observation.registry import ImageRegistry
from conformance.engine.observation.trial import Trial
from conformance.engine.resources import inventory
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.resources.names import Names, first_number
from conformance.engine.resources.placement import DOCUMENTED, Placement
from conformance.engine.resources.shared import LocalCache, SharedCache
from conformance.engine.resources.sources import SourceInstances
from conformance.model.answer import Accepted, Rejected
from conformance.model.feature import Feature
from conformance.model.judge import Violation
from conformance.model.request import Draft, create_image
from reports.results import Identity


class Session:
    """The trials of one process, and the parts that make them."""

    def __init__(
        self,
        target: Target,
        client: GuardedClient,
        ledger: Ledger,
        run_id: str,
        first: int | None = None,
        shared: SharedCache | None = None,
        features: Sequence[Feature] = (),
        breaking: Sequence[Feature] = (),
    ) -> None:
        """``first`` is the number that names are counted from; ``shared`` holds what other
        processes of the run have made. ``features`` of conforming requests and ``breaking`` ones
        are those that a wrong answer is attributed to."""
        self.target = target
        self.client = client
        self.ledger = ledger
        self.run_id = run_id
        self.shared = shared or LocalCache()
        self.clock = client.clock
        self.patience = Patience(target.window, self.clock)
        self.api = Api(client, self.clock)
        self.api.is_large = inventory.is_large(ledger)
        self.instances = SourceInstances(
            target, self.api, ledger, self.patience, run_id, self.shared
        )
        self.registry = ImageRegistry(ledger, self.clock)
        self.observer = Observer(target, self.api, self.patience, self.instances, self.registry)
        interval = DOCUMENTED if target.limits else 0.0
        self.placement = Placement(self.instances, self.patience, interval)
        self.instances.snapshotted = self.placement.used
        self.executor = Executor(client, self.observer, ledger, self._is_well, self.placement)
        self.features, self.breaking = features, breaking
        self.crashes = Crashes(features, self.create, self._accepted)
        self.compositions = Compositions(self.attempt, self.keep, self.crashes, self.registry.names)
        first = first_number(run_id, ledger.writer, self.clock.random) if first is None else first
        self.names = Names(self.registry.names, first)
        self.binder = Binder(client, self.observer, self.names, ledger, self._name_in_use)
        self.rejections = RejectionQueue(
            self.observer,
            ledger,
            client.guard.others,
            self.executor.observe_deferred,
            self.create_again,
        )
        self.certainty = Certainty(
            self.observer,
            self.executor,
            self.placement,
            self.crashes,
            self.rejections,
            self._execute,
            self.observing_together,
        )
        self.ahead: Callable[[], None] = lambda: None
        """Goes on with what needs no image and waits, between the requests of the first batch."""
        self.requests_apart = 0
        """Requests of scenarios, which may be sent between those of any property."""
        self.numbered_from_1 = Counter[str]()
        """By family of rules: lists numbered from 0 that the target ignored."""
        self.mappings_interfere = False
        """Whether a mapping had another effect beside others than alone."""
        self.smallest: dict[str, tuple[Violation, Trial, str]] = {}
        """By rule that several components violate together: the smallest request that shows it,
        and the rule that it breaks."""
        self.crowded: dict[Draft, bool] = {}
        """Requests with many members that showed less than few do, and whether they do so again."""
        self.deviating: set[str] = set()
        """The rules of which the run has found a deviation."""
        self.ignored: dict[str, list[str]] = {}
        """By family of rules: what masks the requests that the target let through in a row."""
        self.found: set[Identity] = set()
        """The deviations that the run has found."""
        self._trials: dict[Draft, Trial] = {}
        self._answers: dict[Draft, Trial] = {}
        """Trials whose effects no property has needed so far."""

    def create(self, draft: Draft) -> Trial:
        """The trial of a draft, sent now if it was not before. Raises NotAvailable."""
        trial = self._trials.get(draft)
        if trial is None and draft in self._answers:
            trial = self._observe_answers(draft)
        if trial is None:
            trial = self._trials[draft] = self.create_again(draft)
        return trial

    def answer(self, draft: Draft) -> Trial:
        """The trial of a draft whose answer alone counts. Raises NotAvailable.

        Its effects stay unobserved where nothing else would count them as another request's.
        """
        if draft in self._trials or not self._answers_suffice:
            return self.create(draft)
        if draft not in self._answers:
            with self.answers_alone():
                trial = self._execute(draft)
            if not trial.accepted:
                self._trials[draft] = self.certainty.of(draft, trial)
                return self._trials[draft]
            self._answers[draft] = trial
        return self._answers[draft]

    def _observe_answers(self, wanted: Draft) -> Trial:
        """A trial with its effects whose answer alone has counted so far.

        The same look serves every such trial whose image is registered still.
        """
        registered = self.registry.created_at
        drafts = [
            draft
            for draft, trial in self._answers.items()
            if draft == wanted or registered(trial.image_id or "") is not None
        ]
        trials = [self._answers.pop(draft) for draft in drafts]
        self._trials |= zip(drafts, observe_effects(self.observer, trials), strict=True)
        for draft in drafts:
            self._trials[draft] = self.certainty.of_instance(self._trials[draft])
        return self._trials[wanted]

    @property
    def _answers_suffice(self) -> bool:
        """Whether effects that stay unobserved count as no other request's."""
        clear = self.observer.snapshots_clear
        return clear and not self.target.instance_id and self.executor.deferred is None

    @contextlib.contextmanager
    def answers_alone(self) -> Iterator[None]:
        """While the block runs, effects stay unobserved, unless they would count as another's."""
        with contextlib.ExitStack() as stack:
            if self._answers_suffice:
                stack.enter_context(self.executor.deferring(DeferredObservation()))
            yield

    def covering(self, draft: Draft, base: Draft | None = None) -> Trial:
        """The trial of a covering request, or of the one composed in its place if it fails.

        ``base`` is the minimal request with the workaround that the target needs.
        Raises NotAvailable.
        """
        compositions = self.compositions
        sent = draft in compositions.composed
        sent = sent or (self.has(draft) and self.create(draft).accepted)
        minimal = None if sent else self.create(base or create_image())
        if minimal is not None and (minimal.accepted or minimal.is_unreadable_success):
            if self.target.limits:
                self.binder.wait_for(draft)  # while nothing is put off
            with self.observing_together():
                compositions.prepare(draft, base)
        return self.create(compositions.of(draft))

    @contextlib.contextmanager
    def observing_together(self) -> Iterator[DeferredObservation]:
        """Observe the effects of the block's requests at once when it ends.

        If an effect cannot be attributed to one request, each candidate is sent again alone. A
        changed instance of the user's cannot be replaced: there each effect is observed at once.
        """
        deferred = self.executor.deferred or DeferredObservation()
        if self.target.instance_id or self.executor.deferred:
            yield deferred
            return
        with self.executor.deferring(deferred):
            yield deferred
            if deferred.waiting:
                self.executor.lost.search()
        deferred.observe(self.observer)
        self.certainty.of_batch(deferred, self.create_again)
        for draft, trial in self._trials.items():
            self._trials[draft] = deferred.observed(trial)

    def attempt(self, draft: Draft) -> Trial:
        """The trial of a draft, which is not sent again if it crashes; kept unless it crashed.

        Raises NotAvailable.
        """
        if draft in self._trials:
            return self._trials[draft]
        self.crashes.known(draft)  # it raises Masked where the target would hang
        trial = self.executor.execute(draft, self.binder.bind(draft), most_crashes=1)
        if trial.crashes or self.executor.answer_lost:
            return replace(trial, persists=True)
        self.keep(trial)
        return trial

    def create_again(self, draft: Draft) -> Trial:
        """A new trial of a draft, whether it was sent before or not. Raises NotAvailable."""
        rejections = self.rejections
        if len(rejections.waiting) >= CAPACITY:
            rejections.check()
        return self.certainty.of(draft, self._execute(draft))

    def replace_failed(self, draft: Draft) -> None:
        """Send a draft again in place of its trial, whose image failed. Raises NotAvailable."""
        self._trials[draft] = self.certainty.made_again(self.create(draft))

    def has(self, draft: Draft) -> bool:
        """Whether a trial of the draft exists, so that :meth:`create` sends nothing."""
        return draft in self._trials or draft in self._answers

    def keep(self, trial: Trial) -> None:
        """Make a trial the one that :meth:`create` gives for its draft."""
        self._trials[trial.draft] = trial

    def forget(self, draft: Draft) -> Trial | None:
        """Drop the trial of a draft, and return it if there was one."""
        self.rejections.forget(draft)
        return self._trials.pop(draft, None)

    def made(self, image_id: str) -> Trial | None:
        """The trial whose request created an image, or None."""
        return next((t for t in self._trials.values() if t.image_id == image_id), None)

    def trials(self) -> list[Trial]:
        """The trials so far."""
        return list(self._trials.values())

    def violating(self, rule_id: str) -> Iterator[tuple[Trial, Violation]]:
        """The trials so far that violate a rule, each with the violation."""
        for trial in self._trials.values():
            for violation in trial.violations:
                if violation.rule == rule_id:
                    yield trial, violation

    def _execute(self, draft: Draft) -> Trial:
        if not self.crashes.known(draft):
            return self.executor.execute(draft, self.binder.bind(draft))
        trial = self.executor.execute(draft, self.binder.bind(draft), most_crashes=1)
        return replace(trial, persists=trial.crashes > 0)

    def _accepted(self) -> Iterator[Draft]:
        """The drafts that the target has accepted, even if the answer cannot be read."""
        for trial in self._trials.values():
            if trial.accepted or trial.is_unreadable_success:
                yield trial.draft

    def _is_well(self) -> bool:
        """Whether the target answers a minimal request: the one whose name is in use.

        Where it crashes on that, it has to answer a request that it refused, or else a new one. A
        target that accepted none has to answer another action.
        """
        accepted = self._trials.get(create_image())
        if accepted is None or not accepted.accepted:
            return self.api.is_alive()
        if not is_crash(self.api.send(accepted.request).outcome):
            return True
        refused = (each for each in self._trials.values() if isinstance(each.outcome, Rejected))
        sound = next((each for each in refused if each.conforms and not each.crashes), None)
        if sound is not None:
            return not is_crash(self.api.send(sound.request).outcome)
        request = self.binder.bind(create_image())
        outcome = self.api.send(request).outcome
        if isinstance(outcome, Accepted) and outcome.image_id not in self.registry.known:
            self.registry.add(outcome.image_id, request.name)
            self.executor.account_for(outcome.image_id)
        return not is_crash(outcome)

    def _name_in_use(self) -> str:
        """The name of the minimal request's image, or of any other. Raises NotAvailable."""
        minimal = self.create(create_image())
        if minimal.accepted:
            return minimal.request.name or ""
        if not self.registry.names:
            raise NotAvailable("needs an image whose name is in use")
        return next(iter(self.registry.names))
