"""The record of a property: plain data that a worker sends to the controller."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import zip_longest
from operator import add, sub
from typing import Any

import msgspec
from msgspec import UNSET

from conformance.engine.core.protocol import ACCOUNT
from conformance.model.hindrance import Hindrance
from reports.results import Deviation, Identity, Observation, Wait

A_LONGER_WINDOW = "a longer window may decide it"
"""How a reason ends that says that a state was not reached in time."""


class RuleDeviation(msgspec.Struct, frozen=True):
    """A deviation and the rule it breaks."""

    rule: str
    deviation: Deviation

    @property
    def identity(self) -> Identity:
        """Two deviations with the same identity are the same."""
        return self.deviation.identity(self.rule)

    @property
    def size(self) -> tuple[int, int]:
        """The number of parameters, then the length of their values. Smaller is easier to read."""
        request = self.deviation.request
        return len(request), sum(len(v) for _, v in request)

    def seen_after(self, requests: int | None) -> RuleDeviation:
        """The deviation with the number of requests sent before it was first observed."""
        seen = UNSET if requests is None else requests
        return RuleDeviation(self.rule, msgspec.structs.replace(self.deviation, first_seen=seen))


class Cost(msgspec.Struct, frozen=True):
    """Counts of requests and of what they created."""

    requests: int = 0
    create_image_requests: int = 0
    images_created: int = 0
    retried: int = 0
    """Requests that were throttled or got no response."""
    answers: tuple[int, ...] = ()
    """Responses to CreateImage by latency class: see LATENCIES."""

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
    """The decisions of a property about its rule, and every deviation that it observed."""

    rule: str
    keeps: int = 0
    breaks: int = 0
    untested: list[str] = msgspec.field(default_factory=list)
    """Why requests decided nothing, each reason once, in order."""
    hindrances: list[Hindrance] = msgspec.field(default_factory=list)
    """Why another run may decide the rule, each hindrance once, in order."""
    masked: list[str] = msgspec.field(default_factory=list)
    """Why wrong answers to the rule's own requests do not speak against it, each reason once. The
    rule cannot pass then."""
    lacking: str = ""
    """What the target lacks for some requests. It counts if an arm is not decided without them."""
    cut_short: str = ""
    """Why the run ended before the property."""
    cannot: bool = False
    """Whether the run ended because the target cannot be tested."""
    deviations: list[RuleDeviation] = msgspec.field(default_factory=list)
    """Deviations from this rule and from others, each identity once."""
    observations: list[Observation] = msgspec.field(default_factory=list)
    cost: Cost = Cost()
    waits: list[Wait] = msgspec.field(default_factory=list)
    """Checks that failed at first and passed on retry."""
    values: dict[str, int] = msgspec.field(default_factory=dict)
    """The number of generated requests in each value class."""
    missing_pairs: list[int] | None = None
    """The numbers of the pairs of value classes that no whole request had, if any was sent."""
    generates: bool = False
    """Whether another round can generate more requests."""
    round: int = 0
    """How often the worker had run the property before."""

    def absorb(self, later: Record) -> list[RuleDeviation]:
        """Add the record of a later round, or of another worker's share. Returns the deviations
        that are new."""
        known = {deviation.identity for deviation in self.deviations}
        self.keeps += later.keeps
        self.breaks += later.breaks
        self.untested += [why for why in later.untested if why not in self.untested]
        self.hindrances += [
            hindrance for hindrance in later.hindrances if hindrance not in self.hindrances
        ]
        self.masked += [why for why in later.masked if why not in self.masked]
        self.cut_short = self.cut_short or later.cut_short
        for deviation in later.deviations:
            self.add(deviation)
        self.cost += later.cost
        noted = {(wait.subject, wait.kind) for wait in self.waits}
        self.waits += [wait for wait in later.waits if (wait.subject, wait.kind) not in noted]
        for each, times in later.values.items():
            self.values[each] = self.values.get(each, 0) + times
        if later.missing_pairs is not None:
            before = later.missing_pairs if self.missing_pairs is None else self.missing_pairs
            self.missing_pairs = sorted({*before} & {*later.missing_pairs})
        return [deviation for deviation in self.deviations if deviation.identity not in known]

    def add(self, deviation: RuleDeviation) -> None:
        """Add a deviation, unless one of the same identity is there.

        Of the property's own rule the first one stays: its drafts are in the order in which a
        person would try them. Of another rule the smallest one stays.
        """
        for place, known in enumerate(self.deviations):
            if known.identity == deviation.identity:
                if deviation.rule != self.rule and deviation.size < known.size:
                    self.deviations[place] = deviation
                return
        self.deviations.append(deviation)

    def note(self, why: str, hindrance: Hindrance | None = None) -> None:
        """Note why a request decided nothing, and why another run may decide it."""
        if why not in self.untested:
            self.untested.append(why)
        if why.endswith(A_LONGER_WINDOW):
            hindrance = hindrance or Hindrance.TIME
        if hindrance is not None and hindrance not in self.hindrances:
            self.hindrances.append(hindrance)

    def end(self, why: str, hindrance: Hindrance) -> None:
        """Note why the run ends before the property has."""
        self.cut_short = why
        if hindrance not in self.hindrances:
            self.hindrances.append(hindrance)

    def without(self, account: str | None) -> Record:
        """The record without the account id, for recordings that are published."""
        if not account:
            return self
        text = json.dumps(self.to_json())
        return Record.from_json(json.loads(text.replace(account, ACCOUNT)))

    def own(self) -> list[RuleDeviation]:
        """The deviations from the property's own rule."""
        return [f for f in self.deviations if f.rule == self.rule]

    @property
    def decided(self) -> bool:
        """Whether requests decided both arms, and each wrong answer speaks against the rule."""
        return self.keeps > 0 and self.breaks > 0 and not self.masked

    @property
    def needs(self) -> str:
        """What the target lacks, if the rule is not applicable without it."""
        return "" if self.decided or self.masked or self.untested else self.lacking

    @property
    def reasons(self) -> str:
        """Why the rule was not decided."""
        if self.decided:
            return ""
        if self.keeps and self.breaks:
            return "; ".join(self.masked)
        lacking = [self.lacking] if self.lacking else []
        return "; ".join(dict.fromkeys([*self.masked, *self.untested, *lacking]))

    def to_json(self) -> Any:
        """The record as plain data, which pytest-xdist can carry."""
        return msgspec.to_builtins(self)

    @staticmethod
    def from_json(data: Any) -> Record:
        """The record that :meth:`to_json` made."""
        return msgspec.convert(data, Record)


def merged(records: list[Record]) -> list[RuleDeviation]:
    """One deviation of each identity: that of the rule's own property, else the smallest."""
    best: dict[Identity, tuple[bool, tuple[int, int], RuleDeviation]] = {}
    first: dict[Identity, int] = {}
    for record in records:
        for deviation in record.deviations:
            if (requests := deviation.deviation.first_seen) is not UNSET:
                first[deviation.identity] = min(requests, first.get(deviation.identity, requests))
            candidate = (deviation.rule != record.rule, deviation.size, deviation)
            known = best.get(deviation.identity)
            if known is None or candidate[:2] < known[:2]:
                best[deviation.identity] = candidate
    return [
        deviation.seen_after(first.get(identity)) for identity, (_, _, deviation) in best.items()
    ]
