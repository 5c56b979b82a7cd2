"""``amiproof plan``: what a run would do, and the question before it uses a real account."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import botocore.session
import msgspec

from conformance.commands.output import print_line
from conformance.engine.client.budget import Limits
from conformance.engine.client.connect import PERSONAS, configured, named, resolve
from conformance.engine.client.iam_policy import policy
from conformance.engine.core.errors import UsageError
from conformance.engine.core.selection import selected_rules
from conformance.engine.core.target import Target
from conformance.engine.run.config import RunConfig
from conformance.engine.run.sharding import read_shard

if TYPE_CHECKING:
    from conformance.commands.account_rehearsal import AccountPlan, Rehearsed
    from conformance.commands.rehearsal import Assumed, Plan


def plan(config: RunConfig, *, only_policy: bool) -> int:
    """Print what a run would do and cost. Nothing is sent to the target. Raises AmiproofError."""
    from conformance.commands import account_rehearsal
    from conformance.commands.rehearsal import measure

    read_shard(config.shard)
    selected_rules(config.select)
    name, overrides = named(config.target, config.profile), config.overrides()
    with contextlib.ExitStack() as stack:
        if name in ("moto", "reference", *PERSONAS):
            settings = {"endpoint": "http://127.0.0.1", **configured(name, overrides), "name": name}
            settings |= {"limits": "aws"} if name in PERSONAS else {}
            target = msgspec.convert(settings, Target)
        else:
            target = resolve(name, overrides, stack)
        config = _with_effort(config, target)
        if target.limits:
            on_account = account_rehearsal.measure(config, quickly=only_policy)
            planned = on_account.plan()
            if not only_policy:
                show_account(on_account, target)
        else:
            planned = measure(config, target.region)
            if not only_policy:
                show(planned, target)
    print(json.dumps(_policy(planned, target), indent=2))
    return 0


def _with_effort(config: RunConfig, target: Target) -> RunConfig:
    """The configuration with the effort that the run will have."""
    return replace(config, effort=config.effort or target.default_effort)


def _policy(planned: Plan, target: Target) -> object:
    session = botocore.session.Session()
    try:
        partition = session.get_partition_for_region(target.region)
    except ValueError:  # an emulator's own region
        partition = "aws"
    return policy(planned.calls.keys(), partition, target.region, target.instance_id)


def show_account(planned: AccountPlan, target: Target) -> None:
    """Print the plan of a run on a real account."""
    from conformance.commands.rehearsal import Assumed

    assumed, found = Assumed(), planned.plan()
    first = planned.runs[0]
    others = ", ".join(f"{n}: {minutes:.0f}" for n, minutes in planned.minutes.items())
    lines = [
        f"A run against {target.name} ({target.region}) with {planned.sources} source instances",
        *(
            f"  {kind:10} {found.most(kind):5} in all, {found.peak[kind]} at a time"
            for kind in ("instances", "images", "snapshots")
        ),
        f"  hours      {first.hours['instances']:.1f} of instances,"
        f" {first.hours['volume GiB']:.1f} GiB-hours of volumes,"
        f" {first.hours['snapshot GiB']:.1f} GiB-hours of snapshots",
        f"  calls      {found.calls.total():5}",
        *(f"    {count:6} {action}" for action, count in found.calls.most_common()),
        f"  time       about {planned.usual:.0f} minutes, at most {planned.worst:.0f} of"
        f" {len(planned.runs)} rehearsals",
        *([f"  by number of source instances, in minutes: {others}"] if planned.minutes else []),
        f"  money      about {dollars(first, assumed):.2f} US dollars",
        "Rehearsed in virtual time against an endpoint with AWS's documented limits and usual"
        " delays. Nothing was sent to the target.",
        f"Assumed: list prices of us-east-1: {assumed.instance_hour:g} $ an hour for an instance"
        f" (t3.micro), {assumed.volume_month:g} and {assumed.snapshot_month:g} $ a month for a GiB"
        " of volume and of snapshot. Taxes and other types differ.",
        "A target that accepts what it should reject makes more resources: set a budget.",
    ]
    for line in lines:
        print_line(line)


def dollars(run: Rehearsed, assumed: Assumed) -> float:
    """The cost of a rehearsed run."""
    storage = (
        run.hours["volume GiB"] * assumed.volume_month
        + run.hours["snapshot GiB"] * assumed.snapshot_month
    )
    return run.hours["instances"] * assumed.instance_hour + storage / 730


def show(planned: Plan, target: Target) -> None:
    """Print a plan."""
    from conformance.commands.rehearsal import Assumed

    assumed = Assumed()
    minutes = planned.seconds(assumed) / 60
    lines = [
        f"A run against {target.name} ({target.region}) at most",
        *(
            f"  {kind:10} {planned.most(kind):5} in all, {planned.peak[kind]} at a time"
            for kind in ("instances", "images", "snapshots")
        ),
        f"  storage    {planned.peak['volume GiB']:5} GiB of volumes,"
        f" {planned.peak['snapshot GiB']} GiB of snapshots",
        f"  calls      {planned.calls.total():5}, and more for a target that is slow",
        *(f"    {count:6} {action}" for action, count in planned.calls.most_common()),
        f"  time       about {minutes:.0f} minutes",
        f"  money      about {planned.dollars(assumed):.2f} US dollars",
        "Measured by the same run against the reference endpoint. Nothing was sent to the target.",
        f"Assumed: {assumed.call:g} s a call, {assumed.instance:g} s for an instance to start and"
        f" stop, {assumed.image:g} s for an image; list prices of us-east-1:"
        f" {assumed.instance_hour:g} $ an hour for an instance (t3.micro), {assumed.volume_month:g}"
        f" and {assumed.snapshot_month:g} $ a month for a GiB of volume and of snapshot;"
        " every resource kept for the whole run and an hour. Taxes and other types differ.",
        "A target that accepts what it should reject makes more resources: set a budget.",
    ]
    for line in lines:
        print_line(line)


def accepted(config: RunConfig, sentence: str) -> None:
    """Warn that a run will leave its resources behind; ask for a yes on a terminal.

    Raises UsageError for a no.
    """
    print_line(sentence, "yellow")
    if config.yes or not sys.stdin.isatty():
        return
    if input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise UsageError("Not confirmed: the run created nothing.")


def agreed(config: RunConfig, target: Target) -> Limits:
    """Show the plan of a run on a real account and ask for a yes. Returns the plan's budget.

    Raises UsageError without a yes.
    """
    if not config.yes and not sys.stdin.isatty():
        raise UsageError(
            "This is a real account. Read amiproof plan first, then give --yes or run in a"
            " terminal, which asks."
        )
    from conformance.commands import account_rehearsal  # with the persona, to measure by

    config = _with_effort(config, target)
    on_account = account_rehearsal.measure(config, quickly=True)
    show_account(on_account, target)
    planned = on_account.plan()
    if not config.yes and input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise UsageError("Not confirmed: nothing was sent.")
    return planned.limits()
