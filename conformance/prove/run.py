"""``amiproof prove``: runs the suite against every fault and variant, in several processes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from multiprocessing.context import BaseContext
from pathlib import Path
from threading import Thread, active_count
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from conformance.commands.output import print_line, write_json
from conformance.engine.core.effort import EffortName
from conformance.engine.core.errors import UsageError
from conformance.engine.core.selection import matches, nth_part, patterns
from conformance.model import CATALOGUE
from conformance.prove import mutants, together, whole
from conformance.prove.ablation import ablate, needs_a_fault
from conformance.prove.attempt import attempt, effort_for
from conformance.prove.matrix import Proof, Row, part_of
from conformance.prove.table import line, show
from conformance.prove.together import Togethers, drawn, together_of
from fixtures.faults import FAULTS
from fixtures.mutants import all_mutants
from fixtures.variants import VARIANTS

T = TypeVar("T")

EACH = "each"
"""The value of ``--without`` for every rule in turn."""


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
    if without == EACH:
        return prove_each(effort, seed, workers, select, part, file)
    if without and without not in CATALOGUE:
        raise UsageError(f"{without} is no rule: see amiproof rules.")
    ids = list(part_of(chosen(select), read_part(part)))
    if not ids:
        raise UsageError(f"{select!r} selects no fault and no variant.")
    console = _console()
    started = time.perf_counter()
    lacking = [without] if without else []
    rows = []
    for row in _pooled(row_of, [(id, effort, seed, lacking) for id in ids], workers, console):
        rows.append(row)
        if not (console.is_terminal and row.good):
            console.print(line(row), highlight=False, soft_wrap=True)
    proof = Proof(
        effort=effort,
        seed=seed,
        whole=len(rows) == len(FAULTS) + len(VARIANTS) and not without,
        seconds=round(time.perf_counter() - started, 3),
        rows=tuple(sorted(rows, key=lambda row: ids.index(row.id))),
    )
    show(proof, console)
    if file is not None:
        write_json(file, proof)
    return proof.status


def prove_each(
    effort: EffortName, seed: int, workers: int, select: str, part: str, file: Path | None
) -> int:
    """Leave out one property at a time. 0 if every property is needed or backed by another."""
    wanted = patterns(select)
    rules = [id for id in needs_a_fault() if not wanted or matches(id, wanted)]
    rules = list(part_of(rules, read_part(part)))
    if not rules:
        raise UsageError(f"{select!r} selects no rule that has a fault.")
    console = _console()
    found = []
    for one in _pooled(ablate, [(id, effort, seed) for id in rules], workers, console):
        found.append(one)
        print_line(str(one), console=console)
    found.sort(key=lambda one: rules.index(one.rule))
    if file is not None:
        write_json(file, found)
    needed = sum(one.survivor is not None for one in found)
    backed = sum(bool(one.backed_by) for one in found)
    console.print(Text(f"{needed} of {len(found)} properties are needed, {backed} are backed."))
    return 0 if needed + backed == len(found) else 1


def prove_together(
    effort: EffortName,
    seed: int,
    workers: int,
    select: str,
    size: int,
    rounds: int,
    file: Path | None,
) -> int:
    """Run the suite against sets of faults and print them; the exit status. Raises UsageError."""
    sets = list(drawn(chosen(select), size, rounds, seed, effort))
    if size < 1 or rounds < 1 or any(len(each) < size for each in sets):
        raise UsageError(f"{select or 'every fault'!r} has no set of {size} that can be combined.")
    console = _console()
    started = time.perf_counter()
    rows = []
    jobs = [(number, faults, effort, seed) for number, faults in enumerate(sets, 1)]
    for row in _pooled(together_of, jobs, workers, console):
        rows.append(row)
        console.print(together.line(row), highlight=False, soft_wrap=True)
    rows.sort(key=lambda row: row.round)
    proof = Togethers(effort=effort, seed=seed, rows=tuple(rows))
    together.show(proof, console, time.perf_counter() - started)
    if file is not None:
        write_json(file, proof)
    return proof.status


def prove_mutants(
    effort: EffortName,
    seed: int,
    workers: int,
    select: str,
    part: str,
    number: int,
    file: Path | None,
) -> int:
    """Run the suite against mutants and print the survivors; the exit status. Raises UsageError."""
    ids = list(part_of(mutants.drawn(number, seed, select.split()), read_part(part)))
    console = _console()
    started = time.perf_counter()
    rows = []
    for row in _pooled(mutants.mutant_row, [(id, effort, seed) for id in ids], workers, console):
        rows.append(row)
        if not (console.is_terminal and row.killed):
            console.print(mutants.line(row), highlight=False, soft_wrap=True)
    rows.sort(key=lambda row: ids.index(row.id))
    found = mutants.Mutants(effort=effort, seed=seed, all=len(all_mutants()), rows=tuple(rows))
    mutants.show(found, console, time.perf_counter() - started)
    if file is not None:
        write_json(file, found)
    return found.status


def prove_whole(
    seed: int, workers: int, select: str, part: str, number: int, file: Path | None
) -> int:
    """Run whole requests alone against faults and print what they find. Raises UsageError."""
    ids = list(part_of(whole.drawn(list(chosen(select)), number, seed), read_part(part)))
    if not ids:
        raise UsageError(f"{select!r} selects no fault.")
    console = _console()
    started = time.perf_counter()
    rows = []
    for row in _pooled(whole.whole_row, [(id, seed) for id in ids], workers, console):
        rows.append(row)
        console.print(whole.line(row), highlight=False, soft_wrap=True)
    rows.sort(key=lambda row: ids.index(row.id))
    whole.show(rows, console, time.perf_counter() - started)
    if file is not None:
        write_json(file, rows)
    return 0


def chosen(select: str) -> Iterator[str]:
    """The ids of faults and variants that patterns select: by id, or a fault by its rules."""
    wanted = patterns(select)
    for id in (*FAULTS, *VARIANTS):
        rules = FAULTS[id].rules if id in FAULTS else ()
        if not wanted or matches(id, wanted, "/") or any(matches(rule, wanted) for rule in rules):
            yield id


def read_part(text: str) -> tuple[int, int]:
    """``2/5`` is the second of five parts. Raises UsageError."""
    return nth_part(text, "part")


def _console() -> Console:
    console = Console()
    # A log has no width of its own, so that ids and rules stay on one line.
    return console if console.is_terminal else Console(width=140)


def _pooled(
    work: Callable[..., T], jobs: Sequence[tuple[Any, ...]], workers: int, console: Console
) -> Iterator[T]:
    """The result of each job as it completes, in ``workers`` processes."""
    pool = ProcessPoolExecutor(workers, mp_context=_context(), initializer=_end_with_parent)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    finished = False
    try:
        started = [pool.submit(work, *job) for job in jobs]  # before the bar has its thread
        with bar:
            task = bar.add_task("proving", total=len(jobs))
            for done in as_completed(started):
                bar.advance(task)
                yield done.result()
        finished = True
    finally:
        # An interrupted proof does not wait for attempts that go on.
        pool.shutdown(wait=finished, cancel_futures=True)


def _context() -> BaseContext:
    """How worker processes start: by a fork where it is safe, since imports take a second."""
    forks = sys.platform == "linux" and active_count() == 1
    return get_context("fork" if forks else "spawn")


def _end_with_parent() -> None:
    """End this process when the proof ends, even if the proof is killed."""

    def wait() -> None:
        if (proof := parent_process()) is not None:
            proof.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()


def row_of(id: str, effort: EffortName, seed: int, without: Collection[str] = ()) -> Row:
    """Run the suite against one fault or variant."""
    if id in FAULTS:
        fault = FAULTS[id]
        result = attempt(id, fault.change, effort_for(fault, effort), seed, without)
        return Row(id=id, kind="fault", what=fault.mistake, rules=fault.rules, attempt=result)
    variant = VARIANTS[id]
    result = attempt(id, variant.change, effort, seed, without)
    return Row(id=id, kind="variant", what=variant.difference, attempt=result)


def workers_by_default() -> int:
    """As many as there are cores: a run in virtual time waits for nothing."""
    return os.cpu_count() or 1
