"""The account guard: which account a target belongs to, and whether it may be tested.

A target is a real account if its address is AWS's, in any partition, or if its name is ``aws``.
The run sends nothing to it before the identity service names the account and the configuration
lists that account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import msgspec

from conformance.engine.client.budget import Limits
from conformance.engine.core.errors import CannotTest, UsageError
from conformance.engine.core.target import Target
from conformance.model.answer import Accepted
from conformance.model.request import Request
from conformance.wire.botocore_session import session
from conformance.wire.client import Client
from conformance.wire.decoding import describe
from conformance.wire.proxies import environment_proxies
from conformance.wire.signing.credentials import (
    Chain,
    ConfigurationError,
    Credentials,
    CredentialSource,
)

REAL = "aws"
"""The target that is AWS itself, at the endpoint that botocore resolves."""
LOW = Limits(images=100, instances=20, calls=6000, minutes=120)
"""The default budget on a real account: enough for a quick run."""
WINDOW, TIMEOUT = 300.0, 60.0
"""Seconds that a real account may take to become consistent, and to answer one request."""
_WHO = Request((("Action", "GetCallerIdentity"), ("Version", "2011-06-15")))


def is_aws(endpoint: str) -> bool:
    """Whether an address belongs to AWS, by botocore's list of partitions."""
    host = (urlsplit(endpoint).hostname or "").rstrip(".")
    return any(host == suffix or host.endswith("." + suffix) for suffix in _suffixes())


@cache
def _suffixes() -> frozenset[str]:
    known = session()
    return frozenset(_texts(known.get_data("partitions"))) | frozenset(
        _texts(known.get_data("endpoints"))
    )


def _texts(data: object) -> Iterator[str]:
    """All DNS suffixes in botocore's data."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("dnsSuffix", "dualStackDnsSuffix"):
                yield value
            elif key in ("partitions", "defaults", "variants", "outputs"):
                yield from _texts(value)
    elif isinstance(data, list):
        for each in data:
            yield from _texts(each)


def admitted(target: Target) -> Target:
    """The target, with its account number if it is a real account.

    Raises UsageError for an account that the configuration does not list, CannotTest when the
    identity service does not name the account.
    """
    if not target.real:
        return target
    account = who(target)
    if account not in target.accounts:
        raise UsageError(
            "The configuration does not list the account of these credentials:"
            f" amiproof doctor {target.name} shows it. If it may be tested, add it to accounts of"
            f" [target.{target.name}] in amiproof.toml."
        )
    return msgspec.structs.replace(target, account=account)


def who(target: Target) -> str:
    """The account number of the target's credentials, from the identity service.

    Raises UsageError for a wrong configuration, CannotTest when the service does not name it.
    """
    try:
        chain = Chain(target.profile)
        where = chain.endpoint("sts", target.region)
        source: CredentialSource = chain.credentials
        if target.keys is not None:
            source = Credentials(target.keys.access_key, target.keys.secret_key)
        with Client(
            where,
            target.region,
            source,
            timeout=target.timeout,
            verify=chain.verify(),
            proxies=environment_proxies(where),
        ) as client:
            exchange = client.send(_WHO, "sts")
    except ConfigurationError as why:
        raise UsageError(str(why)) from None
    root = exchange.answer.root if exchange.answer else None
    account = describe.account(root) if root and isinstance(exchange.outcome, Accepted) else None
    if not account:
        from conformance.engine.client.api import describe as text_of

        raise CannotTest(
            f"The account is unknown: GetCallerIdentity at {where} got {text_of(exchange.outcome)}."
        )
    return account


def digest(account: str) -> str:
    """A digest that identifies an account in the ledger without its number; "" for ""."""
    return hashlib.sha256(f"amiproof {account}".encode()).hexdigest()[:16] if account else ""
