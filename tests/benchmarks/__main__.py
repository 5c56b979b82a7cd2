"""``python -m tests.benchmarks``: what a run costs and how fast it is, as a table for the README.

The rounds of the compared programs alternate. The results are ratios, because seconds depend on
the machine. No figure fails. The ``--json`` file of ``amiproof prove`` gives the requests until a
fault is first detected.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks import memory, proof, runs, speed

PARTS = ("speed", "cost", "workers", "proof", "memory")
PACKAGES = ("hypothesis", "requests", "urllib3", "boto3", "pytest")


def main() -> None:
    """Run the chosen measurements and print their table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement (default: 5)")
    usual = ",".join(PARTS[:-1])
    parser.add_argument("--only", default=usual, help=f"some of {', '.join(PARTS)}")
    parser.add_argument(
        "--minutes", type=int, default=30, help="of the run whose memory is measured"
    )
    parser.add_argument("--proof", type=Path, help="a file of amiproof prove --json")
    options = parser.parse_args()
    wanted = options.only.replace(",", " ").split()
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"--only has {min(unknown)!r}: give some of {', '.join(PARTS)}")
    print("| measured | result | how |\n| --- | --- | --- |")
    for what, result, how in _measured(wanted, options):
        print(f"| {what} | {result} | {how} |", flush=True)
    print(f"\n{_circumstances()}")


def _measured(wanted: list[str], options: argparse.Namespace) -> Iterator[tuple[str, str, str]]:
    rounds: int = options.rounds
    if "speed" in wanted:
        yield from speed.rows(rounds)
    if "cost" in wanted:
        yield from runs.cost(min(rounds, 3))
    if "workers" in wanted:
        yield from runs.workers(min(rounds, 3))
    if "proof" in wanted and options.proof is not None:
        yield from proof.rows(options.proof)
    if "memory" in wanted:
        yield from memory.rows(options.minutes)


def _circumstances() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `python -m tests.benchmarks`: amiproof"
        f" {version('amiproof')}, Python {platform.python_version()}, {packages}, on"
        f" {speed.cores()} cores."
    )


if __name__ == "__main__":
    main()
