"""``amiproof compare`` of two live targets: the command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from conformance.commands.output import write_json
from conformance.commands.plan import accepted, agreed
from conformance.comparison.pair import Pair
from conformance.comparison.requests import compare as compare_requests
from conformance.engine.core import interrupt
from conformance.engine.core.effort import EFFORTS, Effort, EffortName
from conformance.engine.core.errors import CutShort
from conformance.engine.core.selection import selected_rules
from conformance.engine.run.config import RunConfig
from conformance.engine.run.controller import Controller
from conformance.engine.run.worker import Worker
from conformance.model import CATALOGUE
from conformance.suite.declare import requests_of
from conformance.suite.registry import properties
from reports.disagreement import SCHEMA, Comparison
from reports.disagreements import show


def compare(
    names: tuple[str, str],
    effort: EffortName | None,
    seed: int,
    select: str,
    overrides: Sequence[Mapping[str, str]],
    budget: str,
    file: Path | None,
    *,
    yes: bool,
) -> int:
    """Send the same requests to two targets: 0 when they agree, 1 when they do not; 4 and 5 as for
    run. Raises AmiproofError."""
    rules = selected_rules(select)
    chosen = [rule_id for rule_id in properties() if rule_id in rules]
    configs = [
        RunConfig(
            name,
            effort=effort,
            seed=seed,
            select=select,
            budget=budget,
            yes=yes,
            out=None,
        ).overriding(of_side)
        for name, of_side in zip(names, overrides, strict=True)
    ]
    controllers = [
        Controller(config, confirm=partial(agreed, config), accept=partial(accepted, config))
        for config in configs
    ]
    console = Console()
    interrupt.listen()
    held = _Held(seed, console)
    try:
        for controller in controllers:
            controller.start()
        efforts = [controller.plan.effort for controller in controllers]
        least = EFFORTS[min(efforts, key=list(EFFORTS).index)]
        try:
            held.hold([controller.worker() for controller in controllers], chosen, least)
        except KeyboardInterrupt:
            console.print("interrupted: removing what the run created")
        except CutShort as why:
            console.print(str(why), markup=False, highlight=False)
        finally:
            for controller in controllers:
                controller.finish(interrupted=not held.complete)
    finally:
        for controller in controllers:
            controller.stop()
    comparison = held.comparison(names)
    if file is not None:
        write_json(file, comparison)
    left = [thing for controller in controllers for thing in controller.left]
    show(comparison, left, console)
    if left:
        return 5
    return 4 if not held.complete else bool(comparison.disagreements)


class _Held:
    """The comparisons so far."""

    def __init__(self, seed: int, console: Console) -> None:
        self._seed, self._console = seed, console
        self._pair: Pair | None = None
        self._beyond: list[str] = []
        self.complete = False

    def hold(self, workers: Sequence[Worker], chosen: Sequence[str], effort: Effort) -> None:
        """Put every property's drafts to both. Raises CutShort, KeyboardInterrupt."""
        first, second = (worker.exercise(chosen[0]).parts for worker in workers)
        pair = self._pair = Pair(first, second, effort, self._seed)
        try:
            with self._console.status("") as status:
                for number, rule_id in enumerate(chosen, 1):
                    status.update(f"{rule_id} ({number} of {len(chosen)})")
                    requests, whole = requests_of(rule_id)
                    sent = compare_requests(pair, rule_id, requests, effort, self._seed)
                    if not (sent and whole):
                        self._beyond.append(rule_id)
            pair.finish()
            self.complete = True
        finally:
            for worker in workers:
                worker.close()

    def comparison(self, names: tuple[str, str]) -> Comparison:
        """The disagreements, in the order of the catalogue."""
        order = {rule: place for place, rule in enumerate(CATALOGUE)}
        found = sorted(
            self._pair.found.values() if self._pair else (),
            key=lambda each: order.get(each.rule, len(order)),
        )
        return Comparison(SCHEMA, names, self.complete, tuple(self._beyond), tuple(found))
