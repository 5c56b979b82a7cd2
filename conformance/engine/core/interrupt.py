"""Ctrl-C, and a polite request to end: heard at any moment, and never lost.

Python drops an exception that is raised in a destructor, and libraries swallow some. So a signal
is counted too, and whatever would send the next request raises once more. The clean-up is let end;
a second signal ends that too, and the ledger knows what is left.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _State:
    heard = 0
    cleaning = False


def listen() -> None:
    """Hear signals from now on. Only a main thread can."""
    _State.heard, _State.cleaning = 0, False
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, _hear)


def _hear(number: int, frame: FrameType | None) -> None:
    _State.heard += 1
    if not _State.cleaning or _State.heard > 1:
        raise KeyboardInterrupt


def check() -> None:
    """Raise KeyboardInterrupt where one was heard, unless the clean-up has begun."""
    if _State.heard and not _State.cleaning:
        raise KeyboardInterrupt


def clean_up_begins() -> bool:
    """Let requests pass again; whether the run was interrupted."""
    _State.cleaning = True
    return _State.heard > 0
