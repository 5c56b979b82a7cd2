"""The account guard: whose account a target is, and whether that one may be tested.

A target is a real account when its address is one of AWS's, in any partition, or when it is given
as ``aws``. Then nothing is sent to it before the identity service has said whose account it is,
and the configuration lists that account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import botocore.session
import msgspec

from conformance.engine.client.budget import Limits
from conformance.engine.core.errors import CannotTest, UsageError
from conformance.engine.core.target import Target
from conformance.model.answer import Accepted
from conformance.model.request import Request
from conformance.wire.client import Client
from conformance.wire.decoding import describe
from conformance.wire.signing.credentials import (
    Chain,
    ConfigurationError,
    Credentials,
    CredentialSource,
)

REAL = "aws"
"""The name of the target that is AWS itself, wherever botocore finds it."""
LOW = Limits(images=100, instances=20, calls=6000, minutes=120)
"""The budget on a real account where none is given: enough for a quick run."""
WINDOW, TIMEOUT = 300.0, 60.0
"""Seconds that a real account may take to become consistent, and for one answer."""
_WHO = Request((("Action", "GetCallerIdentity"), ("Version", "2011-06-15")))


def is_aws(endpoint: str) -> bool:
    """Whether an address is one of AWS's own, by botocore's list of partitions."""
    host = (urlsplit(endpoint).hostname or "").rstrip(".")
    return any(host == suffix or host.endswith("." + suffix) for suffix in _suffixes())


@cache
def _suffixes() -> frozenset[str]:
    session = botocore.session.Session()
    return frozenset(_texts(session.get_data("partitions"))) | frozenset(
        _texts(session.get_data("endpoints"))
    )


def _texts(data: object) -> Iterator[str]:
    """Every DNS suffix anywhere in botocore's data."""
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
    """The target, its account known and allowed where it is a real one.

    Raises UsageError for an account that is not in the list, CannotTest where nobody says whose
    it is.
    """
    if not target.real:
        return target
    account = who(target)
    if account not in target.accounts:
        raise UsageError(
            "The account that these credentials belong to is not in the list: see it with "
            f"amiproof doctor {target.name}, and put it into accounts of [target.{target.name}] in "
            "amiproof.toml if it may be tested."
        )
    return msgspec.structs.replace(target, account=account)


def who(target: Target) -> str:
    """The account of the target's credentials, as the identity service says. Raises CannotTest."""
    try:
        chain = Chain(target.profile)
        where = chain.endpoint("sts", target.region)
        source: CredentialSource = chain.credentials
        if target.keys is not None:
            source = Credentials(target.keys.access_key, target.keys.secret_key)
        with Client(
            where, target.region, source, timeout=target.timeout, verify=chain.verify()
        ) as client:
            exchange = client.send(_WHO, "sts")
    except ConfigurationError as why:
        raise UsageError(str(why)) from None
    root = exchange.answer.root if exchange.answer else None
    account = describe.account(root) if root and isinstance(exchange.outcome, Accepted) else None
    if not account:
        from conformance.engine.client.api import describe as told

        raise CannotTest(
            f"Nobody says whose account this is: GetCallerIdentity at {where} gives"
            f" {told(exchange.outcome)}."
        )
    return account


def digest(account: str) -> str:
    """What the ledger knows an account by: enough to tell it from others."""
    return hashlib.sha256(f"amiproof {account}".encode()).hexdigest()[:16] if account else ""
