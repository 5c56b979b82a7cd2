"""Interrupts that are not lost.

Python drops a KeyboardInterrupt that is raised while a destructor or a callback of C code runs.
So one that was asked for is remembered too, and the door that every request passes raises it
again. SIGTERM ends a run in the same way: with what it made removed.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_asked = threading.Event()


@contextlib.contextmanager
def heeded() -> Iterator[None]:
    """SIGINT and SIGTERM interrupt what is done meanwhile, in this process's main thread."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, _ask) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
        _asked.clear()


def check() -> None:
    """Raise KeyboardInterrupt where one was asked for and not taken notice of yet."""
    if _asked.is_set():
        raise KeyboardInterrupt


def taken() -> None:
    """It was: what comes now is the clean-up."""
    _asked.clear()


def _ask(number: int, frame: FrameType | None) -> None:
    _asked.set()
    raise KeyboardInterrupt
