"""A session: one process's part of a run against a target.

It sends each draft once, does all the waiting, looks at what a request did, and knows the world
that requests meet. Whatever asks for the same draft again gets the same trial.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from conformance.engine.client.api import Refused, filters
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.ledger import Ledger
from conformance.engine.client.retry import Retry
from conformance.engine.core.target import Target
from conformance.engine.observation import effects
from conformance.engine.observation import orphans as orphan
from conformance.engine.observation.effects import DeferredObservation
from conformance.engine.observation.observer import Observer
from conformance.engine.observation.orphans import Orphan
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.resources.names import Names, first_number
from conformance.engine.resources.shared import LocalCache, SharedCache
from conformance.model.answer import Malformed
from conformance.model.expectation import Reject
from conformance.model.judge import (
    Violation,
    answer_violations,
    judge,
)
from conformance.model.request import (
    Draft,
    Placeholder,
    Request,
    Signing,
    UniqueName,
    action,
    create_image,
)
from conformance.model.world import Image, World
from conformance.wire.signing.credentials import NoDeniedCredentialsError

_MOST_REFUSED = 200
"""So many refused requests are looked after at once."""
_NOBODY = {
    Signing.DENIED: "nobody is known who may not create images: give --denied-profile",
    Signing.NO_TAGS: (
        "nobody is known who may create images and not tag them: give --no-tags-profile"
    ),
}
"""What is lacking where a request cannot be signed so."""


def has_fresh_name(draft: Draft) -> bool:
    """Whether the draft has another name each time it is sent."""
    return any(isinstance(value, UniqueName) for _, value in draft.params)


class RejectionCheck(Protocol):
    """Looks after what was refused; see :attr:`Session.check_rejections`."""

    def __call__(self, left: list[Orphan] | None = None) -> bool:
        """Whether any of it has left something. ``left`` is what one look has shown already."""


class Session(Observer):
    """One process's part of a run."""

    def __init__(
        self,
        target: Target,
        client: GuardedClient,
        ledger: Ledger,
        run_id: str,
        first: int | None = None,
        shared: SharedCache | None = None,
    ) -> None:
        """``first`` is where names begin to be counted, if that is known; ``shared`` is what other
        processes of the run know."""
        super().__init__(target, client, ledger, run_id, shared or LocalCache())
        self.run_id = run_id
        self.shared = shared or LocalCache()
        """What this process shares with others of the run."""
        self._delivery = Retry(self.caller, self.patience, self.adopt)
        self._made_unanswered = False
        """Whether the request last sent made an image though it was not answered so."""
        self._used: dict[str, str] = {}
        counted = first_number(run_id, ledger.writer) if first is None else first
        self.names = Names(self.used, counted)
        self._trials: dict[Draft, Trial] = {}
        self._refused: list[Trial] = []
        """Those of which nobody has looked yet whether they left something."""
        self._noted: set[Draft] = set()
        self.check_rejections: RejectionCheck = self._pass_over_refused
        """Takes what was refused, looks whether it has left something if that was not seen yet,
        and says so; set by whoever works with the session at the time."""
        self._put_off: DeferredObservation | None = None
        """Where trials go that are looked at later."""
        self._begun = False
        self._verifies: bool | None = None
        self._known_signers: dict[Signing, bool] = {}

    @property
    def requests(self) -> int:
        """Requests of any action sent so far."""
        return self.caller.requests

    @property
    def create_image_requests(self) -> int:
        """CreateImage requests sent so far."""
        return self.client.guard.create_image_requests

    def begin(self, slots: Iterable[Placeholder] = ()) -> None:
        """Make the running source instance and learn which names are in use. The instances for
        ``slots`` will be asked for soon."""
        if self._begun:
            return
        self._begun = True
        self.sources.launch_ahead(Placeholder.RUNNING)
        for image in self.own_images():
            self.known_images.add(image.id)
            if not self.ledger.has(image.id):
                self.client.guard.others.add(image.id)
            if image.name is not None:
                self.used[image.name] = image.id
        self.sources.announce(slots)
        self.sources.of(Placeholder.RUNNING)

    def world(self) -> World:
        """The endpoint's state now, as far as a rule can depend on it."""
        return World(
            instances=self.sources.instances,
            names=self._names_in_use(),
            snapshots=self.sources.snapshots,
            account=self.sources.account,
        )

    def _names_in_use(self) -> dict[str, str]:
        """The same object until any changes, since every trial keeps it."""
        if self._used != self.used:
            self._used = dict(self.used)
        return self._used

    def has(self, draft: Draft) -> bool:
        """Whether the draft was sent already, so that asking for it costs nothing."""
        return draft in self._trials

    def violating(self, rule_id: str) -> Iterator[tuple[Trial, Violation]]:
        """The trials so far that contradict a rule, with what they show."""
        for trial in self._trials.values():
            for violation in trial.violations:
                if violation.rule == rule_id:
                    yield trial, violation

    def create(self, draft: Draft) -> Trial:
        """Send a draft, once. Raises sources.NotAvailable where a slot cannot be filled."""
        if draft not in self._trials:
            self._trials[draft] = self.create_again(draft)
        return self._trials[draft]

    def take_over(self, trial: Trial) -> None:
        """Have a trial that another process of the run may have made."""
        self.keep(trial)
        if (image_id := trial.image_id) is None or image_id in self._made_at:
            return  # it was made here
        if (source := trial.before.instances.get(trial.request.instance_id or "")) is not None:
            self.sources.learn(source)
        self.known_images.add(image_id)
        if trial.request.name:
            self.used[trial.request.name] = image_id
        for snapshot in trial.effects.snapshots if trial.effects else ():
            self.owners[snapshot.id] = image_id

    @contextlib.contextmanager
    def looks_put_off(self, put_off: DeferredObservation) -> Iterator[None]:
        """While the block runs what accepted requests did is not looked at: they go there."""
        self._put_off = put_off
        self.before_accounting = lambda: put_off.look(self)
        try:
            yield
        finally:
            self._put_off = None
            self.before_accounting = lambda: None

    def keep(self, trial: Trial) -> None:
        """Have a trial for whoever asks for its draft."""
        self._trials[trial.draft] = trial

    def create_again(self, draft: Draft) -> Trial:
        """Send a draft whether it was sent before or not."""
        if len(self._refused) >= _MOST_REFUSED:
            self.check_rejections()
        trial = self.send(draft, self.bind(draft))
        if not has_fresh_name(draft):
            return trial
        if self._made_unanswered:
            # Made, and its answer lost: once more, under another name. What repeats is told.
            return self.send(draft, self.bind(draft))
        if self._refused and (doubtful := orphan.doubtful(trial)):
            for id in doubtful:
                del self.owners[id]
            if self.check_rejections():  # they were left by a refused request
                return self.send(draft, self.bind(draft))
            self.owners |= dict.fromkeys(doubtful, trial.image_id or "")
        return trial

    def bind(self, draft: Draft) -> Request:
        """The request of a draft, its slots filled in. Raises sources.NotAvailable."""
        self.begin()
        self._be(draft.signing)
        return draft.bind(self._fill)

    def _be(self, signing: Signing) -> None:
        """Make sure that there is somebody to sign so, before anything is made for the request."""
        if signing in _NOBODY and signing not in self._known_signers:
            try:
                self.caller.send(replace(action("DescribeInstances"), signing=signing))
            except NoDeniedCredentialsError:
                self._known_signers[signing] = False
            else:
                self._known_signers[signing] = True
        if not self._known_signers.get(signing, True):
            raise NotAvailable(_NOBODY[signing])

    def count_create_image(self) -> None:
        """A CreateImage request went another way than through :meth:`send`."""
        self.caller.requests += 1

    def send(self, draft: Draft, request: Request) -> Trial:
        """Send a request made of a draft and look at what it did."""
        before = self.world()
        due = judge(request, before)
        delivered = self._delivery.deliver(request)
        outcome, answer = delivered.exchange.outcome, delivered.exchange.answer
        self._made_unanswered = delivered.image_id is not None
        found = tuple(answer_violations(answer, outcome)) if answer else ()
        return self.followed(Trial(draft, request, before, due, outcome, answer, None, found))

    def followed(self, trial: Trial) -> Trial:
        """A trial just sent, with what it did: its image noted, and looked at or undone."""
        image_id = trial.image_id
        if image_id is None:
            if isinstance(trial.outcome, Malformed) and 200 <= trial.outcome.status < 300:
                self.adopt(trial.request, answered=True)  # a success that does not tell its image
            return trial
        known = image_id in self.known_images
        if known and image_id in trial.before.names.values():
            return trial  # the image that has a name in use, told again
        self.note_image(image_id, trial.request.name)
        if known:
            # What belongs to which of the two cannot be told apart.
            self.account_for(image_id)
            seen = Violation("resp.unique_id", "two images have the same id")
            return replace(trial, violations=(*trial.violations, seen))
        if isinstance(trial.expectation, Reject):
            self.undo(image_id, trial.request.name, trial.before)
            return trial
        if self._put_off is not None:
            self._put_off.add(trial)
            return trial
        return effects.observed_effects(self, [trial])[0]

    def undo(self, image_id: str, name: str | None, before: World) -> None:
        """Remove an image that should not have been made.

        What it looks like says nothing (the request was wrong), and some of them spoil what comes
        after: a name that XML cannot carry makes the list of all images unreadable.
        """
        if image_id in before.names.values():
            return  # an image that was there before
        self.account_for(image_id)
        try:
            self.caller.call("DeregisterImage", [("ImageId", image_id)])
        except Refused:
            return
        self.ledger.gone("image", image_id)
        if name is not None:
            self.used.pop(name, None)
            self.used.update({n: i for n, i in before.names.items() if n == name})

    def _fill(self, wanted: Placeholder | UniqueName) -> str:
        if isinstance(wanted, UniqueName):
            return self.names.fresh(wanted)
        if wanted is Placeholder.USED_NAME:
            minimal = self.create(create_image())
            if minimal.accepted:
                return minimal.request.name or ""
            if not self.used:
                raise NotAvailable("no image could be made whose name would be in use")
            return next(iter(self.used))
        return self.sources.fill(wanted)

    def adopt(self, request: Request, answered: bool) -> str | None:
        """The image of a request that was not answered, or not by a usable answer; noted.

        Looked for as long as the target takes to show things: after an answer, be it a crash,
        that is as long as it was ever seen to take; after none, the whole window.
        """

        def look() -> Image | None:
            return self._made_of(request)

        wait = not answered or bool(self.patience.delays)
        found = self.patience.until("lost answer", look, bool) if wait else look()
        if found is None:
            self.ledger.settled("image", request.name or "")
            return None
        self.note_image(found.id, request.name)
        self.account_for(found.id)
        return found.id

    def _made_of(self, request: Request) -> Image | None:
        name = request.name or ""
        if name in self.used:
            return None
        wanted = filters({"name": [name]}) if name else [("Owner.1", "self")]
        try:
            images = self.images(wanted)
        except Refused:
            return None
        made = [i for i in images if (i.name or "") == name and i.id not in self.known_images]
        return next(iter(made), None)

    def note_refused(self, trial: Trial) -> None:
        """A request was refused: what it left is looked for together with what others left."""
        if trial.draft not in self._noted:
            self._noted.add(trial.draft)
            self._refused.append(trial)

    def _pass_over_refused(self, left: list[Orphan] | None = None) -> bool:
        self.take_refused()
        return False

    def take_refused(self) -> list[Trial]:
        """What was refused since this was last asked."""
        taken, self._refused = self._refused, []
        return taken

    def orphans(self, refused: Iterable[Trial]) -> list[Orphan]:
        """What is there though only refused requests could have made it; noted for removal.

        One look does for those that wait to be looked after, too.
        """
        refused = list(refused)
        left = orphan.found(self, [*refused, *self._refused])
        if not left:
            self.take_refused()
        if not left or not self._refused:
            return left
        names = {trial.request.name for trial in refused}
        own = [thing for thing in left if thing.name in names]
        others = [thing for thing in left if thing not in own]
        if not others or self.check_rejections(others):
            return own
        # None of those leaves anything again: perhaps these do.
        again = [self.create_again(trial.draft) for trial in refused]
        return own + orphan.found(self, again)

    def verifies_signatures(self) -> bool:
        """Whether the target refuses a read-only request that is signed with a wrong secret, or
        with a key that nobody has: one that looks at neither is an emulator that verifies none."""
        if not self.target.has("signatures"):
            return False
        if self._verifies is None:
            probe = action("DescribeInstances")
            self._verifies = any(
                self.caller.send(replace(probe, signing=wrong)).refused
                for wrong in (Signing.WRONG_SECRET, Signing.UNKNOWN_KEY)
            )
        return self._verifies
