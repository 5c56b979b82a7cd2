"""``amiproof targets`` and ``amiproof doctor``: what a run could test.

The doctor sends requests that read, and requests that name no resource that exists: its CreateImage
is the one with which a run begins. On AWS it also sends a dry run of RunInstances.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace

from conformance.commands.account_checks import facts, launch
from conformance.commands.checks import NEEDED, Finding, findings
from conformance.commands.output import print_line
from conformance.engine.client import account
from conformance.engine.client.api import Api, Refused, filters
from conformance.engine.client.connect import (
    answers,
    configured,
    connect,
    named,
    preflight,
    resolve,
)
from conformance.engine.core import settings as configuration
from conformance.engine.core.errors import AmiproofError
from conformance.engine.core.target import Target
from conformance.engine.run.config import flag
from conformance.model import CATALOGUE
from conformance.model.request import Signing, action
from conformance.wire.client import Client
from conformance.wire.decoding import describe
from conformance.wire.signing.credentials import CredentialsError

_BUILT_IN = {
    "moto": "started for each run",
    "reference": "an endpoint that keeps every rule, started for each run",
    "aws": "AWS, at botocore's endpoint",
}
_RULES = {
    "console": ("noreboot.false", "noreboot.true"),
    "instance-store": ("inst.root.ebs",),
    "signatures": tuple(id for id in CATALOGUE if id.startswith("sig.")),
    "denied": ("auth.denied", "dryrun.denied"),
    "no-tags": ("auth.tags", "auth.no_tags"),
}
"""The rules that each capability allows to be tested."""


def targets() -> int:
    """Print every named target."""
    known = configuration.targets()
    for name in dict.fromkeys([*_BUILT_IN, *known]):
        settings = configured(name, {})
        where = settings.pop("endpoint", _BUILT_IN.get(name, "without an endpoint"))
        allowed = settings.pop("accounts", ())
        if allowed:
            settings["accounts"] = len(allowed)
        more = " ".join(f"{key}={value}" for key, value in settings.items() if value)
        print_line(f"{name:12} {where}  {more}".rstrip())
    return 0


def doctor(given: str | None, overrides: Mapping[str, str]) -> int:
    """Print what a target can do. Returns 0, or 3 if it cannot be tested. Raises AmiproofError."""
    with contextlib.ExitStack() as stack:
        name = named(given, overrides.get("profile"))
        target = resolve(name, overrides, stack)
        print_line(f"{target.name}: {target.endpoint}, region {target.region}")
        allowed = _identity(target)
        client = stack.enter_context(connect(target))
        if target.real:  # AWS has the action; nothing but reads is sent to an account
            answers(target, client)
        else:
            preflight(target, client)
        print_line("reachable     yes, and it has CreateImage")
        found = list(findings(target, Api(client)))
        about = list(facts(target, Api(client))) if target.limits else []
        about += [launch(target, Api(client))] if target.real else []
        for fact in about:
            if isinstance(fact, Finding):
                found.insert(0, fact)
            else:
                print_line(f"{fact[0]:13} {fact[1]}")
        for each in found:
            print_line(f"{'cannot' if each.fatal else 'lacks':13} {each.what}")
        if not found:
            print_line(f"can           {', '.join(NEEDED)}")
        for capability, why in _capabilities(target, client):
            rules = ", ".join(rule for rule in _RULES[capability] if rule in CATALOGUE)
            print_line(f"lacks         {why}; not applicable: {rules}")
        never = [rule.id for rule in CATALOGUE.values() if rule.uncovered]
        print_line(f"untestable    {len(never)} rules have no property: amiproof rules --uncovered")
        testable = allowed and not any(each.fatal for each in found)
        print_line(_next(name, target, overrides, testable=testable))
    return 0 if testable else 3


def _next(name: str, target: Target, overrides: Mapping[str, str], *, testable: bool) -> str:
    """The command to run, or what stands against it."""
    if not testable:
        return "A run would end with status 3."
    options = [f"--{flag(key)} {value}" for key, value in overrides.items()]
    command = "plan" if target.real else "run"
    return " ".join([f"next: amiproof {command}", shlex.quote(name), *options])


def _identity(target: Target) -> bool:
    """Print the account. Returns whether it may be tested."""
    if not target.real:
        print_line("account       an emulator's, by the endpoint's address")
        return True
    who = account.who(target)
    allowed = who in target.accounts
    print_line(f"account       {who}, {'allowed' if allowed else 'not in the list of accounts'}")
    return allowed


def _capabilities(target: Target, client: Client) -> Iterator[tuple[str, str]]:
    if not target.has("console"):
        yield "console", "boots on the console (configured)"
    if not target.has("instance-store"):
        yield "instance-store", "instance store (configured)"
    elif not _has_instance_store(client):
        yield "instance-store", "images of instance store-backed instances"
    probe = action("DescribeInstances")
    wrong = replace(probe, signing=Signing.WRONG_SECRET)
    if not target.has("signatures") or not client.send(wrong).refused:
        yield "signatures", "verification of signatures"
    for signing, capability, lacking in (
        (Signing.DENIED, "denied", "may not create images: --denied-profile"),
        (Signing.NO_TAGS, "no-tags", "may create images and not tag them: --no-tags-profile"),
    ):
        try:
            client.send(replace(probe, signing=signing))
        except CredentialsError:
            yield capability, f"credentials that {lacking}"


def _has_instance_store(client: Client) -> bool:
    wanted = {"root-device-type": ["instance-store"], "state": ["available"]}
    try:
        root = Api(client).call("DescribeImages", [("Owner.1", "amazon"), *filters(wanted)])
    except (Refused, AmiproofError):
        return False
    return any(i.root_device_type == "instance-store" for i in describe.images(root))
