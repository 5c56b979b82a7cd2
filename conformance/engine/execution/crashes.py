"""Crashes: which features crash a target, so that no run repeats what it knows to crash.

A request that crashes every time is isolated once: the minimal request is sent of each feature that
no accepted request has, the more basic ones first. What is found holds for the rest of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.answer import Indeterminate
from conformance.model.feature import Feature, features_of
from conformance.model.request import Draft


class Masked(NotAvailable):
    """The target does not respond to a feature of the draft, so the draft decides nothing."""

    def __init__(self, feature: Feature) -> None:
        self.feature = feature
        super().__init__(f"masked by {feature.rule}: the target does not respond to its requests")


class Crashes:
    """The features that crash the target of one process."""

    def __init__(
        self,
        features: Sequence[Feature],
        create: Callable[[Draft], Trial],
        accepted: Callable[[], Iterable[Draft]],
    ) -> None:
        """``create`` sends a draft once; ``accepted`` gives the drafts that the target accepted."""
        self.features = features
        self._create = create
        self._accepted = accepted
        self._known: list[tuple[Feature, bool]] = []
        """Each with whether the target hangs on it."""

    def known(self, draft: Draft) -> bool:
        """Whether the draft has a feature that crashes, so that one try is enough.

        Raises Masked where the target would hang: a request costs a whole timeout then.
        """
        for feature, hangs in self._known:
            if feature.in_draft(draft) and draft != feature.plain:
                if hangs:
                    raise Masked(feature)
                return True
        return False

    def has_known(self, draft: Draft) -> bool:
        """Whether the draft has a feature that is known to crash."""
        return any(feature.in_draft(draft) for feature, _ in self._known)

    def isolate(self, draft: Draft, trial: Trial | None = None) -> None:
        """Find the feature that a draft's crash is due to. ``trial`` is the draft's, if it has one.

        The features that an accepted request has are passed over.
        """
        works = list(self._accepted())
        for feature in features_of(draft, self.features):
            if any(feature is known for known, _ in self._known):
                return
            if any(map(feature.in_draft, works)):
                continue
            plain = trial if trial and feature.plain == draft else self._create(feature.plain)
            if plain.persists:
                self._known.append((feature, isinstance(plain.outcome, Indeterminate)))
                return
