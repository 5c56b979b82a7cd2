"""Connects to a target: from its name to its settings and a client."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from conformance.engine.client import account
from conformance.engine.client.api import Sender
from conformance.engine.client.environment import ADDRESS, OUTSIDE, Environment
from conformance.engine.core import settings as configuration
from conformance.engine.core.errors import CannotTest, UsageError
from conformance.engine.core.target import Keys, Target, checked_endpoint, is_loopback, with_scheme
from conformance.model.answer import Indeterminate, Malformed, Rejected
from conformance.model.request import action
from conformance.wire.client import Client
from conformance.wire.exchange import Exchange
from conformance.wire.proxies import environment_proxies
from conformance.wire.signing.credentials import (
    Chain,
    ConfigurationError,
    Credentials,
    CredentialSource,
    CurrentCredentials,
)
from fixtures import endpoints

PERSONAS = {"persona": "aws", "persona-deviating": "aws-deviating"}
"""Targets that are the reference endpoint with a real account's limits and delays, each with the
name of its persona."""
_OF_AN_ACCOUNT = {"window": account.WINDOW, "timeout": account.TIMEOUT, "limits": "aws"}
DEFAULT_KEYS = Keys("testing", "testing")
"""The credentials for an endpoint on loopback when none are configured."""
_ANY_REGION = "us-east-1"
"""A region to look a configured endpoint up in, which is the same in all."""
_NO_SUCH_ACTION = {"InvalidAction", "UnknownAction", "NotImplemented", "InternalFailure"}
_SUCCESSES = (action("DescribeInstances"), action("DescribeImages", [("Owner.1", "self")]))
"""Requests that every EC2 endpoint answers with a success."""


def resolve(
    name: str,
    overrides: Mapping[str, str],
    stack: contextlib.ExitStack,
    environment: Environment = OUTSIDE,
) -> Target:
    """The target of a name. A built-in endpoint is started, and stopped with the stack.

    Raises UsageError for an unknown name, CannotTest when the endpoint does not start.
    """
    settings = configured(name, overrides)
    own: dict[str, Callable[[], contextlib.AbstractContextManager[endpoints.Started]]] = {
        "moto": endpoints.moto,
        "reference": endpoints.reference,
        **{each: partial(endpoints.persona, persona) for each, persona in PERSONAS.items()},
    }
    if name in PERSONAS:
        settings = {**_OF_AN_ACCOUNT, **settings}
    if environment.dial is not None:
        started = endpoints.known_to_reference(ADDRESS)
        return msgspec.convert(settings | _of_started(name, started), Target)
    if name not in own or "endpoint" in settings:
        return _elsewhere(name, settings)
    try:
        started = stack.enter_context(own[name]())
    except endpoints.NotStarted as why:
        raise CannotTest(str(why)) from None
    return msgspec.convert(settings | _of_started(name, started), Target)


def _of_started(name: str, started: endpoints.Started) -> dict[str, Any]:
    """The settings of an endpoint that amiproof started."""
    settings: dict[str, Any] = {
        "name": name,
        "endpoint": started.url,
        "keys": Keys(*started.keys),
    }
    if started.denied and started.no_tags:
        settings |= {"denied_keys": Keys(*started.denied), "no_tags_keys": Keys(*started.no_tags)}
    return settings


def configured(name: str, overrides: Mapping[str, str]) -> dict[str, Any]:
    """The settings of a target: its table in the configuration, overridden by the options."""
    found = msgspec.to_builtins(configuration.targets().get(name, configuration.Settings()))
    for elsewhere in ("budget", "baseline"):
        found.pop(elsewhere, None)
    return {**found, **overrides}


def _elsewhere(name: str, settings: dict[str, Any]) -> Target:
    """A target that amiproof does not start: a running endpoint, or AWS."""
    endpoint = settings.pop("endpoint", None)
    real = name == account.REAL or account.is_aws(with_scheme(endpoint or name))
    if real:
        try:
            chain = Chain(settings.get("profile"))
            settings["region"] = chain.region(settings.get("region"))
            if name == account.REAL and endpoint is None:
                endpoint = chain.endpoint("ec2", settings["region"])
        except ConfigurationError as why:
            raise UsageError(str(why)) from None
        settings = {**_OF_AN_ACCOUNT, **settings}
    settings |= {"name": name, "endpoint": checked_endpoint(endpoint or name), "real": real}
    return msgspec.convert(settings, Target)


def configured_endpoint(profile: str | None = None) -> str | None:
    """The endpoint in AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL or the profile, or None.

    A profile has it in its services section or as its endpoint_url. Raises UsageError.
    """
    found = os.environ.get("AWS_ENDPOINT_URL_EC2") or os.environ.get("AWS_ENDPOINT_URL")
    if found:
        return found
    try:
        endpoint = Chain(profile).endpoint("ec2", _ANY_REGION)
    except ConfigurationError as why:
        raise UsageError(str(why)) from None
    return None if account.is_aws(endpoint) else endpoint


def named(name: str | None, profile: str | None) -> str:
    """The target that is given, or else the configured endpoint. Raises UsageError for neither."""
    found = name or configured_endpoint(profile)
    if found is None:
        raise UsageError("Give a target: moto, reference, or an endpoint's address.")
    return found


def connect(target: Target, environment: Environment = OUTSIDE) -> Client:
    """A client for a target. Raises UsageError when credentials or the region are missing."""
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
            proxies=environment_proxies(target.endpoint),
            clock=environment.clock,
            dial=environment.dial,
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
            return Credentials(DEFAULT_KEYS.access_key, DEFAULT_KEYS.secret_key)
        raise
    return CurrentCredentials(chain)


def _second(profile: str | None, keys: Keys | None) -> CredentialSource | None:
    if profile is not None:
        return CurrentCredentials(Chain(profile))
    return Credentials(keys.access_key, keys.secret_key) if keys else None


def answers(target: Target, client: Sender) -> None:
    """Check that the endpoint answers DescribeInstances at all. Raises CannotTest."""
    _check_answered(target, client.send(action("DescribeInstances")))


def preflight(target: Target, client: Sender) -> int:
    """Check that the endpoint answers, has CreateImage and speaks the EC2 protocol.

    The CreateImage request names no existing instance, so that no endpoint creates an image.
    Returns the number of requests. Raises CannotTest.
    """
    exchange = client.send(action("CreateImage", [("InstanceId", "i-00000000"), ("Name", "-")]))
    _check_answered(target, exchange)
    outcome = exchange.outcome
    if isinstance(outcome, Rejected) and outcome.code in _NO_SUCH_ACTION:
        raise CannotTest(
            f"{target.endpoint} does not implement CreateImage ({outcome.code}, status"
            f" {outcome.status})."
        )
    # An endpoint may break err.shape in every error of CreateImage: other actions decide.
    requests = 1
    answers = [exchange]
    for probe in _SUCCESSES:
        if not _is_foreign(exchange):
            return requests
        exchange = client.send(probe)
        answers.append(exchange)
        requests += 1
    if all(map(_is_page, answers)):
        raise CannotTest(f"{target.endpoint} answers HTML; is this the EC2 port?")
    if _is_foreign(exchange) and isinstance(outcome, Malformed):
        raise CannotTest(
            f"{target.endpoint} does not speak the EC2 protocol: CreateImage, DescribeInstances"
            f" and DescribeImages get no XML ({outcome.why})."
        )
    return requests


def _check_answered(target: Target, exchange: Exchange) -> None:
    outcome = exchange.outcome
    if isinstance(outcome, Indeterminate):
        raise CannotTest(
            f"{target.endpoint} does not answer ({outcome.why}): start it, or correct the address."
        )


def _is_foreign(exchange: Exchange) -> bool:
    """Whether a whole response came that no EC2 endpoint sends: a web page, or no XML below 500."""
    answer = exchange.answer
    return _is_page(exchange) or (
        isinstance(exchange.outcome, Malformed)
        and answer is not None
        and answer.root is None
        and answer.status < 500
    )


def _is_page(exchange: Exchange) -> bool:
    """Whether the response is a web page."""
    return isinstance(exchange.outcome, Malformed) and exchange.outcome.why.startswith("HTML")
