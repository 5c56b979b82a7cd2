"""From the name of a target to a client that can talk to it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from typing import Any

import msgspec

from conformance.engine.client import account
from conformance.engine.client.api import Sender
from conformance.engine.core import settings as configuration
from conformance.engine.core.errors import CannotTest, UsageError
from conformance.engine.core.target import Keys, Target, checked_endpoint, is_loopback
from conformance.model.answer import Indeterminate, Rejected
from conformance.model.request import action
from conformance.wire.client import Client
from conformance.wire.signing.credentials import (
    Chain,
    ConfigurationError,
    Credentials,
    CredentialSource,
)

ANYBODY = Keys("testing", "testing")
"""What an endpoint on loopback is given when no credentials are configured."""
_NO_SUCH_ACTION = {"InvalidAction", "UnknownAction", "NotImplemented", "InternalFailure"}


def resolve(name: str, overrides: Mapping[str, str], stack: contextlib.ExitStack) -> Target:
    """The target of a name; an endpoint of ours is started and stopped with the stack.

    Raises UsageError for a name that is none, CannotTest for an endpoint that does not start.
    """
    from fixtures import endpoints

    settings = configured(name, overrides)
    own = {"moto": endpoints.moto, "reference": endpoints.reference}
    if name not in own or "endpoint" in settings:
        return _elsewhere(name, settings)
    try:
        started = stack.enter_context(own[name]())
    except endpoints.NotStarted as why:
        raise CannotTest(str(why)) from None
    settings |= {"name": name, "endpoint": started.url, "keys": Keys(*started.keys)}
    if started.denied and started.no_tags:
        settings |= {"denied_keys": Keys(*started.denied), "no_tags_keys": Keys(*started.no_tags)}
    return msgspec.convert(settings, Target)


def configured(name: str, overrides: Mapping[str, str]) -> dict[str, Any]:
    """What is known of a target by its name: the configuration's table, and the flags over it."""
    found = msgspec.to_builtins(configuration.targets().get(name, configuration.Settings()))
    for elsewhere in ("budget", "baseline"):
        found.pop(elsewhere, None)
    return {**found, **overrides}


def _elsewhere(name: str, settings: dict[str, Any]) -> Target:
    """A target that runs already, or that is AWS."""
    endpoint = settings.pop("endpoint", None)
    real = name == account.REAL or account.is_aws(endpoint or name)
    if real:
        try:
            chain = Chain(settings.get("profile"))
            settings["region"] = chain.region(settings.get("region"))
            if name == account.REAL and endpoint is None:
                endpoint = chain.endpoint("ec2", settings["region"])
        except ConfigurationError as why:
            raise UsageError(str(why)) from None
        settings = {"window": account.WINDOW, "timeout": account.TIMEOUT, **settings}
    settings |= {"name": name, "endpoint": checked_endpoint(endpoint or name), "real": real}
    return msgspec.convert(settings, Target)


def configured_endpoint() -> str | None:
    """The endpoint that the environment names, as every AWS tool reads it."""
    return os.environ.get("AWS_ENDPOINT_URL_EC2") or os.environ.get("AWS_ENDPOINT_URL")


def connect(target: Target) -> Client:
    """A client for a target. Raises UsageError where credentials or the region are missing."""
    try:
        chain = Chain(target.profile)
        credentials = _credentials(target, chain)
        denied = _second(target.denied_profile, target.denied_keys)
        return Client(
            target.endpoint,
            target.region,
            credentials,
            denied,
            no_tags=_second(target.no_tags_profile, target.no_tags_keys),
            timeout=target.timeout,
            verify=chain.verify(),
        )
    except ConfigurationError as why:
        raise UsageError(str(why)) from None


def _credentials(target: Target, chain: Chain) -> CredentialSource:
    if target.keys is not None:
        return Credentials(target.keys.access_key, target.keys.secret_key)
    try:
        chain.credentials()
    except ConfigurationError:
        if target.profile is None and is_loopback(target.endpoint):
            return Credentials(ANYBODY.access_key, ANYBODY.secret_key)
        raise
    return chain.credentials


def _second(profile: str | None, keys: Keys | None) -> CredentialSource | None:
    if profile is not None:
        return Chain(profile).credentials
    return Credentials(keys.access_key, keys.secret_key) if keys else None


def answers(target: Target, client: Sender) -> None:
    """Make sure that the endpoint can be reached; asks, and changes nothing. Raises CannotTest."""
    outcome = client.send(action("DescribeInstances")).outcome
    if isinstance(outcome, Indeterminate):
        raise CannotTest(
            f"{target.endpoint} does not answer ({outcome.why}): start it, or mend the address."
        )


def preflight(target: Target, client: Sender) -> None:
    """Make sure that the endpoint answers and has the action. Raises CannotTest.

    What is asked for names no instance, so that no endpoint makes an image of it.
    """
    probe = action("CreateImage", [("InstanceId", "i-00000000"), ("Name", "-")])
    exchange = client.send(probe)
    outcome = exchange.outcome
    if isinstance(outcome, Indeterminate):
        raise CannotTest(
            f"{target.endpoint} does not answer ({outcome.why}): start it, or mend the address."
        )
    if isinstance(outcome, Rejected) and outcome.code in _NO_SUCH_ACTION:
        raise CannotTest(
            f"CreateImage is not implemented by {target.endpoint} ({outcome.code},"
            f" status {outcome.status}): there is nothing to test."
        )
    answer = exchange.answer
    if answer is not None and answer.root is None and "json" in answer.content_type:
        raise CannotTest(f"{target.endpoint} does not speak the EC2 protocol: it answers JSON.")
