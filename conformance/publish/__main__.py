"""``python -m conformance.publish``: run against each emulator and publish the results.

Each run uses the emulator's baseline in ``fixtures/baselines/``. If the run fails, the command
updates the baseline and runs again. It writes the results, a matrix and a page to
``reports/published/``. Exit status 0: each emulator passes with its baseline, and each known
deviation has a reason. 1: one does not, as the output says. 2 and 3 as for ``amiproof run``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from conformance.engine.core.errors import AmiproofError, UsageError
from conformance.publish import page
from conformance.publish.emulators import EMULATORS, Emulator, installed, interpreters
from conformance.publish.measure import Measured, measure, publish
from reports import matrix
from reports.results import Results, load

BASELINES = Path("fixtures", "baselines")
PUBLISHED = Path("reports", "published")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command, in a checkout."""
    options = _parser().parse_args(arguments)
    try:
        if not (PUBLISHED.parent.is_dir() and BASELINES.parent.is_dir()):
            raise UsageError("Run this command in a checkout of amiproof's repository.")
        with tempfile.TemporaryDirectory(prefix="amiproof-emulators-") as folder:
            return _all(options.environments or Path(folder), options.python, options.workers)
    except AmiproofError as why:
        print(f"amiproof: {why}", file=sys.stderr)
        return why.exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.publish")
    parser.add_argument(
        "--python", action="append", default=[], metavar="PATH",
        help="an additional Python interpreter to install emulators with",
    )  # fmt: skip
    parser.add_argument(
        "--environments", type=Path, metavar="FOLDER",
        help="where to install the emulators and keep them; default: a temporary folder",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, default=2, help="how many emulators to measure in parallel"
    )
    return parser


def _all(environments: Path, given: Sequence[str], workers: int) -> int:
    pythons = interpreters(given)

    def one(emulator: Emulator) -> Measured:
        python = installed(emulator, pythons[emulator.id], environments)
        measured = measure(emulator, python, (BASELINES / f"{emulator.id}.toml").absolute())
        print(page.line(measured), flush=True)
        return measured

    BASELINES.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(workers) as pool:
        every = list(pool.map(one, EMULATORS))
    before = _published(every)
    runs = [each.results for each in every if each.results is not None]
    for each in every:
        if each.results is not None:
            publish(each.results, PUBLISHED / each.emulator.id / "results.json")
    (PUBLISHED / "matrix.html").write_text(matrix.html(runs), encoding="utf-8")
    (PUBLISHED / "matrix.md").write_text(matrix.markdown(runs), encoding="utf-8")
    (PUBLISHED / "README.md").write_text(page.page(every, date.today(), before), encoding="utf-8")
    for each in every:
        for identity in each.without_reason:
            print(
                f"{BASELINES / each.emulator.id}.toml: write a reason for {identity}",
                file=sys.stderr,
            )
    return 0 if all(each.is_as_published for each in every) else 1


def _published(every: Sequence[Measured]) -> dict[str, Results]:
    """The results that are published now, by emulator."""
    files = {each.emulator.id: PUBLISHED / each.emulator.id / "results.json" for each in every}
    return {id: load(file) for id, file in files.items() if file.exists()}


if __name__ == "__main__":
    sys.exit(main())
