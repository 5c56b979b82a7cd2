"""Whole runs in this process, in virtual time: without pytest, without an endpoint to start."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.engine.client.environment import Environment
from conformance.engine.core.effort import EFFORTS
from conformance.engine.core.selection import selected_rules
from conformance.engine.property.ahead import slowness
from conformance.engine.property.turns import in_turn
from conformance.engine.run.config import RunConfig
from conformance.engine.run.controller import Controller
from conformance.engine.run.sharding import are_many
from conformance.suite.registry import node_id, properties
from reports.results import Results


@dataclass(frozen=True)
class Rehearsed:
    """How a run ended."""

    status: int
    results: Results
    left: list[str]


def rehearse(environment: Environment, target: str = "persona", select: str = "") -> Rehearsed:
    """Run the properties of the selected rules against the endpoint of an environment."""
    config = RunConfig(target=target, clock="virtual", out=None, select=select, effort="quick")
    run = Controller(config, environment=environment)
    run.start()
    try:
        chosen = selected_rules(select)
        slow = [slowness] if run.plan.target.limits else []
        rules = in_turn([id for id in properties() if id in chosen], str, EFFORTS["quick"], *slow)
        run.plan_rules(rules)
        worker = run.worker()
        worker.expect(rules, many=are_many([node_id(rule) or "" for rule in rules]))
        for rule in rules:
            exercise = worker.exercise(rule)
            run.collect(worker.run(properties()[rule], exercise, last=rule == rules[-1]).to_json())
        worker.close()
        status = run.finish(interrupted=False)
    finally:
        run.stop()
    assert run.results is not None
    return Rehearsed(status, run.results, run.left)
