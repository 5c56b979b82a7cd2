"""The binder: makes requests of drafts by giving their placeholders values."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace

from conformance.engine.client.client import GuardedClient
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.errors import NotRecorded
from conformance.engine.observation.observer import Observer
from conformance.engine.resources.instances import NotAvailable
from conformance.engine.resources.names import Names
from conformance.model import CATALOGUE
from conformance.model.answer import Rejected
from conformance.model.request import Draft, Placeholder, Request, Signing, UniqueName, action
from conformance.wire.signing.credentials import NoDeniedCredentialsError

_PROFILE_MISSING = {
    Signing.DENIED: "needs credentials that may not create images: give --denied-profile",
    Signing.NO_TAGS: (
        "needs credentials that may create images but not tag them: give --no-tags-profile"
    ),
}
"""Why a request with this signing is not applicable if the user gave no such credentials."""
_PROBES = (action("DescribeInstances"), action("DescribeImages", [("Owner.1", "self")]))
"""Requests that show by their refusal whether the target verifies signatures."""
_WRONG = {Signing.WRONG_SECRET: "sig.wrong", Signing.UNKNOWN_KEY: "sig.unknown_key"}
"""Wrong signatures, each with its rule."""


class Binder:
    """Binds drafts to the source instances, the names and the credentials of one process."""

    def __init__(
        self,
        client: GuardedClient,
        observer: Observer,
        names: Names,
        ledger: Ledger,
        name_in_use: Callable[[], str],
    ) -> None:
        """``name_in_use`` gives the value of ``Placeholder.USED_NAME``."""
        self._client = client
        self._observer = observer
        self._names = names
        self._ledger = ledger
        self._name_in_use = name_in_use
        self._ready = False
        self._verifies: bool | None = None
        self._signers: dict[Signing, bool] = {}
        self.spares = (0, 0)
        """Instances that scenarios are going to take, launched with the first ones: those that
        images are made of, and others."""

    def prepare(self, announced: Iterable[Placeholder] = ()) -> None:
        """Launch the running source instance and learn which names are in use, once.

        The instances of ``announced`` placeholders are launched at the same time.
        """
        if self._ready:
            return
        self._ready = True
        instances = self._observer.instances
        instances.launch_ahead(Placeholder.RUNNING)
        limited = bool(self._observer.target.limits)
        if limited:
            instances.launch_further()
            instances.announce(announced, wait=False)
            instances.spares.launch(*self.spares)
        if self._observer.api.is_large:
            # The list at the start of the run is kept. No name of the run's is among its names.
            self._client.guard.others |= self._ledger.before("image") or frozenset()
        for image in [] if self._observer.api.is_large else self._observer.own_images():
            self._observer.registry.learn(image.id, image.name)
            if not self._ledger.has(image.id):
                self._client.guard.others.add(image.id)
        if not limited:
            instances.announce(announced)
        instances.of(Placeholder.RUNNING)
        if limited:
            begun = instances.begin_snapshot()
            if begun is not None:
                self._observer.registry.owners[begun] = ""  # of no image

    def bind(self, draft: Draft) -> Request:
        """The request of a draft. Raises NotAvailable if the target lacks a resource for it."""
        if not self._ready:
            self.prepare()
        if draft.signing in _PROFILE_MISSING and not self._can_sign(draft.signing):
            raise NotAvailable(_PROFILE_MISSING[draft.signing])
        return draft.bind(self._value)

    def wait_for(self, draft: Draft) -> None:
        """Have what the placeholders of a draft stand for, as far as the target has it."""
        for _, value in draft.params:
            if isinstance(value, Placeholder):
                with contextlib.suppress(NotAvailable):
                    self._value(value)

    def verifies_signatures(self) -> bool:
        """Whether the target rejects a wrongly signed request because of its signature.

        An emulator that accepts a wrong secret and an unknown access key verifies no signature.
        """
        if not self._observer.target.has("signatures"):
            return False
        if self._verifies is None:
            found = (self._is_verified(probe) for probe in _PROBES)
            self._verifies = next((each for each in found if each is not None), False)
        return self._verifies

    def _is_verified(self, probe: Request) -> bool | None:
        """Whether a request's signature is verified; None if the target refuses it rightly signed,
        too."""
        for wrong, rule in _WRONG.items():
            answered = self._observer.api.send(replace(probe, signing=wrong))
            if not answered.refused:
                continue
            code = answered.outcome.code if isinstance(answered.outcome, Rejected) else None
            if code in (CATALOGUE[rule].codes or ()):
                return True
            usual = self._observer.api.send(probe)
            return None if usual.refused else True
        return False

    def _can_sign(self, signing: Signing) -> bool:
        """Whether the user gave these credentials; asked before resources are made for them."""
        if signing not in self._signers:
            target = self._observer.target
            given = target.denied_keys if signing is Signing.DENIED else target.no_tags_keys
            self._signers[signing] = given is not None or self._signs(signing)
        return self._signers[signing]

    def _signs(self, signing: Signing) -> bool:
        """Whether a request can be signed with these credentials."""
        with contextlib.suppress(NotRecorded):  # the run had the keys, and did not ask
            try:
                self._observer.api.send(replace(action("DescribeInstances"), signing=signing))
            except NoDeniedCredentialsError:
                return False
        return True

    def _value(self, wanted: Placeholder | UniqueName) -> str:
        if isinstance(wanted, UniqueName):
            return self._names.fresh(wanted)
        if wanted is Placeholder.USED_NAME:
            return self._name_in_use()
        return self._observer.instances.fill(wanted)
