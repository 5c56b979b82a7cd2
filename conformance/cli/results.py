"""The commands that read what a run wrote: judge, report, replay, compare and baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from conformance.cli.options import (
    NO_OPTIONS,
    Baseline,
    Budget,
    Effort,
    GateOn,
    OfFirst,
    OfSecond,
    Options,
    Out,
    Seed,
    Select,
    Verbose,
    Yes,
)

_OUT = Path("amiproof-report")


def judge_recording(
    file: Path,
    *,
    out: Out = _OUT,
    baseline: Baseline = None,
    fail_on: GateOn = None,
    verbose: Verbose = False,
) -> int:
    """Judge a recorded run by today's rules, without an endpoint. The exit status is the run's.

    Parameters
    ----------
    file
        A recording, as amiproof run --record writes it.
    """
    from conformance.commands.run import judge_recording as start

    return start(file, out, baseline, fail_on, verbose=verbose)


def report(
    *files: Path,
    merge: bool = False,
    against: Path | None = None,
    baseline: Baseline = None,
    out: Annotated[
        Path, Parameter(help="Folder for the reports: of one run, or matrix.html and matrix.md.")
    ] = _OUT,
) -> int:
    """Write the reports of a run's results, or a matrix of rules and targets for several runs.

    Parameters
    ----------
    files
        Results of runs: results.json.
    against
        Results of an earlier run: the report shows first what is new, fixed and changed.
    merge
        The files are the shards of one run: write the results of the whole run. The exit status is
        the run's, and 4 if a shard is missing or given twice.
    """
    from conformance.commands.report import merged
    from conformance.commands.report import report as render

    return merged(files, out, baseline) if merge else render(files, out, against)


def replay(
    results: Path,
    *,
    target: str | None = None,
    budget: Budget = "",
    yes: Yes = False,
    options: Options = NO_OPTIONS,
) -> int:
    """Re-test the deviations of a results.json.

    Exit status 0: all are fixed. 1: at least one still shows. 2: at least one could not be
    re-tested.

    Parameters
    ----------
    results
        A run's results.json.
    target
        As for run. Default: the endpoint of the results.
    """
    from conformance.replay.run import replay as start

    return start(results, target, options.overrides(), budget, yes=yes)


def compare(
    first: str,
    second: str,
    *,
    effort: Effort = None,
    seed: Seed = 1,
    select: Select = "",
    budget: Budget = "",
    yes: Yes = False,
    options: Options = NO_OPTIONS,
    of_first: OfFirst = None,
    of_second: OfSecond = None,
    json: Path | None = None,
) -> int:
    """Compare two targets, or two results.json. Exit status 1 if they differ.

    Both targets receive the same requests. The report shows the smallest request on which they
    disagree, both responses, and the rule that decides between them, if one does. Of two results,
    the report shows new, fixed and changed deviations.

    An option about the target holds for both; --first.region and the like hold for one.

    Parameters
    ----------
    first
        A target, as for run, or the results of a run.
    second
        Another of the same kind.
    json
        File for the differences.
    """
    files = [name.endswith(".json") for name in (first, second)]
    if all(files):
        from conformance.commands.compare_results import compare as compare_results

        return compare_results(Path(first), Path(second), json)
    if any(files):
        from conformance.engine.core.errors import UsageError

        raise UsageError("Give two targets or two results.json, not one of each.")
    from conformance.comparison.run import compare as live

    sides = [
        options.overrides() | (side.overrides() if side else {}) for side in (of_first, of_second)
    ]
    return live((first, second), effort, seed, select, sides, budget, json, yes=yes)


baselines = App(name="baseline", help="Maintain the file of known deviations.")


@baselines.command
def update(file: Path, results: Path) -> int:
    """Update a baseline from a run's results: add, remove and change entries.

    Comments, the order and your own fields (reason, issue, owner, expires) stay.

    Parameters
    ----------
    file
        The baseline. It is created if it does not exist.
    results
        A run's results.json.
    """
    from conformance.commands.baseline import update as write

    return write(file, results)
