"""The executor: sends CreateImage requests and makes trials of their answers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from conformance.engine.client.client import GuardedClient
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.retry import Retry
from conformance.engine.execution.early import Early
from conformance.engine.execution.let_through import LetThroughImages, note_snapshots
from conformance.engine.execution.lost_answers import LostAnswers
from conformance.engine.observation.boots import Boots
from conformance.engine.observation.effects import DeferredObservation, observe_effects
from conformance.engine.observation.observer import Observer
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.placement import Placement
from conformance.model.answer import (
    Accepted,
    Answer,
    Indeterminate,
    Malformed,
    Outcome,
    is_server_error,
)
from conformance.model.expectation import Accept, Expectation, Reject
from conformance.model.judge import Violation, answer_violations, judge
from conformance.model.request import Draft, Request
from conformance.model.world import Image, World

_KNOWN = 3
"""Requests that had to be rejected and always crash, after which one crash of another is enough."""


class Executor:
    """The one place that makes a :class:`Trial`, and that accounts for the image of each."""

    def __init__(
        self,
        client: GuardedClient,
        observer: Observer,
        ledger: Ledger,
        is_well: Callable[[], bool],
        placement: Placement,
    ) -> None:
        """``is_well`` says whether the target answers a minimal request."""
        self._placement = placement
        self._client = client
        self._observer = observer
        self._registry = observer.registry
        self._instances = observer.instances
        self._api = observer.api
        self._ledger = ledger
        self.lost = LostAnswers(observer, ledger, self.account_for)
        """Finds the images of requests that got no usable answer."""
        self._retry = Retry(observer.api, observer.patience, self.lost, is_well, placement.again)
        self._early = Early(observer.patience)
        self.boots = Boots(observer.consoles, observer.patience, wanted=not observer.target.limits)
        self.let_through = LetThroughImages(observer, ledger, self.account_for)
        """Images of requests that had to be rejected, until they are removed."""
        observer.unspoil = self.let_through.remove
        self.deferred: DeferredObservation | None = None
        """What observes effects later, or None while each effect is observed at once."""
        self._crashed_rejections = 0
        """Requests that had to be rejected and that always crash."""
        self.answer_lost = False
        """Whether the last executed request made an image but got no answer."""

    def world(self) -> World:
        """The endpoint's state now, as far as a rule depends on it."""
        instances = self._instances
        return World(
            instances=instances.instances,
            names=self._registry.names_in_use(),
            snapshots=instances.snapshots,
            account=instances.account,
            owner=instances.owner,
            encryption_by_default=instances.encryption.is_on(),
            images=instances.images(),
        )

    def execute(self, draft: Draft, request: Request, most_crashes: int | None = None) -> Trial:
        """Send the request of a draft and observe its effects. Raises CutShort.

        A request that crashes is sent again, ``most_crashes`` times in all.
        """
        before = self.world()
        due = judge(request, before)
        lost, let_through = self.lost.hinders(request), self.let_through.hinders(request, due)
        if lost or let_through:
            if lost or not self._observer.snapshots_clear:
                self.lost.search()
            if let_through:
                self.let_through.remove()
            before = self.world()
            due = judge(request, before)
        to_reject, placed = isinstance(due, Reject), request
        if self._placement.active and not to_reject:
            placed = self._placement.place(request)
            before = self.world()  # it may have waited, for a further source instance
        known = to_reject and self._crashed_rejections >= _KNOWN and self._retry.never_sporadic
        most = 1 if known and most_crashes is None else most_crashes
        is_due = isinstance(due, Accept)
        if is_due:
            self.boots.before(placed, before)
        delivered = self._early.deliver(placed, before, lambda: self._retry.deliver(placed, most))
        exchange = delivered.exchange
        if exchange.request.instance_id != placed.instance_id:
            before = replace(before, instances=dict(self._instances.instances))
        if exchange.request != request:
            due = judge(exchange.request, before)
        self.answer_lost = delivered.image_id is not None
        trial = self._trial(draft, exchange.request, before, due, exchange.outcome, exchange.answer)
        if delivered.crashes:
            known = known and is_server_error(exchange.outcome)
            persists = known or delivered.crashes >= self._retry.enough
            self._crashed_rejections += persists and to_reject
            return replace(trial, crashes=delivered.crashes, persists=persists)
        if isinstance(exchange.outcome, Accepted):
            if is_due:
                trial = replace(trial, booted=self.boots.after(trial.request, before))
            else:
                self.boots.forget(trial.request.instance_id)
        return self.complete(trial)

    def execute_by(
        self, send: Callable[[], Outcome], draft: Draft, request: Request, *, lost: str
    ) -> Trial:
        """The trial of a request that another client sends, its effects not yet observed.

        An ``Indeterminate`` outcome whose reason begins with ``lost`` got no answer at all.
        """
        if self.let_through.hinders(request, judge(request, self.world())):
            self.let_through.remove()
        before = self.world()
        self._api.count_acts()
        is_due = isinstance(judge(request, before), Accept)
        if is_due:
            self.boots.before(request, before)
        outcome = self._client.send_otherwise(request, send)
        unclear = isinstance(outcome, Indeterminate)
        if unclear or is_server_error(outcome):
            unanswered = isinstance(outcome, Indeterminate) and outcome.why.startswith(lost)
            self.lost.adopt(request, answered=not unanswered)
        trial = self._trial(draft, request, before, judge(request, before), outcome, None)
        if is_due and trial.accepted:
            trial = replace(trial, booted=self.boots.after(request, before))
        return trial

    def trial(
        self,
        draft: Draft,
        request: Request,
        before: World,
        outcome: Outcome,
        answer: Answer | None,
    ) -> Trial:
        """A trial with its expectation and with the rules that its answer violates."""
        self.boots.forget(request.instance_id)
        return self._trial(draft, request, before, judge(request, before), outcome, answer)

    def _trial(
        self,
        draft: Draft,
        request: Request,
        before: World,
        due: Expectation,
        outcome: Outcome,
        answer: Answer | None,
    ) -> Trial:
        if isinstance(outcome, Accepted):
            self._placement.used(request.instance_id)
            self._instances.uses[request.instance_id or ""] += 1
        found = tuple(answer_violations(answer, outcome)) if answer else ()
        known = self._instances.uses_shown(request.instance_id)
        return Trial(draft, request, before, due, outcome, answer, None, found, uses_before=known)

    def complete(self, trial: Trial) -> Trial:
        """A trial with its effects. Its image is added to the registry, or removed if the request
        had to be rejected."""
        outcome, request = trial.outcome, trial.request
        if not isinstance(outcome, Accepted):
            if isinstance(outcome, Malformed) and 200 <= outcome.status < 300:
                self.lost.adopt(request, answered=True)  # a success that does not name its image
            return trial
        image_id, registry = outcome.image_id, self._registry
        known = image_id in registry.known
        same_id = Violation("resp.unique_id", "two images have the same id")
        if known and image_id in trial.before.names.values():
            # The answer names an image that existed before.
            if trial.before.names.get(request.name or "") == image_id:
                return trial
            registry.reused.add(image_id)
            due = isinstance(trial.expectation, Accept)
            return replace(trial, violations=(*trial.violations, same_id)) if due else trial
        name = request.name
        trial = self._if_free(trial)
        registry.add(image_id, name)
        if known:
            # Two images have this id: no snapshot can be attributed to one of them.
            registry.reused.add(image_id)
            self.account_for(image_id)
            return replace(trial, violations=(*trial.violations, same_id))
        if isinstance(trial.expectation, Reject):
            self.let_through.add(image_id, name, trial.before)
            return trial
        if self.deferred is not None:
            self.deferred.add(trial)
            return trial
        if not self._observer.snapshots_clear:
            self.lost.search()  # its snapshots must not count as this image's
        return observe_effects(self._observer, [trial])[0]

    def _if_free(self, trial: Trial) -> Trial:
        """The trial, judged without the image of its name if that is gone or has failed."""
        before, name = trial.before, trial.request.name or ""
        if not isinstance(trial.expectation, Reject) or name not in before.names:
            return trial
        holder = self._observer.image_if_readable(before.names[name])
        if holder is not None and holder.state != "failed":
            return trial
        free = replace(before, names={n: id for n, id in before.names.items() if n != name})
        return replace(trial, before=free, expectation=judge(trial.request, free))

    @contextlib.contextmanager
    def deferring(self, deferred: DeferredObservation) -> Iterator[None]:
        """While the block runs, the effects of accepted requests are not observed but deferred."""
        self.deferred = deferred
        try:
            yield
        finally:
            self.deferred = None

    def observe_deferred(self) -> None:
        """Observe deferred effects now, so that each snapshot is assigned to its image."""
        self.lost.search()
        if not self._observer.snapshots_clear:
            self.let_through.remove()
        if self.deferred is not None:
            self.deferred.observe(self._observer)

    def account_for(
        self, image_id: str, expected: int = 0, others: Mapping[str, Image] = MappingProxyType({})
    ) -> None:
        """Assign the snapshots that belong to no known image to this one.

        Those that one of ``others`` refers to, by id, belong to that image. Wait for as many as are
        ``expected``. One that is shown later is known by its description.
        """
        self.observe_deferred()
        made = self._observer.patience.until(
            "snapshots of an image", self._observer.unaccounted, lambda seen: len(seen) >= expected
        )
        referred = {m.snapshot_id: id for id, image in others.items() for m in image.mappings}
        for snapshot in made:
            words = (snapshot.description or "").split()
            named = (id for id in words if id in self._registry.known)
            owner = referred.get(snapshot.id) or next(named, image_id)
            self._registry.assign(snapshot.id, owner)

    def deregister(self, trial: Trial, *more: tuple[str, str], shown: Image | None = None) -> None:
        """Deregister a trial's image, with these further parameters. Raises Refused.

        ``shown`` is the image as it was shown last; if it is left out, the trial may have it.
        """
        image_id = trial.image_id or ""
        image = shown or (trial.effects.image if trial.effects else None)
        if shown := image or self._observer.image_if_readable(image_id):
            note_snapshots(self._ledger, shown)
        for snapshot_id in self._registry.snapshots_of(image_id):
            self._ledger.mapped(snapshot_id, image_id)  # they may go with the image
        self._api.call("DeregisterImage", [("ImageId", image_id), *more])
        self._registry.remove(image_id, trial.request.name)
