"""The matrix of several runs: a row per rule, a column per target, in Markdown and HTML."""

from __future__ import annotations

from collections.abc import Sequence

from reports import words
from reports.html import document
from reports.results import Results, RuleResult, Verdict

SIGNS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "**fail**",
    Verdict.KNOWN: "known",
    Verdict.UNTESTED: "untested",
    Verdict.NOT_APPLICABLE: "n.a.",
}


Row = tuple[str, str, list[RuleResult | None]]
"""The id, the statement and the results of a rule; None if a run lacks it."""
_ORDER = ("fail", "known", "untested", "not applicable", "pass")


def titles(runs: Sequence[Results]) -> list[str]:
    """The title of each run: the target and, if known, its software."""
    return [
        words.visible(" ".join(filter(None, (run.target.name, run.target.software))))
        for run in runs
    ]


def rows(runs: Sequence[Results]) -> list[Row]:
    """Id, statement and results of each rule that any run has; None if a run lacks it."""
    by_run = [{rule.id: rule for rule in run.rules} for run in runs]
    ids = dict.fromkeys(id for rules in by_run for id in rules)
    found = []
    for id in ids:
        cells = [rules.get(id) for rules in by_run]
        statement = next(cell.statement for cell in cells if cell is not None)
        found.append((id, statement, cells))
    return found


def markdown(runs: Sequence[Results]) -> str:
    """The matrix as a Markdown document."""
    names = [title.replace("|", "\\|") for title in titles(runs)]
    lines = [
        "# CreateImage conformance by rule",
        "",
        f"| rule | {' | '.join(names)} |",
        "|---" * (len(runs) + 1) + "|",
        f"| rules that pass | {' | '.join(str(run.totals.passed) for run in runs)} |",
        f"| broken rules | {' | '.join(str(_broken(run)) for run in runs)} |",
    ]
    for id, _, cells in rows(runs):
        said = (SIGNS[cell.status] if cell else "" for cell in cells)
        lines.append(f"| `{words.visible(id)}` | {' | '.join(said)} |")
    return "\n".join(lines) + "\n"


def _broken(run: Results) -> int:
    return run.totals.fail + run.totals.known


def html(runs: Sequence[Results]) -> str:
    """The matrix as one HTML file: what differs between the runs, then what all share, folded."""
    every = rows(runs)
    differing = [row for row in every if _differs(row[2])]
    shared = [row for row in every if not _differs(row[2])]
    by_verdict: dict[str, list[Row]] = {}
    for row in shared:
        said = next(cell.status.value for cell in row[2] if cell is not None)
        by_verdict.setdefault(said.replace("_", " "), []).append(row)
    return document(
        "matrix.html",
        titles=titles(runs),
        runs=runs,
        differing=differing,
        shared=shared,
        shared_by=sorted(by_verdict.items(), key=lambda each: _ORDER.index(each[0])),
        observed=lambda found: words.outcome(found.observed),
        broken=_broken,
    )


def _differs(cells: Sequence[RuleResult | None]) -> bool:
    """Whether the runs have different verdicts on a rule, or broke it in different ways."""
    seen = {
        (cell.status, tuple(sorted(cell.identities()))) if cell is not None else None
        for cell in cells
    }
    return len(seen) > 1
