"""Effects that several requests of a batch may have: which of its trials they leave unclear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from conformance.engine.observation.trial import Trial
from conformance.model.judge import effect_violations


def ambiguous(trials: Sequence[Trial]) -> list[Trial]:
    """The trials whose effects may be those of another request.

    Two of them show the same snapshot, or all that use an instance show that it has changed.
    """
    snapshots = Counter(s.id for t in trials if t.effects for s in t.effects.snapshots)
    uses = Counter(trial.request.instance_id for trial in trials if trial.effects)
    changed = Counter(t.request.instance_id for t in trials if changes_instance(t))
    return [
        trial
        for trial in trials
        if trial.effects is not None
        and (
            any(snapshots[snapshot.id] > 1 for snapshot in trial.effects.snapshots)
            or 1 < uses[trial.request.instance_id] == changed[trial.request.instance_id]
        )
    ]


def changes_instance(trial: Trial) -> bool:
    """Whether a trial violates a rule by the state of its source instance."""
    if trial.effects is None or not trial.violations:
        return False
    before = trial.before.instances.get(trial.request.instance_id or "")
    unchanged = replace(trial.effects, instance=before)
    others = {v.rule for v in effect_violations(trial.request, trial.before, unchanged)}
    shown = {v.rule for v in effect_violations(trial.request, trial.before, trial.effects)}
    return not shown <= others
