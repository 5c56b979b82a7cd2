"""``amiproof explain``: one rule in full, and what a run found about it."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.console import Console

from conformance.commands.output import print_line
from conformance.commands.report import loaded
from conformance.commands.rules import known_rule, print_rule
from conformance.engine.core.errors import UsageError
from conformance.engine.core.target import checked_endpoint
from reports import words
from reports.explain import SCRIPTS, explain
from reports.reproduce import with_reproductions
from reports.results import Results, RuleResult

USUAL = Path("amiproof-report") / "results.json"
"""Where a run writes its results by default."""


def show(
    rule_id: str, results: Path | None, script: str | None = None, endpoint: str | None = None
) -> int:
    """Print a rule and, where there are results, its verdict and deviations. Raises UsageError.

    ``endpoint`` is the address in the reproductions, in place of the recorded one.
    """
    file = results or (USUAL if USUAL.exists() else None)
    run = loaded(file) if file is not None else None
    found = None if run is None else next((r for r in run.rules if r.id == rule_id), None)
    if found is not None and run is not None and endpoint is not None:
        found = _moved(found, checked_endpoint(endpoint), run.target.region)
    if script is not None:
        return _script(rule_id, found, script)
    print_rule(known_rule(rule_id))
    if run is None:
        print_line("No results are given: amiproof run TARGET, then amiproof explain again.")
    elif found is None:
        print_line(f"{file} has no verdict about this rule{_selected(run)}.")
    else:
        again = f" --results {results}" if results else ""
        explain(run, found, Console(), again)
    return 0


def _moved(rule: RuleResult, endpoint: str, region: str) -> RuleResult:
    """The result with reproductions for another endpoint."""
    deviations = tuple(
        with_reproductions(
            rule.id, each, endpoint=endpoint, region=region, statement=rule.statement
        )
        for each in rule.deviations
    )
    return msgspec.structs.replace(rule, deviations=deviations)


def _selected(run: Results) -> str:
    selection = words.selection(run)
    return f": the run selected {selection}" if selection else ""


def _script(rule_id: str, found: RuleResult | None, name: str) -> int:
    """Print the script of a rule's first deviation, and nothing else."""
    if found is None or not found.deviations:
        raise UsageError(f"The results have no deviation from {rule_id}.")
    if name not in SCRIPTS:
        raise UsageError(f"There is no script {name}: there are {', '.join(SCRIPTS)}.")
    print(getattr(found.deviations[0].reproduce, name))
    return 0
