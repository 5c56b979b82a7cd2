"""Crashes: which features crash a target, so that no run repeats what it knows to crash.

A request that crashes every time is isolated once: the minimal request of each of its features
is sent, the more basic ones first. What is found holds for the rest of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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

    def __init__(self, features: Sequence[Feature], create: Callable[[Draft], Trial]) -> None:
        """``create`` sends a draft once."""
        self.features = features
        self._create = create
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

    def isolate(self, trial: Trial) -> None:
        """Find the feature that a crash is due to."""
        for feature in features_of(trial.draft, self.features):
            if any(feature is known for known, _ in self._known):
                return
            plain = trial if feature.plain == trial.draft else self._create(feature.plain)
            if plain.persists:
                self._known.append((feature, isinstance(plain.outcome, Indeterminate)))
                return
