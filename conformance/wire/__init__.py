"""The wire: a request of the model goes out as bytes, an answer comes back as an outcome."""

from conformance.wire.client import Client
from conformance.wire.exchange import Exchange
from conformance.wire.signing.credentials import (
    Chain,
    ConfigurationError,
    Credentials,
    CredentialsError,
    NoDeniedCredentialsError,
    NoRegionError,
    UnknownProfileError,
)

__all__ = [
    "Chain",
    "Client",
    "ConfigurationError",
    "Credentials",
    "CredentialsError",
    "Exchange",
    "NoDeniedCredentialsError",
    "NoRegionError",
    "UnknownProfileError",
]
