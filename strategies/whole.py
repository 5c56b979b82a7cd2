"""Whole requests: every parameter at once, each from one of its value classes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, product

from allpairspy import AllPairs
from hypothesis import event, target
from hypothesis import strategies as st

from conformance.model.request import Draft, create_image
from strategies.fit import fitted
from strategies.parameters import PARAMETERS, Kind, ValueClass, class_of

_PLAIN = create_image()
Chosen = tuple[str, ...]
"""The name of a class of each parameter, in the order of PARAMETERS."""
Pair = tuple[tuple[str, str], tuple[str, str]]
"""Two parameters, each with a class."""
Combination = tuple[tuple[str, str], ...]
"""Some parameters, each with a class."""


def whole(drafts: Iterable[Draft]) -> Draft:
    """The request that differs from the minimal one in everything in which one of these does.

    Its mappings fit its source instance.
    """
    minimal = dict(_PLAIN.params)
    merged = _PLAIN
    for draft in drafts:
        own = dict(draft.params)
        merged = merged.without(*(name for name in minimal if name not in own))
        merged = merged.having({n: v for n, v in draft.params if minimal.get(n) != v})
        if draft.form != _PLAIN.form:
            merged = merged.sent(form=draft.form)
        if draft.signing != _PLAIN.signing:
            merged = merged.sent(signing=draft.signing)
    return fitted(merged)


def rows(strength: int) -> Iterator[Chosen]:
    """Choices that cover each combination of two or three classes that one request can have.

    At most one class of a row is not legal, so that one rule decides. First come the legal rows.
    """
    legal = [_names(classes, Kind.LEGAL) for classes in PARAMETERS.values()]
    pairs = [tuple(row) for row in AllPairs(legal)]
    yield from pairs
    yield from _remaining(pairs)
    if strength > 2:
        yield from _completed(pairs, legal)
        for place, classes in enumerate(PARAMETERS.values()):
            for wrong in _names(classes, Kind.WRONG, Kind.UNSPECIFIED):
                yield from ((*row[:place], wrong, *row[place + 1 :]) for row in pairs)
        return
    most = max(map(len, legal))
    for place, classes in enumerate(PARAMETERS.values()):
        for wrong in _names(classes, Kind.WRONG, Kind.UNSPECIFIED):
            values = len(class_of(tuple(PARAMETERS)[place], wrong).drafts)
            for number in range(max(most, values)):
                row = [each[number % len(each)] for each in legal]
                yield (*row[:place], wrong, *row[place + 1 :])


def _remaining(given: Iterable[Chosen]) -> Iterator[Chosen]:
    """Rows in which each value of a legal class has a turn that it has in none of the given rows.

    What a row does not need is plain.
    """
    turns = Counter(item for row in given for item in zip(PARAMETERS, row, strict=True))
    waiting = {
        parameter: [
            each.name
            for each in classes
            if each.kind is Kind.LEGAL
            for _ in range(len(each.drafts) - turns[parameter, each.name])
        ]
        for parameter, classes in PARAMETERS.items()
    }
    while any(waiting.values()):
        yield tuple(
            names.pop(0) if names else PARAMETERS[parameter][0].name
            for parameter, names in waiting.items()
        )


def _completed(given: list[Chosen], legal: list[list[str]]) -> Iterator[Chosen]:
    """Rows that cover each triple of legal classes that the given rows lack.

    Each row begins with a missing triple, and takes for the other parameters the classes that
    complete most of the missing triples. allpairspy leaves most triples out.
    """
    missing = {
        tuple(zip(places, classes, strict=True)): None
        for places in combinations(range(len(legal)), 3)
        for classes in product(*(legal[place] for place in places))
    }

    def take(row: Chosen) -> None:
        for each in combinations(enumerate(row), 3):
            missing.pop(each, None)

    def gain(row: dict[int, str], place: int, name: str) -> int:
        items = {**row, place: name}
        others = combinations(sorted(row), 2)
        return sum(
            tuple((at, items[at]) for at in sorted((*two, place))) in missing for two in others
        )

    for row in given:
        take(row)
    while missing:
        chosen = dict(next(iter(missing)))
        for place, names_of in enumerate(legal):
            if place not in chosen:
                chosen[place] = max(names_of, key=lambda name: gain(chosen, place, name))
        row = tuple(chosen[place] for place in range(len(legal)))
        take(row)
        yield row


LADEN: Chosen = (
    "the core characters", "text", "running", "true", "false", "empty volumes", "of both", "absent",
    "CreateImage", "POST", "header",
)  # fmt: skip
"""A legal request with something beyond the minimal request in each parameter that has it."""


def laden_rows() -> Iterator[Chosen]:
    """The laden request with each wrong class in its place."""
    for place, classes in enumerate(PARAMETERS.values()):
        for wrong in (each.name for each in classes if each.laden and each.kind is Kind.WRONG):
            yield (*LADEN[:place], wrong, *LADEN[place + 1 :])


def not_legal(row: Chosen) -> str:
    """The parameter of which a row has a class that is not legal, or an empty text."""
    for parameter, name in zip(PARAMETERS, row, strict=True):
        if class_of(parameter, name).kind is not Kind.LEGAL:
            return parameter
    return ""


def wrong_of(row: Chosen) -> tuple[str, str]:
    """The parameter of which a row has a class that is not legal, and the class; or empty texts."""
    parameter = not_legal(row)
    return parameter, dict(zip(PARAMETERS, row, strict=True)).get(parameter, "")


def kind_of_row(row: Chosen) -> Kind:
    """What the documents say of the requests of a row, of which one class at most is not legal."""
    parameter, name = wrong_of(row)
    return class_of(parameter, name).kind if parameter else Kind.LEGAL


def _names(classes: tuple[ValueClass, ...], *kinds: Kind) -> list[str]:
    return [each.name for each in classes if each.kind in kinds]


class Turns:
    """Gives each value of a class its turn. The seed decides which is first."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._taken = Counter[tuple[str, str, bool]]()

    def request_of(self, chosen: Chosen) -> Draft:
        """The request of the next value of each chosen class.

        Legal values have other turns beside one that is not legal: such a request is refused.
        """
        wrong = bool(not_legal(chosen))
        return whole(
            self._next(class_of(parameter, name), (parameter, name, wrong))
            for parameter, name in zip(PARAMETERS, chosen, strict=True)
        )

    def _next(self, found: ValueClass, key: tuple[str, str, bool]) -> Draft:
        first = random.Random(f"{self._seed} {key}").randrange(len(found.drafts))
        self._taken[key] += 1
        return found.drafts[(first + self._taken[key]) % len(found.drafts)]


def requests_of(chosen: Chosen) -> st.SearchStrategy[Draft]:
    """Requests with a value of each chosen class."""
    classes = (class_of(p, name) for p, name in zip(PARAMETERS, chosen, strict=True))
    return st.tuples(*(st.sampled_from(each.drafts) for each in classes)).map(whole)


@st.composite
def whole_requests(draw: st.DrawFn, seen: set[Combination]) -> Draft:
    """Whole requests. Half of them are legal, and most others have one class that is not.

    An unspecified class is beside legal ones alone: it may decide how a wrong one is answered.
    Hypothesis prefers requests with triples of classes that ``seen`` lacks. The triples of each
    drawn request are added to it.
    """
    chosen = [draw(st.sampled_from(_names(classes, Kind.LEGAL))) for classes in PARAMETERS.values()]
    most = draw(st.sampled_from((0, 0, 0, 0, 1, 1, 1, 2)))
    kinds = (Kind.WRONG,) if most > 1 else (Kind.WRONG, Kind.UNSPECIFIED)
    for _ in range(most):
        place = draw(st.integers(0, len(chosen) - 1))
        classes = tuple(PARAMETERS.values())[place]
        others = _names(classes, *kinds) or [classes[0].name]
        chosen[place] = draw(st.sampled_from(others))
    triples = combinations_of(tuple(chosen), 3) - seen
    target(float(len(triples)), label="new triples of classes")
    event("new triples of classes", bool(triples))
    seen |= triples
    return draw(requests_of(tuple(chosen)))


def pairs_of(chosen: Chosen) -> frozenset[Pair]:
    """The pairs of classes that a choice has."""
    return frozenset(combinations(zip(PARAMETERS, chosen, strict=True), 2))


def combinations_of(chosen: Chosen, size: int) -> frozenset[Combination]:
    """The combinations of so many classes that a choice has."""
    return frozenset(combinations(zip(PARAMETERS, chosen, strict=True), size))


@cache
def all_pairs() -> frozenset[Pair]:
    """Every pair of classes of which at most one is not legal."""
    found: set[Pair] = set()
    for one, other in combinations(PARAMETERS, 2):
        for first, second in product(PARAMETERS[one], PARAMETERS[other]):
            if Kind.LEGAL in (first.kind, second.kind):
                found.add(((one, first.name), (other, second.name)))
    return frozenset(found)
