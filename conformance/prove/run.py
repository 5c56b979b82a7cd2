"""``amiproof prove``: the suite against every fault and variant, some at the same time."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from fnmatch import fnmatchcase
from multiprocessing import get_context
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.engine.conductor import selected
from conformance.engine.effort import EffortName
from conformance.engine.errors import UsageError
from conformance.model import CATALOGUE
from conformance.prove.attempt import attempt
from conformance.prove.matrix import Proof, Row, part_of
from conformance.prove.table import line, show
from fixtures.faults import FAULTS
from fixtures.variants import VARIANTS


def prove(
    effort: EffortName,
    seed: int,
    workers: int,
    select: str,
    part: str,
    without: str,
    file: Path | None,
) -> int:
    """Run the proof and print it; the exit status. Raises UsageError."""
    if without and without not in CATALOGUE:
        raise UsageError(f"{without} is no rule: see amiproof rules.")
    ids = list(part_of(chosen(select), read_part(part)))
    if not ids:
        raise UsageError(f"{select!r} selects no fault and no variant.")
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)  # ids and rules stand beside each other in a log too
    started = time.monotonic()
    rows = _rows(ids, effort, seed, workers, without, console)
    proof = Proof(
        effort=effort,
        seed=seed,
        whole=len(rows) == len(FAULTS) + len(VARIANTS) and not without,
        seconds=round(time.monotonic() - started, 3),
        rows=tuple(sorted(rows, key=lambda row: ids.index(row.id))),
    )
    show(proof, console)
    if file is not None:
        file.write_text(json.dumps(msgspec.to_builtins(proof), indent=1) + "\n")
    return proof.status


def chosen(select: str) -> Iterator[str]:
    """The ids of faults and variants that patterns mean: by their own id, a fault by its rules."""
    patterns = select.replace(",", " ").split()
    for id in (*FAULTS, *VARIANTS):
        rules = FAULTS[id].rules if id in FAULTS else ()
        if (
            not patterns
            or any(
                fnmatchcase(id, pattern) or id.startswith(pattern.rstrip("/") + "/")
                for pattern in patterns
            )
            or any(selected(rule, patterns) for rule in rules)
        ):
            yield id


def read_part(text: str) -> tuple[int, int]:
    """``2/5`` is the second of five parts. Raises UsageError."""
    number, slash, parts = text.partition("/")
    if slash and number.isdigit() and parts.isdigit() and 1 <= int(number) <= int(parts):
        return int(number), int(parts)
    raise UsageError(f"{text!r} is no part: give one such as 1/4.")


def _rows(
    ids: Sequence[str],
    effort: EffortName,
    seed: int,
    workers: int,
    without: str,
    console: Console,
) -> list[Row]:
    rows = []
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    try:
        with bar:
            task = bar.add_task("proving", total=len(ids))
            left_out = [without] if without else []
            futures = [pool.submit(row_of, id, effort, seed, left_out) for id in ids]
            for done in as_completed(futures):
                rows.append(done.result())
                bar.advance(task)
                if not (console.is_terminal and rows[-1].good):
                    console.print(line(rows[-1]), highlight=False, soft_wrap=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return rows


def row_of(id: str, effort: EffortName, seed: int, without: Collection[str] = ()) -> Row:
    """One fault or variant, in whatever process."""
    if id in FAULTS:
        fault = FAULTS[id]
        said = attempt(id, fault.change, effort, seed, without)
        return Row(id=id, kind="fault", what=fault.mistake, rules=fault.rules, attempt=said)
    variant = VARIANTS[id]
    said = attempt(id, variant.change, effort, seed, without)
    return Row(id=id, kind="variant", what=variant.difference, attempt=said)


def workers_by_default() -> int:
    """Half as many again as there are cores: a third of a run is waiting."""
    return max(1, (os.cpu_count() or 1) * 3 // 2)
