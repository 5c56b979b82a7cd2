"""results.json: reading, writing and its JSON Schema. Every report is made from this file alone.

The structs in :mod:`reports.format` and :mod:`reports.deviation` are the format; this module
exports them, the verdicts and the totals. ``python -m reports.results`` prints the JSON Schema, of
which ``results.schema.json`` is the committed copy.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from reports.deviation import (
    Deviation,
    Expected,
    Identity,
    Observed,
    OutcomeClass,
    Params,
    Reproduce,
    WireForm,
    expected_effect,
    expected_of,
    form_of,
    observed_effect,
    observed_of,
    request_of,
)
from reports.format import (
    ELSEWHERE,
    LATENCIES,
    Aws,
    Observation,
    Pairs,
    Results,
    RuleResult,
    Shard,
    Suite,
    Target,
    Totals,
    Wait,
)
from reports.totals import count, exit_status, gates, recounted, rule_result, undecided
from reports.verdict import Verdict, decide

__all__ = [
    "ELSEWHERE",
    "LATENCIES",
    "Aws",
    "BadResults",
    "Deviation",
    "Expected",
    "Identity",
    "Observation",
    "Observed",
    "OutcomeClass",
    "Pairs",
    "Params",
    "Reproduce",
    "Results",
    "RuleResult",
    "Shard",
    "Suite",
    "Target",
    "Totals",
    "Verdict",
    "Wait",
    "WireForm",
    "count",
    "decide",
    "exit_status",
    "expected_effect",
    "expected_of",
    "form_of",
    "gates",
    "load",
    "observed_effect",
    "observed_of",
    "recounted",
    "request_of",
    "rule_result",
    "save",
    "schema",
    "undecided",
]


class BadResults(Exception):
    """The file is not a results.json that this version can read."""


def load(path: str | os.PathLike[str]) -> Results:
    """The results in a file. Unknown keys are ignored. Raises BadResults."""
    try:
        raw = json.loads(Path(path).read_bytes())
        return msgspec.convert(raw, Results)
    except (ValueError, msgspec.ValidationError) as error:
        raise BadResults(f"{os.fspath(path)} is not a results.json of schema 1: {error}") from error


def save(results: Results, path: str | os.PathLike[str]) -> None:
    """Write the results atomically, in ASCII.

    Values may contain lone surrogates and terminal control characters. JSON escapes keep them
    exactly and are safe to print.
    """
    text = json.dumps(msgspec.to_builtins(results), indent=1) + "\n"
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=place.name, suffix=".part", dir=place.parent)
    try:
        with open(handle, "w", encoding="ascii") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        os.replace(temporary, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


# Structs whose defaults are written too, so that a reader can rely on each key.
_WRITTEN_WHOLE = (
    Results, RuleResult, Totals, Aws, Deviation, Expected, Reproduce, Observation,
)  # fmt: skip


def schema() -> dict[str, Any]:
    """The JSON Schema of results.json as amiproof writes it."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:amiproof:results:1",
        "title": "amiproof results",
    }
    made = {**head, **msgspec.json.schema(Results)}
    for struct in _WRITTEN_WHOLE:
        fields = msgspec.structs.fields(struct)
        made["$defs"][struct.__name__]["required"] = [
            f.encode_name for f in fields if f.default is not UNSET
        ]
    return made


def _rendered_schema() -> str:
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(_rendered_schema(), end="")
