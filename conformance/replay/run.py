"""``amiproof replay``: sends the deviations of a results.json again and says which still show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from conformance.commands.output import print_left, print_line
from conformance.commands.plan import accepted, agreed
from conformance.engine.client import account
from conformance.engine.core import interrupt
from conformance.engine.core import settings as configuration
from conformance.engine.core.errors import CannotTest, CutShort, UsageError
from conformance.engine.run.config import RunConfig
from conformance.engine.run.controller import Controller
from conformance.replay.again import NotReplayable, shows
from reports.results import BadResults, Deviation, Results, load
from reports.words import plural

Todo = list[tuple[str, Deviation]]
SHOWS, FIXED, INCONCLUSIVE = "shows", "fixed", "inconclusive"


def replay(
    file: Path, target: str | None, overrides: Mapping[str, str], budget: str = "", *, yes: bool
) -> int:
    """Send the deviations of a results.json again and print which still show.

    The exit status: 0 if all are fixed, 1 if at least one still shows, 2 if at least one could not
    be re-tested, 4 and 5 as for a run. Raises UsageError.
    """
    try:
        results = load(file)
    except BadResults as why:
        raise UsageError(f"{why}.") from None
    except OSError as why:
        raise UsageError(f"{file} cannot be read: {why.strerror}.") from None
    todo = [(rule.id, found) for rule in results.rules for found in rule.deviations]
    console = Console()
    if not todo:
        console.print(f"{file} holds no deviation to re-test.", highlight=False)
        return 0
    given = dict(overrides)
    if target is None:
        given.setdefault("region", results.target.region)
    config = RunConfig(
        target or _target_of(results),
        effort=results.effort,
        seed=results.seed,
        judge=results.judge,
        budget=budget,
        yes=yes,
        out=None,
    ).overriding(given)
    select = " ".join(dict.fromkeys(rule for rule, _ in todo))
    controller = Controller(
        config,
        confirm=partial(agreed, replace(config, select=select)),
        accept=partial(accepted, config),
    )
    interrupt.listen()
    counts: Counter[str] = Counter()
    interrupted = True
    try:
        _start(controller)
        try:
            for what, line in _retested(controller, todo):
                counts[what] += 1
                print_line(f"{what:<12}  {line}", console=console)
            interrupted = False
        except KeyboardInterrupt:
            console.print("interrupted: removing the run's resources")
        finally:
            controller.finish(interrupted=interrupted)
    finally:
        controller.stop()
    print_left(controller.left, console=console)
    summary = ", ".join(
        f"{what} {counts[what]}" for what in (SHOWS, FIXED, INCONCLUSIVE) if counts[what]
    )
    console.print(f"{plural(len(todo), 'deviation')}: {summary}.", highlight=False)
    if controller.left:
        return 5
    if interrupted:
        return 4
    return 1 if counts[SHOWS] else 2 if counts[INCONCLUSIVE] else 0


def _target_of(results: Results) -> str:
    """The target of results: its name if that is still configured, else its address."""
    name = results.target.name
    again = name == account.REAL or name in configuration.targets()
    return name if again else results.target.endpoint


def _start(controller: Controller) -> None:
    try:
        controller.start()
    except CannotTest as why:
        raise UsageError(f"{why} Or choose another --target.") from None


def _retested(controller: Controller, todo: Todo) -> Iterator[tuple[str, str]]:
    """The outcome of each deviation, with the line to print."""
    worker = controller.worker()
    over = ""
    try:
        for rule_id, found in todo:
            line = str(found.identity(rule_id))
            if over:
                yield INCONCLUSIVE, f"{line}: {over}"
                continue
            try:
                yield SHOWS if shows(worker, rule_id, found) else FIXED, line
            except NotReplayable as why:
                yield INCONCLUSIVE, f"{line}: {why}"
            except (CannotTest, CutShort) as why:
                over = str(why)
                yield INCONCLUSIVE, f"{line}: {over}"
    finally:
        worker.close()
