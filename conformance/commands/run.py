"""``amiproof run`` and ``amiproof judge``: pytest over the suite, with our own output."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

import pytest
from rich.console import Console, ConsoleDimensions

from conformance import plugin
from conformance.commands.output import print_left, print_line
from conformance.commands.plan import accepted, agreed
from conformance.commands.view import View
from conformance.engine.client.cassette import read
from conformance.engine.core import interrupt
from conformance.engine.core.errors import CannotTest
from conformance.engine.run.config import FailOn, RunConfig
from conformance.engine.run.controller import Controller
from conformance.engine.run.live import environment_of
from conformance.plugin import AmiproofPlugin
from reports import full, terminal

_PYTEST = (
    "--pyargs",
    "conformance.suite",
    *("-p", "no:cacheprovider"),
    *("-p", "no:terminal"),
    # These two collect garbage several times to find errors that no verdict depends on.
    *("-p", "no:unraisableexception"),
    *("-p", "no:threadexception"),
    "--noconftest",  # those of the current folder are not ours
    "--assert=plain",  # no verdict rests on an assert; rewriting them takes a second
    *("-c", os.devnull),
    *("--rootdir", str(Path(plugin.__file__).parent)),
)


def run(config: RunConfig, with_workers: Sequence[str] = ()) -> int:
    """Run the suite. Returns the exit status. Raises AmiproofError.

    ``with_workers``: pytest's arguments for the workers, see :mod:`.fork_server`.
    """
    confirm, accept = partial(agreed, config), partial(accepted, config)
    with environment_of(config) as environment:
        controller = Controller(config, confirm=confirm, accept=accept, environment=environment)
        return controlled(controller, with_workers)


def judge_recording(
    file: Path,
    out: Path,
    baseline: Path | None = None,
    fail_on: FailOn | None = None,
    *,
    verbose: bool = False,
) -> int:
    """Judge a recording by today's rules. Returns the run's exit status. Raises AmiproofError."""
    recording = read(file)
    config = RunConfig(
        out=out, baseline=baseline, fail_on=fail_on or recording.header.fail_on, verbose=verbose
    )
    return controlled(Controller(config, recording=recording))


def controlled(run: Controller, with_workers: Sequence[str] = ()) -> int:
    console = _Console(file=_screen())
    view = View(console, run)
    run.subscribe(view)
    interrupt.listen()
    errors = io.StringIO()
    try:
        run.start()
        with contextlib.redirect_stderr(errors):  # what plugins print is about pytest
            status = int(pytest.main([*_PYTEST, *with_workers], [AmiproofPlugin(run), view]))
    finally:
        view.close()
        run.stop()
    if run.results is None:
        why = errors.getvalue().strip().rpartition("\n")[2] or f"pytest ended with {status}"
        print_line(f"The suite could not be run: {why}", console=console)
        return 4
    if run.errors or status == int(pytest.ExitCode.INTERRUPTED):
        status = 5 if run.left else 4
    if run.untestable:
        raise CannotTest(run.untestable)
    if run.config.verbose:
        full.summary(run.results, console, status=status)
    else:
        terminal.summary(run.results, console, status=status, where=run.config.out)
    for note in run.notes:
        print_line(note, "yellow", console=console)
    print_left(run.left, console=console)
    if run.config.out is not None:
        print_line(f"report: {run.config.out / 'report.html'}", console=console)
    return status


class _Console(Console):
    """A console as wide as its terminal. rich asks the standard streams, which pytest captures."""

    @property
    def size(self) -> ConsoleDimensions:
        if "COLUMNS" not in os.environ:
            with contextlib.suppress(OSError, ValueError):
                return ConsoleDimensions(*os.get_terminal_size(self.file.fileno()))
        return super().size

    @size.setter
    def size(self, new_size: tuple[int, int]) -> None:
        self._width, self._height = new_size


def _screen() -> TextIO:
    """A copy of standard output: pytest captures the original while a property runs."""
    try:
        number = os.dup(sys.stdout.fileno())
    except (OSError, ValueError):  # standard output is no file of the operating system
        return sys.stdout
    return os.fdopen(number, "w", encoding=sys.stdout.encoding, buffering=1)
