"""The command: a results file in, its deviations sent again, and which of them still show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from conformance.commands.output import print_left, print_line
from conformance.commands.plan import agreed
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
SHOWS, HEALED, NOT_SENT = "shows", "healed", "not told"


def replay(
    file: Path, target: str | None, overrides: Mapping[str, str], budget: str = "", *, yes: bool
) -> int:
    """Send what results recorded again: 0 when all is healed, 1 when anything still shows, 2 when
    whether it does cannot be told, 4 and 5 as for run. Raises UsageError."""
    try:
        results = load(file)
    except BadResults as why:
        raise UsageError(f"{why}.") from None
    except OSError as why:
        raise UsageError(f"{file} cannot be read: {why.strerror}.") from None
    todo = [(rule.id, found) for rule in results.rules for found in rule.deviations]
    console = Console()
    if not todo:
        console.print(f"{file} holds no deviation: there is nothing to send.", highlight=False)
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
    controller = Controller(config, confirm=partial(agreed, replace(config, select=select)))
    interrupt.listen()
    said: Counter[str] = Counter()
    interrupted = True
    try:
        _start(controller)
        try:
            for what, line in _said(controller, todo):
                said[what] += 1
                print_line(f"{what:<8}  {line}", console=console)
            interrupted = False
        except KeyboardInterrupt:
            console.print("interrupted: removing what was made")
        finally:
            controller.finish(interrupted=interrupted)
    finally:
        controller.stop()
    print_left(controller.left, console=console)
    told = ", ".join(f"{what} {said[what]}" for what in (SHOWS, HEALED, NOT_SENT) if said[what])
    console.print(f"{plural(len(todo), 'deviation')}: {told}.", highlight=False)
    if controller.left:
        return 5
    if interrupted:
        return 4
    return 1 if said[SHOWS] else 2 if said[NOT_SENT] else 0


def _target_of(results: Results) -> str:
    """The target of results: by its name where that is one that can be found again."""
    name = results.target.name
    again = name == account.REAL or name in configuration.targets()
    return name if again else results.target.endpoint


def _start(controller: Controller) -> None:
    try:
        controller.start()
    except CannotTest as why:
        raise UsageError(f"{why} Or give another --target.") from None


def _said(controller: Controller, todo: Todo) -> Iterator[tuple[str, str]]:
    """What becomes of each deviation, with a line about it."""
    worker = controller.worker()
    over = ""
    try:
        for rule_id, found in todo:
            line = str(found.identity(rule_id))
            if over:
                yield NOT_SENT, f"{line}: {over}"
                continue
            try:
                yield SHOWS if shows(worker, rule_id, found) else HEALED, line
            except NotReplayable as why:
                yield NOT_SENT, f"{line}: {why}"
            except (CannotTest, CutShort) as why:
                over = str(why)
                yield NOT_SENT, f"{line}: {over}"
    finally:
        worker.close()
