"""Trials as steps of a history, and back."""

from __future__ import annotations

from conformance.engine.observation.trial import Trial
from conformance.model.history import Came, Created
from conformance.model.judge import answer_violations, effect_violations, judge
from conformance.model.request import Draft, Request
from conformance.model.world import World


def created_by(trial: Trial, at: float) -> Created:
    """A trial as a step that ended ``at`` a time. It keeps the world that its request names."""
    request, before = trial.request, trial.before
    source, name = request.instance_id or "", request.name or ""
    instances = {id: each for id, each in before.instances.items() if id == source}
    origins = {each.image_id for each in instances.values()}
    world = World(
        instances=instances,
        names={known: id for known, id in before.names.items() if known == name},
        snapshots=before.snapshots,
        account=before.account,
        encryption_by_default=before.encryption_by_default,
        images={id: each for id, each in before.images.items() if id in origins},
    )
    return Created(
        params=tuple(request.params),
        summary=trial.summary,
        before=world,
        came=Came.of(trial.outcome),
        answer=trial.answer,
        effects=trial.effects,
        crashes=trial.crashes,
        persists=trial.persists,
        at=at,
    )


def trial_of(created: Created, draft: Draft) -> Trial:
    """The trial of a draft that a step was made of, judged by the rules of today."""
    request = Request(created.params, draft.form, draft.signing)
    outcome = created.came.outcome
    violations = list(answer_violations(created.answer, outcome) if created.answer else ())
    if created.effects is not None:
        violations += effect_violations(request, created.before, created.effects)
    return Trial(
        draft,
        request,
        created.before,
        judge(request, created.before),
        outcome,
        created.answer,
        created.effects,
        tuple(violations),
        created.crashes,
        created.persists,
    )
