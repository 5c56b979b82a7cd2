"""The pytest-xdist scheduler: which worker tests which rule, and when.

Each worker has a current rule and the next one. The costliest rules start first, each followed by
one of the cheapest, so no worker has a long rule left at the end. A worker stays with a module
while it has rules, since the properties of a module share requests and instances. The
rules that are dealt follow: each worker runs them, with its share of their requests. With
``--for``, a worker then runs its own properties again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import pytest
from xdist.scheduler import LoadScheduling

from conformance.clock import SYSTEM
from conformance.engine.core.protocol import RECORD
from conformance.engine.run.sharding import COSTLIEST, rule_of

DEALT = ("wire.together",)
"""The rules whose requests the workers deal among themselves: one of them has half of a run's."""


class RuleScheduler(LoadScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out rules one by one, and again until a time."""

    collection: list[str] | None
    pending: list[int]
    node2pending: dict[Any, list[int]]

    def __init__(
        self, config: pytest.Config, log: Any, until: float, dealt: Collection[str] = ()
    ) -> None:
        super().__init__(config, log)
        self._dealt = dealt
        self._shares: dict[Any, list[int]] = {}
        """The dealt rules that a worker has still to run."""
        self._until = until
        self._generating: dict[Any, list[int]] = {}
        self._places: dict[str, int] = {}
        self._again_already: set[int] = set()
        self._at: dict[Any, str] = {}
        """The module that each worker stays with."""
        config.pluginmanager.register(self)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note which rules of a worker can generate more requests."""
        record = dict(report.user_properties).get(RECORD) if report.when == "call" else None
        if isinstance(record, dict) and record["generates"] and not record["round"]:
            node = getattr(report, "node")  # noqa: B009 (added by xdist)
            self._generating.setdefault(node, []).append(self._places[report.nodeid])

    @property
    def tests_finished(self) -> bool:
        """Whether every worker is shutting down."""
        if not self.collection_is_completed or self.collection is None:
            return False
        return not self.pending and all(node.shutting_down for node in self.nodes)

    def schedule(self) -> None:
        """Hand out the first rules: the costliest, each followed by one of the cheapest."""
        if self.collection is not None:
            for node in self.nodes:
                self.check_schedule(node)
            return
        same = self._check_nodes_have_same_collection()  # it reports a difference
        self.collection = next(iter(self.node2collection.values())) if same else []
        self._places = {nodeid: place for place, nodeid in enumerate(self.collection)}
        dealt = [place for place in range(len(self.collection)) if self._rule(place) in self._dealt]
        self._shares = {node: list(dealt) for node in self.nodes}
        self.pending[:] = [place for place in range(len(self.collection)) if place not in dealt]
        for place in (0, -1):
            for node in self.nodes:
                if self.pending:
                    self._give(node, self.pending.pop(place))
        for node in self.nodes:
            self.check_schedule(node)

    def check_schedule(self, node: Any, duration: float = 0) -> None:
        """Give a worker its next rules, or shut it down."""
        while not node.shutting_down and len(self.node2pending[node]) < 2:
            if self.pending:
                self._give(node, self._chosen(node))
            elif shares := self._shares.get(node):
                self._give(node, shares.pop())
            elif (place := self._again(node)) is not None:
                self._give(node, place)
            else:
                node.shutdown()

    def _chosen(self, node: Any) -> int:
        """The next rule: a costly one, else one of the worker's module, else of the fullest."""
        first = self.pending[0]
        if self._rule(first) not in COSTLIEST:
            full = Counter(map(self._module, self.pending))
            working = Counter(self._at.values())
            own = self._at.get(node)
            if own not in full:
                own = max(full, key=lambda module: full[module] / (1 + working[module]))
            first = next(place for place in self.pending if self._module(place) == own)
            self._at[node] = self._module(first)
        self.pending.remove(first)
        return first

    def _rule(self, place: int) -> str:
        return rule_of(self._nodeid(place))

    def _module(self, place: int) -> str:
        return self._nodeid(place).partition("::")[0]

    def _nodeid(self, place: int) -> str:
        assert self.collection is not None
        return self.collection[place]

    def _again(self, node: Any) -> int | None:
        """A rule that the worker can run again, while there is time."""
        if SYSTEM.time() >= self._until:
            return None
        if not self._generating.get(node):
            # None of its finished rules generates requests; its last rule may.
            last = self.node2pending[node][-1:]
            if not last or last[0] in self._again_already:
                return None
            self._again_already.add(last[0])
            return last[0]
        own = self._generating[node]
        own.append(own.pop(0))
        return own[-1]

    def _give(self, node: Any, place: int) -> None:
        self.node2pending[node].append(place)
        node.send_runtest_some([place])
