"""``amiproof sweep``: removes what interrupted runs left at a target."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping

from rich.console import Console

from conformance.commands.output import print_left, print_line
from conformance.engine.client import account
from conformance.engine.client.api import Api
from conformance.engine.client.client import GuardedClient
from conformance.engine.client.connect import answers, connect, named, resolve
from conformance.engine.client.environment import OUTSIDE, Environment
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger, ledgers
from conformance.engine.core.errors import UsageError
from conformance.engine.core.target import Target
from conformance.engine.resources.cleanup import clean_up


def sweep(
    given: str | None, overrides: Mapping[str, str], environment: Environment = OUTSIDE
) -> int:
    """Remove what finished runs left at a target. Returns 0, or 5 if something is left.

    Raises UsageError for an unknown target, CannotTest for one that does not respond.
    """
    name = named(given, overrides.get("profile"))
    if name in ("moto", "reference"):
        raise UsageError(f"{name} starts and ends with a run: there is nothing to sweep.")
    console = Console()
    left: list[str] = []
    live = 0
    with contextlib.ExitStack() as stack:
        target = account.admitted(resolve(name, overrides, stack, environment))
        with connect(target, environment) as client:
            answers(target, client)
        for ledger in _ledgers_of(target, environment):
            if ledger.is_in_use():
                live += 1
                print_line(f"run {ledger.run_id} is still going: not touched", console=console)
                continue
            with contextlib.closing(ledger):
                left += _swept(target, ledger, console, environment)
    print_left(left, console=console)
    if not left:
        of = "runs that have ended" if live else "amiproof's"
        console.print(f"Nothing of {of} is left at the target.")
    return 5 if left else 0


def _ledgers_of(target: Target, environment: Environment) -> Iterator[Ledger]:
    """The ledgers of the runs against a target, oldest first."""
    where = (target.endpoint, target.region, account.digest(target.account))
    for folder in sorted((environment.home or ledgers()).glob("*/")):
        ledger = Ledger(folder, "sweep", clock=environment.clock)
        header = ledger.header()
        if header and (header.endpoint, header.region, header.account) == where:
            yield ledger


def _swept(target: Target, ledger: Ledger, console: Console, environment: Environment) -> list[str]:
    ledger.open()
    earlier = _gone(ledger)
    with connect(target, environment) as client:
        api = Api(GuardedClient(client, Guard(ledger)), environment.clock)
        left = clean_up(ledger, api, target.window, later=True)
    gone = _gone(ledger) - earlier
    if gone:
        kinds = ", ".join(f"{gone[kind]} {kind}{'s' * (gone[kind] > 1)}" for kind in gone)
        print_line(f"run {ledger.run_id}: {kinds} removed or gone", console=console)
    return [f"{thing}, of run {ledger.run_id}" for thing in left]


def _gone(ledger: Ledger) -> Counter[str]:
    return Counter(entry.kind for entry in ledger.entries() if entry.event == "gone")
