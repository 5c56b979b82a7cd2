"""The budget: how many calls, images, instances and minutes a run may use.

Each call is counted before it is sent, so the run never exceeds its budget. All processes of a run
share one file of counts, changed under a lock. A request that may create an image counts as one
until its response says otherwise. The budget keeps calls back for the clean-up.
"""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
from filelock import FileLock

from conformance.clock import SYSTEM, Clock
from conformance.engine.core.errors import CutShort, UsageError
from conformance.model.hindrance import Hindrance

_PATIENCE = 60.0
"""Seconds to wait for other processes' requests, which may return what they reserved."""
_LISTINGS = 20
_EACH_IMAGE = 5
_EACH_INSTANCE = 5
"""Calls of the clean-up: to list resources; for an image and its snapshots; for an instance and its
volumes."""


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """The limits of a run. None is no limit."""

    images: int | None = None
    instances: int | None = None
    calls: int | None = None
    minutes: float | None = None

    def over(self, other: Limits) -> Limits:
        """These limits, completed by another's."""
        given = {name: value for name in _NAMES if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(other, **given)

    def __str__(self) -> str:
        given = [(name, getattr(self, name)) for name in _NAMES]
        return ",".join(f"{name}={value:g}" for name, value in given if value is not None)


_NAMES = tuple(field.name for field in msgspec.structs.fields(Limits))


def limits(text: str) -> Limits:
    """The limits of ``images=10,calls=500``. Raises UsageError."""
    found: dict[str, float] = {}
    for part in filter(None, text.replace(" ", "").split(",")):
        name, _, value = part.partition("=")
        try:
            number = float(value) if name == "minutes" else int(value)
        except ValueError:
            number = -1
        if name not in _NAMES or number < 0:
            raise UsageError(
                f"--budget has {part!r}: give some of images=N,instances=N,calls=N,minutes=N."
            )
        found[name] = number
    return Limits(**found)  # type: ignore[arg-type]


class _Counts(msgspec.Struct):
    calls: int = 0
    made: dict[str, int] = msgspec.field(default_factory=dict)
    """Images and instances that were created, or may have been."""
    asked: dict[str, int] = msgspec.field(default_factory=dict)
    """Requests for images and instances that have no response yet."""

    over: str = ""
    """Why the run ends, once one of its processes has spent the budget."""

    def of(self, kind: str) -> int:
        return self.made.get(kind, 0) + self.asked.get(kind, 0)


class Budget:
    """The budget of a run, shared by its processes."""

    def __init__(self, limits: Limits, folder: Path, started: float, clock: Clock = SYSTEM) -> None:
        """``folder`` is the run's own; ``started`` is in seconds since 1970."""
        self._limits, self._clock = limits, clock
        self._path = folder / "budget.json"
        self._processes = FileLock(folder / "budget.mutex", thread_local=False)
        self._threads = threading.Lock()
        self._started = started
        self._unlimited = limits == Limits()

    def take(self, kind: str | None) -> None:
        """Count a call that may create a resource of a kind. Raises CutShort beyond the budget."""
        if self._unlimited:
            return
        deadline = self._clock.now() + _PATIENCE
        while True:
            with self._threads, self._processes:
                counts = self._read()
                if counts.over:
                    raise CutShort(counts.over, Hindrance.BUDGET)
                spent = self._spent(counts, kind)
                if not spent:
                    counts.calls += 1
                    if kind is not None:
                        counts.asked[kind] = counts.asked.get(kind, 0) + 1
                    self._write(counts)
                    return
            # Another process may still learn that its request created nothing.
            if not counts.asked.get(kind or "") or spent in ("calls", "minutes"):
                break
            if self._clock.now() > deadline:
                break
            self._clock.sleep(0.02)
        over = f"the budget is spent ({spent}={getattr(self._limits, spent):g})"
        with self._threads, self._processes:
            counts = self._read()
            counts.over = over
            self._write(counts)
        raise CutShort(over, Hindrance.BUDGET)

    def settle(self, kind: str | None, made: int) -> None:
        """Record how many resources a call created, or may have created."""
        if kind is None or self._unlimited:
            return
        with self._threads, self._processes:
            counts = self._read()
            counts.asked[kind] = max(counts.asked.get(kind, 0) - 1, 0)
            counts.made[kind] = counts.made.get(kind, 0) + made
            self._write(counts)

    def _spent(self, counts: _Counts, kind: str | None) -> str:
        """The name of the limit that one more call would exceed, or ""."""
        limits = self._limits
        if limits.minutes is not None and self._clock.time() - self._started >= limits.minutes * 60:
            return "minutes"
        for each, limit in (("image", limits.images), ("instance", limits.instances)):
            if kind == each and limit is not None and counts.of(each) >= limit:
                return f"{each}s"
        images = counts.of("image") + (kind == "image")
        instances = counts.of("instance") + (kind == "instance")
        kept_back = _LISTINGS + _EACH_IMAGE * images + _EACH_INSTANCE * instances
        if limits.calls is not None and counts.calls + 1 + kept_back > limits.calls:
            return "calls"
        return ""

    def _read(self) -> _Counts:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Counts)
        except OSError:
            return _Counts()

    def _write(self, counts: _Counts) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(msgspec.json.encode(counts))
