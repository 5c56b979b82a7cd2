"""What the answers so far show of a feature, so that its plain request need not make an image."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from conformance.engine.observation.trial import Trial
from conformance.engine.property.context import Context
from conformance.model import CATALOGUE
from conformance.model.components import components_of, fields_of, parameter_of
from conformance.model.expectation import Accept
from conformance.model.feature import Feature
from conformance.model.judge import lacking_evidence
from conformance.model.request import Draft, Placeholder, Value, create_image

_OTHER = frozenset({"Name", "Description", "Ebs.VolumeSize"})
"""Fields that ask for the same feature with another value."""
_SNAPSHOT = "Ebs.SnapshotId"


def is_accepted(context: Context, feature: Feature) -> bool:
    """Whether the target has accepted a conforming request with a feature."""
    return any(_has(trial.draft, feature) for trial in _accepted(context))


def is_kept(context: Context, feature: Feature, blockers: Collection[str] = ()) -> bool:
    """Whether the effects of a conforming request with a feature show that it works.

    They violate neither the feature's rule nor one of the ``blockers``.
    """
    wrong = {feature.rule, *blockers}
    return any(
        _has(trial.draft, feature)
        and _shows(feature.rule, trial)
        and wrong.isdisjoint(violation.rule for violation in trial.violations)
        for trial in _accepted(context)
    )


def is_read(context: Context, feature: Feature) -> bool:
    """Whether a request with a feature shows effects of it that the minimal request does not have.

    A target that ignores the feature would show those of the minimal request.
    """
    rule, minimal = CATALOGUE[feature.rule], context.create(create_image())
    if rule.on_effects is None or minimal.effects is None:
        return False
    for trial in _accepted(context):
        same = trial.request.instance_id == minimal.request.instance_id
        if not same or trial.effects is None or not _has(trial.draft, feature):
            continue
        if (
            rule.on_effects(trial.request, minimal.before, minimal.effects)
            and not rule.on_effects(trial.request, trial.before, trial.effects)
            and _shows(feature.rule, trial)
        ):
            return True
    return False


def _has(draft: Draft, feature: Feature) -> bool:
    """Whether a draft has a component like each of a feature's plain request."""
    given = components_of(draft)
    return feature.in_draft(draft) and all(
        any(
            parameter_of(part) == parameter_of(each)
            and _is_like(fields_of(draft, part), fields_of(feature.plain, each))
            for part in given
        )
        for each in components_of(feature.plain)
    )


def _is_like(fields: Mapping[str, Value], plain: Mapping[str, Value]) -> bool:
    """Whether a component asks for all that a plain one does, with other texts and sizes.

    It has as many tags, and a device that is a placeholder where the plain one has it. A volume of
    a snapshot is as large at least: one that is no larger than its snapshot shows less.
    """
    if "ResourceType" in plain:
        same = fields.get("ResourceType") == plain["ResourceType"]
        return same and len(fields) >= len(plain)
    if _SNAPSHOT in plain and _size(fields) < _size(plain):
        return False
    return fields.keys() >= plain.keys() and all(
        name in _OTHER or fields[name] == value
        for name, value in plain.items()
        if name != "DeviceName" or isinstance(value, Placeholder)
    )


def _size(fields: Mapping[str, Value]) -> int:
    """The GiB of a mapping's volume; 0 without a number."""
    size = str(fields.get("Ebs.VolumeSize", ""))
    return int(size) if size.isdecimal() else 0


def _accepted(context: Context) -> Iterator[Trial]:
    """The accepted conforming requests of properties.

    How far scenarios are depends on the time, so theirs would differ in a playback.
    """
    session = context.session
    for trial in session.trials():
        of_scenario = trial.image_id in session.registry.of_scenarios
        if trial.accepted and isinstance(trial.expectation, Accept) and not of_scenario:
            yield trial


def _shows(rule_id: str, trial: Trial) -> bool:
    """Whether the observed effects of a trial could contradict a rule."""
    effects, rule = trial.effects, CATALOGUE[rule_id]
    if effects is None:
        return False
    if rule.on_effects is None:
        return True
    return lacking_evidence(rule, trial.request, trial.before, effects) is None
