"""``python -m conformance.publish``: measure the emulators, and write what is published of them.

Each emulator that can be installed is run against with its baseline in ``fixtures/baselines/``,
which is brought up to date where that fails. ``reports/published/`` gets each one's results, a
matrix of them and a page. Exit status 0: each passes its gate, and each known deviation has its
reason; 1: somebody has to look, as is told; 2 and 3 as for run.
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

BASELINES = Path("fixtures", "baselines")
PUBLISHED = Path("reports", "published")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command, in a checkout."""
    options = _parser().parse_args(arguments)
    try:
        if not (PUBLISHED.parent.is_dir() and BASELINES.parent.is_dir()):
            raise UsageError("Start this in a checkout of amiproof's repository.")
        with tempfile.TemporaryDirectory(prefix="amiproof-emulators-") as folder:
            return _all(options.environments or Path(folder), options.python, options.workers)
    except AmiproofError as why:
        print(f"amiproof: {why}", file=sys.stderr)
        return why.exit_status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m conformance.publish")
    parser.add_argument(
        "--python", action="append", default=[], metavar="PATH",
        help="an interpreter to install emulators with, beside ours and those on the path",
    )  # fmt: skip
    parser.add_argument(
        "--environments", type=Path, metavar="FOLDER",
        help="where to install the emulators, and find them the next time; else a temporary folder",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, default=2, help="how many emulators at the same time"
    )
    return parser


def _all(environments: Path, told: Sequence[str], workers: int) -> int:
    pythons = interpreters(told)

    def one(emulator: Emulator) -> Measured:
        python = installed(emulator, pythons[emulator.id], environments)
        measured = measure(emulator, python, (BASELINES / f"{emulator.id}.toml").absolute())
        print(page.line(measured), flush=True)
        return measured

    BASELINES.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(workers) as pool:
        every = list(pool.map(one, EMULATORS))
    runs = [each.results for each in every if each.results is not None]
    for each in every:
        if each.results is not None:
            publish(each.results, PUBLISHED / each.emulator.id / "results.json")
    (PUBLISHED / "matrix.html").write_text(matrix.html(runs), encoding="utf-8")
    (PUBLISHED / "matrix.md").write_text(matrix.markdown(runs), encoding="utf-8")
    (PUBLISHED / "README.md").write_text(page.page(every, date.today()), encoding="utf-8")
    for each in every:
        for identity in each.without_reason:
            print(f"{BASELINES / each.emulator.id}.toml: say why of {identity}", file=sys.stderr)
    return 0 if all(each.is_well for each in every) else 1


if __name__ == "__main__":
    sys.exit(main())
