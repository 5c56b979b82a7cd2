"""The matrix of several runs: a row per rule, a column per target, in Markdown and HTML."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import words
from reports.results import Results, RuleResult, Verdict

SIGNS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "**fail**",
    Verdict.KNOWN: "known",
    Verdict.UNTESTED: "untested",
    Verdict.NOT_APPLICABLE: "n.a.",
}


def titles(runs: Sequence[Results]) -> list[str]:
    """The title of each run: the target and, if known, its software."""
    return [
        words.visible(" ".join(filter(None, (run.target.name, run.target.software))))
        for run in runs
    ]


def rows(runs: Sequence[Results]) -> list[tuple[str, str, list[RuleResult | None]]]:
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
    """The matrix as one HTML file."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = words.visible
    assert environment.loader is not None
    style = environment.loader.get_source(environment, "report.css")[0]
    return environment.get_template("matrix.html").render(
        titles=titles(runs),
        runs=runs,
        rows=rows(runs),
        observed=lambda found: words.outcome(found.observed),
        broken=_broken,
        style=Markup(style),
    )
