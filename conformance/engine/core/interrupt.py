"""SIGINT (Ctrl-C) and SIGTERM: a run never loses one.

Python drops an exception that a destructor raises, and libraries swallow some. So each signal is
also counted, and the guard raises again before the next request. The first signal does not stop
the clean-up; a second one does, and the ledger still lists what is left.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _State:
    received = 0
    cleaning = False


def listen() -> None:
    """Handle signals from now on. Python allows this only in the main thread."""
    _State.received, _State.cleaning = 0, False
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, _receive)


def _receive(number: int, frame: FrameType | None) -> None:
    _State.received += 1
    if not _State.cleaning or _State.received > 1:
        raise KeyboardInterrupt


def check() -> None:
    """Raise KeyboardInterrupt if a signal was received, unless the clean-up has begun."""
    if _State.received and not _State.cleaning:
        raise KeyboardInterrupt


def clean_up_begins() -> bool:
    """Let requests pass again. Returns whether the run was interrupted."""
    _State.cleaning = True
    return _State.received > 0
