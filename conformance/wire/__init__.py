"""HTTP: encodes, signs and sends a request of the model, and decodes the response."""

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
