"""Runs Hypothesis on one arm of a property: it generates drafts and shrinks those that deviate.

Two private names of Hypothesis are replaced while it runs (see :func:`_from_the_seed_alone`), so
pyproject allows only the releases with which that was tested.
"""

from __future__ import annotations

import gc
import zlib
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any, Protocol, TypeVar
from unittest import SkipTest

import hypothesis.core
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.database import ExampleDatabase
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.strategies import SearchStrategy

from conformance.model.request import Draft


class Identified(Protocol):
    """Something that a draft shows. It is the same as another if the identities are equal."""

    @property
    def identity(self) -> Hashable: ...


Found = TypeVar("Found", bound=Identified)

_AGAIN = 10
"""Most examples that are taken from a database, beside those with distinct failures."""


class DeviationFound(Exception):
    """A draft showed a deviation. Each identity has a subclass of its own."""

    def __init__(self, deviation: Identified) -> None:
        self.deviation = deviation
        super().__init__(str(deviation.identity))


@cache
def _type_for(identity: Hashable) -> type[DeviationFound]:
    """The exception type of an identity. Hypothesis shrinks each exception type separately."""
    return type(f"DeviationFound[{identity}]", (DeviationFound,), {})


def explore(
    drafts: SearchStrategy[Draft],
    evaluate: Callable[[Draft], list[Found]],
    *,
    examples: int,
    seed: int,
    salt: str,
    known: Collection[Hashable],
    already_sent: Callable[[Draft], bool],
    most_after_failure: int,
    database: ExampleDatabase | None = None,
    is_over: Callable[[], bool] = bool,
) -> list[Found]:
    """The deviations that generated drafts show and ``known`` lacks, shrunk.

    ``seed`` and ``salt`` (a rule and an arm) determine the drafts in every process. After the first
    failure at most ``most_after_failure`` new drafts are sent, since each may create an image.
    Later drafts count as passing. No new draft is sent once ``is_over`` returns true.

    The ``database`` has drafts that failed in earlier runs; they come first.
    """

    def run(settings: hypothesis.settings) -> list[Found]:
        left = most_after_failure
        failed = False
        passed_over: set[Draft] = set()

        @settings  # outside of the seed, which takes the database away
        @seeded(seed, salt)
        @hypothesis.given(drafts)
        def arm(draft: Draft) -> None:
            nonlocal left, failed
            if draft in passed_over:
                return
            if not already_sent(draft):
                if (failed and left == 0) or is_over():
                    passed_over.add(draft)
                    return
                left -= failed
            for deviation in evaluate(draft):
                if deviation.identity not in known:
                    failed = True
                    raise deviation_found(deviation)

        return gathered(arm)

    return in_turn(run, examples, database=database)


def generated(drafts: SearchStrategy[Draft], *, examples: int, seed: int, salt: str) -> list[Draft]:
    """The drafts that :func:`explore` will generate as long as none of them fails."""
    found: dict[Draft, None] = {}

    @quiet(examples)
    @seeded(seed, salt)
    @hypothesis.given(drafts)
    def arm(draft: Draft) -> None:
        found[draft] = None

    with _from_the_seed_alone():
        arm()
    return list(found)


def in_turn(
    run: Callable[[hypothesis.settings], list[Found]],
    examples: int,
    steps: int = 1,
    database: ExampleDatabase | None = None,
) -> list[Found]:
    """The deviations of two runs of Hypothesis: on the database's examples, on generated drafts.

    In a single run Hypothesis generates nothing once an old example fails, so a database would
    hide deviations.
    """
    found: list[Found] = []
    if database is not None:
        found += run(quiet(_AGAIN, steps, database, (Phase.reuse, Phase.shrink)))
    if examples:
        found += run(quiet(examples, steps, database))
    return found


def seeded(seed: int, salt: str) -> Callable[[Any], Any]:
    """A decorator that makes what Hypothesis generates the same in every process."""
    return hypothesis.seed(zlib.crc32(f"{seed} {salt}".encode()))


@contextmanager
def _from_the_seed_alone() -> Iterator[None]:
    """Make what Hypothesis generates depend on the seed alone. No setting of Hypothesis does so.

    Hypothesis also generates constants that it finds in the loaded modules. These differ between
    one worker and several, between a run and its recording, and between an installed suite and a
    checkout.

    Hypothesis also resets the ``random`` module before each example. Throttled workers would then
    all pause for the same time.
    """
    core: Any = hypothesis.core  # none of this is in its published types
    usual = providers._get_local_constants, core.deterministic_PRNG
    providers._get_local_constants, core.deterministic_PRNG = Constants, nullcontext
    try:
        yield
    finally:
        providers._get_local_constants, core.deterministic_PRNG = usual


def quiet(
    examples: int,
    steps: int = 1,
    database: ExampleDatabase | None = None,
    phases: Collection[Phase] = (Phase.generate, Phase.shrink),
) -> hypothesis.settings:
    """Settings without deadline and output. ``steps`` is the most steps of a state machine."""
    return hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        database=database,
        deadline=None,
        derandomize=False,
        print_blob=False,
        phases=phases,
        report_multiple_bugs=True,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )


def deviation_found(deviation: Identified) -> DeviationFound:
    """The exception that reports a deviation to Hypothesis."""
    return _type_for(deviation.identity)(deviation)


def gathered(run: Callable[[], object]) -> list[Any]:
    """The shrunk deviations that a run of Hypothesis ends with."""
    try:
        with _from_the_seed_alone():
            run()
    except DeviationFound as one:
        return [one.deviation]
    except ExceptionGroup as several:
        return _deviations(several)
    except SkipTest:
        return []  # the database had no failing example
    finally:
        _keep_what_is_loaded()
    return []


@cache
def _keep_what_is_loaded() -> None:
    """Exclude modules, models and strategies from garbage collection, once per process.

    The collector would take a tenth of a run's time to visit them. This comes after the first run
    of Hypothesis, which searches the collected objects when it starts.
    """
    gc.freeze()
    gc.set_threshold(10_000, *gc.get_threshold()[1:])


def _deviations(group: ExceptionGroup[Any]) -> list[Any]:
    found: list[Any] = []
    for error in group.exceptions:
        if isinstance(error, DeviationFound):
            found.append(error.deviation)
        elif isinstance(error, ExceptionGroup):
            found += _deviations(error)
        else:
            raise error
    return found
