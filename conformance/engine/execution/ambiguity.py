"""Effects that several requests of a batch may have: which of its trials they leave unclear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from conformance.engine.observation.trial import Trial
from conformance.model.judge import effect_violations


def ambiguous(trials: Sequence[Trial]) -> list[Trial]:
    """The trials whose effects may be those of another request.

    Two of them show the same snapshot, or another request may have changed the instance.
    """
    snapshots = Counter(s.id for t in trials if t.effects for s in t.effects.snapshots)
    return [
        trial
        for trial in trials
        if trial.effects is not None
        and (
            any(snapshots[snapshot.id] > 1 for snapshot in trial.effects.snapshots)
            or is_unsure(trial)
        )
    ]


def is_unsure(trial: Trial) -> bool:
    """Whether a trial shows a changed instance that another request may have changed."""
    return not trial.alone and changes_instance(trial)


def as_if_unchanged(trial: Trial) -> Trial:
    """The trial without the change of its instance, which another request may have made."""
    before = trial.before.instances.get(trial.request.instance_id or "")
    assert trial.effects is not None
    effects = replace(trial.effects, instance=before)
    shown = set(effect_violations(trial.request, trial.before, trial.effects))
    left = set(effect_violations(trial.request, trial.before, effects))
    violations = tuple(each for each in trial.violations if each not in shown - left)
    return replace(trial, effects=effects, violations=violations)


def changes_instance(trial: Trial) -> bool:
    """Whether a trial violates a rule by the state of its source instance."""
    if trial.effects is None or not trial.violations:
        return False
    before = trial.before.instances.get(trial.request.instance_id or "")
    unchanged = replace(trial.effects, instance=before)
    others = {v.rule for v in effect_violations(trial.request, trial.before, unchanged)}
    shown = {v.rule for v in effect_violations(trial.request, trial.before, trial.effects)}
    return not shown <= others
