"""Rules about other protocols than the query protocol (Error codes, UnsupportedProtocol)."""

from __future__ import annotations

from conformance.model.rule import rule
from conformance.model.sources import ERRORS

rule.scenario(
    "soap",
    "SOAP is not supported any more.",
    ERRORS["UnsupportedProtocol"],
    codes={"UnsupportedProtocol"},
    keeps="a request of the query protocol",
    breaks="a SOAP envelope",
    uncovered="an envelope is no query request, and requests here are made of parameters",
)
