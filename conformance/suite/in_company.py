"""Rejections in company: a wrong value must be rejected whatever else the request has."""

from __future__ import annotations

from conformance.engine.observation.trial import Trial
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.verb import VERB
from conformance.engine.resources.instances import NotAvailable
from conformance.model import Arm
from conformance.model.expectation import Reject
from conformance.model.request import Draft
from strategies import company

_FEW = 2
"""Wrong values that a target lets through in a GET. If there are more, it does not read a GET."""


def check_rejections_in_company(exercise: Exercise) -> None:
    """Send each wrong value in a request that is legal otherwise.

    An accepted one breaks the rule of the value, if the target rejects the value alone. Another
    error code decides nothing: the target may reject the company. What it is known to reject is
    left out. A value in company decides nothing either that the target ignores without it, too.
    """
    by_get = list[Trial]()
    companies = {
        each: exercise.without_refused(each) for each in (company.BY_GET, company.OF_STOPPED)
    }
    for wrong, whole in company.REJECTED:
        company_of_it = companies[whole]
        alone = _sent(exercise, wrong)
        if alone is None or alone.accepted or not alone.conforms:
            continue
        if _let_through(exercise, company.beside(wrong, company_of_it)) is None:
            continue
        for draft in company.simpler(wrong, company_of_it):
            if (plainer := _let_through(exercise, draft)) is not None:
                if draft == wrong.sent(form=draft.form, signing=draft.signing):
                    by_get.append(plainer)
                elif not exercise.ignores(draft, plainer.expectation.rules[0]):
                    _deviates(exercise, plainer)
                break
    if len(by_get) > _FEW:
        _deviates(exercise, by_get[0], VERB)
        return
    for plainer in by_get:
        _deviates(exercise, plainer)


def _deviates(exercise: Exercise, trial: Trial, rule: str | None = None) -> None:
    rule = rule or trial.expectation.rules[0]
    exercise.check(Arm.BREAKS, trial, trial.observed, rule=rule)


def _let_through(exercise: Exercise, draft: Draft) -> Trial | None:
    """The trial of a draft that the target accepts and must reject, or None."""
    trial = _sent(exercise, draft)
    if trial is None or not trial.accepted or not isinstance(trial.expectation, Reject):
        return None
    return trial


def _sent(exercise: Exercise, draft: Draft) -> Trial | None:
    try:
        return exercise.send(draft)
    except NotAvailable:
        return None
