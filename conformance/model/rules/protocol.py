"""Rules about protocols other than the Query protocol (Error codes, UnsupportedProtocol)."""

from __future__ import annotations

from conformance.model.catalogue import rule
from conformance.model.sources import ERRORS

rule.scenario(
    "soap",
    "SOAP is no longer supported.",
    ERRORS["UnsupportedProtocol"],
    codes={"UnsupportedProtocol"},
    keeps="a Query request",
    breaks="a SOAP envelope",
    uncovered="out of scope: only the Query protocol is tested",
)
