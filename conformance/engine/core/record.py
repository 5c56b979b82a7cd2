"""What one property leaves behind: plain data that travels from a worker to the controller."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import zip_longest
from operator import add, sub
from typing import Any

import msgspec
from msgspec import UNSET

from conformance.engine.core.protocol import ACCOUNT
from reports.results import Deviation, Identity, Observation, Wait


class RuleDeviation(msgspec.Struct, frozen=True):
    """A deviation and the rule it breaks."""

    rule: str
    deviation: Deviation

    @property
    def identity(self) -> Identity:
        """What makes two findings the same."""
        return self.deviation.identity(self.rule)

    @property
    def size(self) -> tuple[int, int]:
        """Smaller is easier to read: fewer parameters, then shorter values."""
        request = self.deviation.request
        return len(request), sum(len(v) for _, v in request)

    def seen_after(self, requests: int | None) -> RuleDeviation:
        """The finding with how many requests were sent before it was first seen, if known."""
        seen = UNSET if requests is None else requests
        return RuleDeviation(self.rule, msgspec.structs.replace(self.deviation, first_seen=seen))


class Cost(msgspec.Struct, frozen=True):
    """What was sent."""

    requests: int = 0
    create_image_requests: int = 0
    images_created: int = 0
    retried: int = 0
    """Requests that were throttled, or stayed without an answer."""
    answers: tuple[int, ...] = ()
    """Answers to CreateImage by how long they took: see LATENCIES."""

    def __sub__(self, other: Cost) -> Cost:
        return self._with(other, sub)

    def __add__(self, other: Cost) -> Cost:
        return self._with(other, add)

    def _with(self, other: Cost, do: Callable[[int, int], int]) -> Cost:
        return Cost(
            do(self.requests, other.requests),
            do(self.create_image_requests, other.create_image_requests),
            do(self.images_created, other.images_created),
            do(self.retried, other.retried),
            tuple(do(*pair) for pair in zip_longest(self.answers, other.answers, fillvalue=0)),
        )


class Record(msgspec.Struct):
    """What a property found out about its rule, and what of others it came across."""

    rule: str
    keeps: int = 0
    breaks: int = 0
    untested: list[str] = msgspec.field(default_factory=list)
    """Why requests decided nothing, in the order met, each reason once."""
    lacking: str = ""
    """What the target has not got, where the rule is not applicable."""
    cut_short: str = ""
    """Why the run ended before the property did."""
    cannot: bool = False
    """Whether that is because the target cannot be tested at all."""
    findings: list[RuleDeviation] = msgspec.field(default_factory=list)
    """Deviations from this rule and from others, each identity once."""
    observations: list[Observation] = msgspec.field(default_factory=list)
    cost: Cost = Cost()
    waits: list[Wait] = msgspec.field(default_factory=list)
    """What did not show at once."""
    values: dict[str, int] = msgspec.field(default_factory=dict)
    """How many drawn requests had a value of a class, by class."""
    draws: bool = False
    """Whether more can be drawn, in another round."""
    round: int = 0
    """How often the property had been exercised before in its process."""

    def absorb(self, later: Record) -> list[RuleDeviation]:
        """Take in what the same property found out in another round; what of it is new."""
        known = {finding.identity for finding in self.findings}
        self.keeps += later.keeps
        self.breaks += later.breaks
        self.untested += [why for why in later.untested if why not in self.untested]
        self.cut_short = self.cut_short or later.cut_short
        for finding in later.findings:
            self.add(finding)
        self.cost += later.cost
        noted = {(wait.subject, wait.kind) for wait in self.waits}
        self.waits += [wait for wait in later.waits if (wait.subject, wait.kind) not in noted]
        for each, times in later.values.items():
            self.values[each] = self.values.get(each, 0) + times
        return [finding for finding in self.findings if finding.identity not in known]

    def add(self, finding: RuleDeviation) -> None:
        """Keep a finding, unless one of the same identity is here already.

        Of the property's own rule the first counts: drafts that are always tried come first, in
        the order in which a person would try them. Of other rules the smallest counts.
        """
        for place, known in enumerate(self.findings):
            if known.identity == finding.identity:
                if finding.rule != self.rule and finding.size < known.size:
                    self.findings[place] = finding
                return
        self.findings.append(finding)

    def without(self, account: str | None) -> Record:
        """The record with nothing in it that tells the account: it is written, and passed on."""
        if not account:
            return self
        text = json.dumps(self.to_json())
        return Record.from_json(json.loads(text.replace(account, ACCOUNT)))

    def own(self) -> list[RuleDeviation]:
        """The deviations from the property's own rule."""
        return [f for f in self.findings if f.rule == self.rule]

    def to_json(self) -> Any:
        """Plain data, as pytest-xdist can carry it."""
        return msgspec.to_builtins(self)

    @staticmethod
    def from_json(data: Any) -> Record:
        """The record that :meth:`to_json` made."""
        return msgspec.convert(data, Record)


def merged(records: list[Record]) -> list[RuleDeviation]:
    """Of each identity one finding: that of the rule's own property, else the smallest."""
    best: dict[Identity, tuple[bool, tuple[int, int], RuleDeviation]] = {}
    first: dict[Identity, int] = {}
    for record in records:
        for finding in record.findings:
            if (seen := finding.deviation.first_seen) is not UNSET:
                first[finding.identity] = min(seen, first.get(finding.identity, seen))
            candidate = (finding.rule != record.rule, finding.size, finding)
            known = best.get(finding.identity)
            if known is None or candidate[:2] < known[:2]:
                best[finding.identity] = candidate
    return [finding.seen_after(first.get(identity)) for identity, (_, _, finding) in best.items()]
