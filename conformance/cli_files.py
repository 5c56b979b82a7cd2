"""The commands that begin with what a run left: judge, report, replay, compare and baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cyclopts import App


def given(**options: str | None) -> dict[str, str]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def judge_recording(
    file: Path,
    *,
    out: Path = Path("amiproof-report"),
    baseline: Path | None = None,
    fail_on: Literal["documented", "detail"] | None = None,
) -> int:
    """Judge a recorded run by today's rules, with no endpoint; its status is the run's.

    Parameters
    ----------
    file
        What amiproof run --record wrote.
    out
        Folder for results.json.
    baseline
        As for run.
    fail_on
        As for run; what the run was given when left out.
    """
    from conformance.commands.run import judge_recording as start

    return start(file, out, baseline, fail_on)


def report(
    *files: Path,
    merge: bool = False,
    baseline: Path | None = None,
    out: Path = Path("amiproof-report"),
) -> int:
    """Draw the results of a run; those of several make a matrix of rules by targets.

    Parameters
    ----------
    files
        Results of runs: results.json.
    merge
        They are of the shards of one run: make its results of them. Exit status as for run, and 4
        where a shard is missing or given twice.
    baseline
        As for run; of what is merged.
    out
        Folder for report.html, summary.md, junit.xml and badge.json, or matrix.html and matrix.md.
    """
    from conformance.commands.report import merged
    from conformance.commands.report import report as draw

    return merged(files, out, baseline) if merge else draw(files, out)


def replay(
    results: Path,
    *,
    target: str | None = None,
    budget: str = "",
    yes: bool = False,
    region: str | None = None,
    profile: str | None = None,
    instance_id: str | None = None,
) -> int:
    """Send the deviations of a results.json again: 0 all healed, 1 some show, 2 not to be told.

    Parameters
    ----------
    results
        A run's results.json.
    target
        As for run; the endpoint of the results when left out.
    budget
        As for run.
    yes
        Do not ask before a real account is used.
    region
        Region to sign for.
    profile
        Profile of the AWS configuration to use.
    instance_id
        Running instance to use as the source.
    """
    from conformance.replay.run import replay as start

    chosen = given(region=region, profile=profile, instance_id=instance_id)
    return start(results, target, chosen, budget, yes=yes)


def compare(
    first: str,
    second: str,
    *,
    effort: Literal["quick", "standard", "thorough"] = "quick",
    seed: int = 1,
    select: str = "",
    budget: str = "",
    yes: bool = False,
    region: str | None = None,
    json: Path | None = None,
) -> int:
    """Hold two targets, or two results.json, against each other; status 1 if they differ.

    Two targets are sent the same requests: told is the smallest on which they disagree, and which
    rule says who is right, if any does. Of two results what is new, healed and changed is told.

    Parameters
    ----------
    first
        A target, as for run, or the results of a run.
    second
        Another of the same.
    effort
        As for run; of targets.
    seed
        As for run; of targets.
    select
        As for run; of targets.
    budget
        As for run; for each of two targets.
    yes
        Do not ask before a real account is used.
    region
        Region to sign for, at both targets.
    json
        File for the differences.
    """
    files = [name.endswith(".json") for name in (first, second)]
    if all(files):
        from conformance.commands.compare_results import compare as hold

        return hold(Path(first), Path(second), json)
    if any(files):
        from conformance.engine.core.errors import UsageError

        raise UsageError("Give two targets or two results.json, not one of each.")
    from conformance.comparison.run import compare as live

    chosen = given(region=region)
    return live((first, second), effort, seed, select, chosen, budget, json, yes=yes)


baselines = App(name="baseline", help="Keep the file of known deviations.")


@baselines.command
def update(file: Path, results: Path) -> int:
    """Bring a baseline up to the results of a run: add, drop and change entries.

    Comments, order, and what people wrote (reason, issue, owner, expires) stay.

    Parameters
    ----------
    file
        The baseline; made where there is none.
    results
        A run's results.json.
    """
    from conformance.commands.baseline import update as write

    return write(file, results)
