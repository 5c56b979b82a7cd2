"""Hypothesis at work on one arm of one rule."""

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
    """What a draft may show: it is the same as another where its identity is."""

    @property
    def identity(self) -> Hashable: ...


Found = TypeVar("Found", bound=Identified)

_AGAIN = 10
"""Examples that are taken from a database; of those that failed in different ways, all."""


class Deviating(Exception):
    """A draft showed something. Each identity has a subclass of its own."""

    def __init__(self, finding: Identified) -> None:
        self.finding = finding
        super().__init__(str(finding.identity))


@cache
def _type_for(identity: Hashable) -> type[Deviating]:
    """The exception type of an identity: how Hypothesis tells deviations apart and shrinks each."""
    return type(f"Deviating[{identity}]", (Deviating,), {})


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
    """Everything that drawn drafts show and that is not known yet, shrunk.

    ``salt`` (a rule and an arm) and ``seed`` fix what is drawn, whichever worker draws. After the
    first failure only ``most_after_failure`` new drafts are sent: on a real account each shrinking
    step may make an image. Drafts beyond that count as passing, always the same ones.

    What once failed is in the ``database``, and tried first. Once the time ``is_over`` no new
    draft is sent.
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
            for finding in evaluate(draft):
                if finding.identity not in known:
                    failed = True
                    raise deviating(finding)

        return gathered(arm)

    return in_turn(run, examples, database=database)


def generated(drafts: SearchStrategy[Draft], *, examples: int, seed: int, salt: str) -> list[Draft]:
    """What :func:`explore` will draw as long as nothing shows."""
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
    """What a run of Hypothesis finds: first with what failed before, then drawing, as ever.

    Two runs, since Hypothesis draws nothing more where an old example fails again: what is found
    without a database would be missed with one.
    """
    found: list[Found] = []
    if database is not None:
        found += run(quiet(_AGAIN, steps, database, (Phase.reuse, Phase.shrink)))
    if examples:
        found += run(quiet(examples, steps, database))
    return found


def seeded(seed: int, salt: str) -> Callable[[Any], Any]:
    """A decorator that fixes what is drawn, whichever process draws."""
    return hypothesis.seed(zlib.crc32(f"{seed} {salt}".encode()))


@contextmanager
def _from_the_seed_alone() -> Iterator[None]:
    """Have what is drawn depend on the seed and nothing else, and leave Python's own random numbers
    as they are. There are no settings for either.

    Hypothesis also draws constants that it finds in the modules loaded so far. Those differ between
    one process and several, between a run and the judgement of its recording, and between an
    installed suite and a checkout; and to find them takes time.

    It also sets the ``random`` module's generator back before each example. Nothing that is drawn
    depends on that one, and the pauses of processes that are throttled should not be all the same.
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
    """Hypothesis without a deadline or words; ``steps`` is for state machines."""
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


def deviating(finding: Identified) -> Deviating:
    """The exception that tells Hypothesis of a finding."""
    return _type_for(finding.identity)(finding)


def gathered(run: Callable[[], object]) -> list[Any]:
    """The findings that a run of Hypothesis ends with, each shrunk."""
    try:
        with _from_the_seed_alone():
            run()
    except Deviating as one:
        return [one.finding]
    except ExceptionGroup as several:
        return _findings(several)
    except SkipTest:
        return []  # nothing was drawn: a database had no example that failed
    finally:
        _keep_what_is_loaded()
    return []


@cache
def _keep_what_is_loaded() -> None:
    """Have the garbage collector pass over what is there by now: modules, models, strategies.

    It would go through all of it every so often, for a tenth of a run's time. Done once, after
    Hypothesis has first run: at that time it looks for objects among those not set aside.
    """
    gc.freeze()
    gc.set_threshold(10_000, *gc.get_threshold()[1:])


def _findings(group: ExceptionGroup[Any]) -> list[Any]:
    found: list[Any] = []
    for error in group.exceptions:
        if isinstance(error, Deviating):
            found.append(error.finding)
        elif isinstance(error, ExceptionGroup):
            found += _findings(error)
        else:
            raise error
    return found
