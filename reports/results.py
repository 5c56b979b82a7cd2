"""results.json: what a run leaves behind, and the only thing that the other reports read.

The structs below are the format. ``python -m reports.results`` prints the JSON Schema that is
made of them; the copy beside this module is committed and a test keeps the two equal.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Collection, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from conformance.model.request import Form, Request, Signing
from conformance.model.rule import Arm, Grade

Count = Annotated[int, Meta(ge=0)]
Params = tuple[tuple[str, str], ...]


class BadResults(Exception):
    """The file is no results.json of a schema that this version reads."""


class Verdict(StrEnum):
    """What a run says about a rule."""

    PASS = "pass"
    FAIL = "fail"
    KNOWN = "known"
    UNTESTED = "untested"
    NOT_APPLICABLE = "not_applicable"


class OutcomeClass(StrEnum):
    """What kind of thing was seen: one of the outcomes of a call, or what there was afterwards."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MALFORMED = "malformed"
    THROTTLED = "throttled"
    INDETERMINATE = "indeterminate"
    EFFECT = "effect"


class Identity(NamedTuple):
    """What makes two deviations the same one, in any run: never message text, never ids."""

    rule: str
    arm: str
    outcome: str
    code: str

    def __str__(self) -> str:
        return "/".join(self)


class WireForm(Struct, frozen=True, omit_defaults=True):
    """How a request was put on the wire, where that was not the usual way.

    What is left out has its default: POST, %20, a form's Content-Type, signed validly.
    """

    verb: Annotated[str, Meta(description="HTTP method; POST when left out.")] = Form.verb
    space: Annotated[
        Literal["%20", "+"], Meta(description="A space in a value; %20 when left out.")
    ] = "%20"
    content_type: Annotated[
        str, Meta(description="Content-Type of a POST; a form's when left out.")
    ] = Form.content_type
    signing: Annotated[
        Signing, Meta(description="How the request was signed; valid when left out.")
    ] = Signing.VALID
