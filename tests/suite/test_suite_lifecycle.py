"""A generated sequence that violates a rule is shrunk to the steps that matter.

``amiproof prove`` runs the rules on scenarios against the faults of each.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET

from conformance.engine.core.target import Keys, Target
from conformance.engine.run.config import RunConfig
from conformance.engine.run.plan import Plan
from conformance.engine.run.worker import Worker
from fixtures.reference import Endpoint, Timing, serving
from fixtures.registry import FAULTS
from strategies import rejections, sequences


def test_a_generated_sequence_is_shrunk(tmp_path: Path) -> None:
    """The fault needs three steps: create, a dry run of the same name, create again."""
    endpoint = Endpoint(check_signatures=False, timing=Timing(pending=0))
    FAULTS["dry-run/frees-the-name"].change(endpoint)
    with serving(endpoint) as url:
        target = Target(name=url, endpoint=url, keys=Keys("testing", "testing"), window=0.4)
        worker = Worker(Plan(target, "tests", str(tmp_path), RunConfig(effort="quick")))
        test = worker.exercise("lc.new_name_again").sequences
        for steps in sequences.ALWAYS:
            assert not test.execute(steps, rejections.UNRELATED)
        found = test.explore(
            sequences.sequence_test,
            rejections.UNRELATED,
            sequences=60,
            seed=1,
            share=(1, 1),
            known=(),
            most_after_failure=75,
        )
        worker.close()
    [reported] = found
    assert reported.identity == ("name.unique", "breaks", "accepted", "")
    assert reported.deviation.before is not UNSET
    dry = [dict(params).get("DryRun") for params in reported.deviation.before]
    assert dry == [None, "true"]
