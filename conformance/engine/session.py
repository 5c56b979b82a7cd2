"""A session: one process's part of a run against a target.

It sends each draft once, does all the waiting, looks at what a request did, and knows the world
that requests meet. Whatever asks for the same draft again gets the same trial.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Protocol

from conformance.engine import leftover, looking
from conformance.engine.calls import Caller, Refused, filters, numbered
from conformance.engine.common import Alone, Common
from conformance.engine.delivery import Delivery
from conformance.engine.guarded import Guarded
from conformance.engine.ledger import Ledger
from conformance.engine.leftover import Leftover
from conformance.engine.looking import PutOff
from conformance.engine.naming import Names, first_number
from conformance.engine.settle import Patience
from conformance.engine.sources import NotAvailable, Sources
from conformance.engine.stories import Stories
from conformance.engine.target import Target
from conformance.engine.trial import Trial
from conformance.model.answer import Malformed, Rejected
from conformance.model.expectation import Reject
from conformance.model.judge import (
    Contradiction,
    answer_contradictions,
    judge,
)
from conformance.model.request import (
    Draft,
    FreshName,
    Request,
    Signing,
    Slot,
    action,
    create_image,
)
from conformance.model.world import Image, Snapshot, World
from conformance.wire import describe
from conformance.wire.credentials import NoDeniedCredentialsError

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
    return any(isinstance(value, FreshName) for _, value in draft.params)


class LookAfter(Protocol):
    """Looks after what was refused; see :attr:`Session.look_after_refused`."""

    def __call__(self, left: list[Leftover] | None = None) -> bool:
        """Whether any of it has left something. ``left`` is what one look has shown already."""


class Session:
    """One process's part of a run."""

    def __init__(
        self,
        target: Target,
        client: Guarded,
        ledger: Ledger,
        run_id: str,
        first: int | None = None,
        common: Common | None = None,
    ) -> None:
        """``first`` is where names begin to be counted, if that is known; ``common`` is what other
        processes of the run know."""
        self.target = target
        self.client = client
        self.ledger = ledger
        self.run_id = run_id
        self.patience = Patience(target.window, client.clock, client.sleep)
        self.caller = Caller(client, client.clock, client.sleep)
        self.common = common or Alone()
        """What this process shares with others of the run."""
        self.sources = Sources(target, self.caller, ledger, self.patience, run_id, self.common)
        self.stories = Stories(self)
        self._delivery = Delivery(self.caller, self.patience, self.adopt)
        self._made_unanswered = False
        """Whether the request last sent made an image though it was not answered so."""
        self.images_created = 0
        self.used: dict[str, str] = {}
        """Names in use by the account's images: name to image id."""
        self._used: dict[str, str] = {}
        counted = first_number(run_id, ledger.writer) if first is None else first
        self.names = Names(self.used, counted)
        self.known_images: set[str] = set()
        self._made_at: dict[str, float] = {}
        self.owners: dict[str, str] = {}
        """Snapshots that are accounted for: snapshot id to the image they were made for."""
        self._trials: dict[Draft, Trial] = {}
        self._refused: list[Trial] = []
        """Those of which nobody has looked yet whether they left something."""
        self._noted: set[Draft] = set()
        self.look_after_refused: LookAfter = self._pass_over_refused
        """Takes what was refused, looks whether it has left something if that was not seen yet,
        and says so; set by whoever works with the session at the time."""
        self._put_off: PutOff | None = None
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

    def begin(self, slots: Iterable[Slot] = ()) -> None:
        """Make the running source instance and learn which names are in use. The instances for
        ``slots`` will be asked for soon."""
        if self._begun:
            return
        self._begun = True
        self.sources.launch_ahead(Slot.RUNNING)
        for image in self.own_images():
            self.known_images.add(image.id)
            if not self.ledger.has(image.id):
                self.client.guard.others.add(image.id)
            if image.name is not None:
                self.used[image.name] = image.id
        self.sources.announce(slots)
        self.sources.of(Slot.RUNNING)

    def own_images(self, besides: Container[str] = ()) -> list[Image]:
        """The account's images, but not those of these ids."""
        root = self.caller.call("DescribeImages", [("Owner.1", "self")])
        return describe.images(root, besides)

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

    def contradicting(self, rule_id: str) -> Iterator[tuple[Trial, Contradiction]]:
        """The trials so far that contradict a rule, with what they show."""
        for trial in self._trials.values():
            for contradiction in trial.contradictions:
                if contradiction.rule == rule_id:
                    yield trial, contradiction

    def create(self, draft: Draft) -> Trial:
        """Send a draft, once. Raises sources.NotAvailable where a slot cannot be filled."""
        if draft not in self._trials:
            self._trials[draft] = self.create_again(draft)
        return self._trials[draft]

    def create_together(self, first: Draft, *others: Draft) -> None:
        """Send several drafts one after the other, the others only if the first is accepted, and
        look at what they did all at once. What another process of the run has sent is taken over.
        """

        def create_all() -> list[Trial]:
            asked = [value for draft in others for _, value in draft.params]
            slots = [value for value in asked if isinstance(value, Slot)]
            # Whoever does all of a run's work will ask for the rest as well.
            self.begin(slots if self.common.shared else Slot)
            return looking.create_all(self, (first, *others))

        # Whether it makes them or waits for them, each process needs an instance of its own.
        self.sources.launch_ahead(Slot.RUNNING)
        for trial in self.common.once("covers", create_all):
            self._take_over(trial)

    def _take_over(self, trial: Trial) -> None:
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
    def looks_put_off(self, put_off: PutOff) -> Iterator[None]:
        """While the block runs what accepted requests did is not looked at: they go there."""
        self._put_off = put_off
        try:
            yield
        finally:
            self._put_off = None

    def keep(self, trial: Trial) -> None:
        """Have a trial for whoever asks for its draft."""
        self._trials[trial.draft] = trial

    def create_again(self, draft: Draft) -> Trial:
        """Send a draft whether it was sent before or not."""
        if len(self._refused) >= _MOST_REFUSED:
            self.look_after_refused()
        trial = self.send(draft, self.bind(draft))
        if not has_fresh_name(draft):
            return trial
        if self._made_unanswered:
            # Made, and its answer lost: once more, under another name. What repeats is told.
            return self.send(draft, self.bind(draft))
        if self._refused and (doubtful := leftover.doubtful(trial)):
            for id in doubtful:
                del self.owners[id]
            if self.look_after_refused():  # they were left by a refused request
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
        found = tuple(answer_contradictions(answer, outcome)) if answer else ()
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
            seen = Contradiction("resp.unique_id", "two images have the same id")
            return replace(trial, contradictions=(*trial.contradictions, seen))
        if isinstance(trial.expectation, Reject):
            self.undo(image_id, trial.request.name, trial.before)
            return trial
        if self._put_off is not None:
            self._put_off.add(trial)
            return trial
        return looking.looked_at(self, [trial])[0]

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

    def account_for(self, image_id: str, wanted: int = 0) -> None:
        """Whatever snapshots belong to no image known so far were made for this one.

        So many are waited for; what is shown later still is told by its description.
        """
        made = self.patience.until(
            "snapshots of an image", self.unaccounted, lambda seen: len(seen) >= wanted
        )
        for snapshot in made:
            self.owners[snapshot.id] = image_id
            self.ledger.made("snapshot", snapshot.id)

    def _fill(self, wanted: Slot | FreshName) -> str:
        if isinstance(wanted, FreshName):
            return self.names.fresh(wanted)
        if wanted is Slot.USED_NAME:
            plainest = self.create(create_image())
            if plainest.accepted:
                return plainest.request.name or ""
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

    def note_image(self, image_id: str, name: str | None) -> None:
        """An image was made: it goes into the ledger, and its name is in use."""
        self.ledger.made("image", image_id, name or "")
        self.known_images.add(image_id)
        self._made_at[image_id] = self.patience.clock()
        self.images_created += 1
        if name:
            self.used[name] = image_id

    def images(self, params: Iterable[tuple[str, str]]) -> list[Image]:
        """The images that DescribeImages shows for these parameters."""
        return describe.images(self.caller.call("DescribeImages", params))

    def image(self, image_id: str) -> Image | None:
        """An image as it is now, or None where the endpoint does not show it."""
        try:
            found = self.images(numbered("ImageId", [image_id]))
        except Refused:
            return None
        return next((image for image in found if image.id == image_id), None)

    def snapshots_of_volumes(self, besides: Container[str] = ()) -> list[Snapshot]:
        """The snapshots of the source instances' volumes, but not those of these ids."""
        volumes = self.sources.volume_ids()
        if not volumes:
            return []
        try:
            root = self.caller.call("DescribeSnapshots", filters({"volume-id": volumes}))
        except Refused:
            return []
        return [s for s in describe.snapshots(root, besides) if s.volume_id in volumes]

    def note_refused(self, trial: Trial) -> None:
        """A request was refused: what it left is looked for together with what others left."""
        if trial.draft not in self._noted:
            self._noted.add(trial.draft)
            self._refused.append(trial)

    def _pass_over_refused(self, left: list[Leftover] | None = None) -> bool:
        self.take_refused()
        return False

    def take_refused(self) -> list[Trial]:
        """What was refused since this was last asked."""
        taken, self._refused = self._refused, []
        return taken

    def leftovers(self, refused: Iterable[Trial]) -> list[Leftover]:
        """What is there though only refused requests could have made it; noted for removal.

        One look does for those that wait to be looked after, too.
        """
        refused = list(refused)
        left = leftover.found(self, [*refused, *self._refused])
        if not left:
            self.take_refused()
        if not left or not self._refused:
            return left
        names = {trial.request.name for trial in refused}
        own = [thing for thing in left if thing.name in names]
        others = [thing for thing in left if thing not in own]
        if not others or self.look_after_refused(others):
            return own
        # None of those leaves anything again: perhaps these do.
        again = [self.create_again(trial.draft) for trial in refused]
        return own + leftover.found(self, again)

    def unaccounted(self) -> list[Snapshot]:
        """Snapshots of the sources' volumes that belong to no image known so far."""
        if self.target.instance_id:
            return []  # of somebody's own instance there are others' snapshots too
        if self._put_off is not None:
            self._put_off.look(self)
        return self.snapshots_of_volumes(self.owners.keys() | self.sources.snapshots.keys())

    def image_once(
        self, subject: str, image_id: str, satisfied: Callable[[Image | None], bool]
    ) -> Image | None:
        """An image once it satisfies, or as it was last seen."""
        return self.patience.until(subject, lambda: self.image(image_id), satisfied)

    def complete(self, image_id: str) -> Image | None:
        """An image once it is available or failed, or as it was last seen."""

        def ended(image: Image | None) -> bool:
            return image is not None and image.state in ("available", "failed")

        since = self._made_at.get(image_id)
        look = partial(self.image, image_id)
        return self.patience.until("image complete", look, ended, since=since)

    def deregister(self, trial: Trial, *more: tuple[str, str]) -> None:
        """Deregister a trial's image. Raises calls.Refused."""
        self.caller.call("DeregisterImage", [("ImageId", trial.image_id or ""), *more])
        self.ledger.gone("image", trial.image_id or "")
        self.used.pop(trial.request.name or "", None)
        self._made_at.pop(trial.image_id or "", None)

    def console(self, instance_id: str) -> str:
        """What GetConsoleOutput shows of an instance, or nothing where the target gives nothing."""
        try:
            root = self.caller.call("GetConsoleOutput", [("InstanceId", instance_id)])
        except Refused:
            return ""
        return root.value("output") or ""

    def verifies_signatures(self) -> bool:
        """Whether the target refuses a read-only request that is signed with a wrong secret, or
        with a key that nobody has: one that looks at neither is an emulator that verifies none."""
        if not self.target.has("signatures"):
            return False
        if self._verifies is None:
            probe = action("DescribeInstances")
            self._verifies = any(
                isinstance(self.caller.send(replace(probe, signing=wrong)).outcome, Rejected)
                for wrong in (Signing.WRONG_SECRET, Signing.UNKNOWN_KEY)
            )
        return self._verifies
