"""Reads the lines of recordings of version 1, which have no tags."""

from __future__ import annotations

from typing import Any

from conformance.engine.client.cassette_lines import Line, decode

VERSION = 1


def upgraded(line: dict[str, Any]) -> Line:
    """A line of version 1 as a struct of today.

    Raises KeyError, TypeError, ValueError or msgspec.ValidationError for a damaged line.
    """
    return decode(_tagged(line))


def _tagged(line: dict[str, Any]) -> dict[str, Any]:
    if "header" in line:
        return {**line["header"], "type": "header"}
    if "footer" in line:
        return {**line["footer"], "type": "footer"}
    if "planned" in line:
        together = line.get("together", False)
        return {"type": "planned", "rules": line["planned"], "together": together}
    worker = line["worker"]
    if "first" in line:
        return {"type": "started", "worker": worker, "first": line["first"]}
    if "ended" in line:
        return {"type": "finished", "worker": worker, "rule": line["ended"]}
    if "rest" in line:
        return {"type": "clock", "worker": worker, "times": line["rest"]}
    params, how = line["request"]
    kept = {name: line[name] for name in ("worker", "rule", "clock", "at")}
    return {"type": "exchange", **kept, "request": [params, *how], "result": _result(line)}


def _result(line: dict[str, Any]) -> dict[str, Any]:
    if "cut" in line:
        return {"type": "stopped", "why": line["cut"]}
    if "nobody" in line:
        return {"type": "not signed", "why": line["nobody"]}
    received: dict[str, Any] = {"type": "received", "outcome": _outcome(*line["outcome"])}
    if "answer" in line:
        *head, root = line["answer"]
        received["answer"] = [*head, None if root is None else _element(root)]
    return received


_FIELDS = {
    "Accepted": ("image_id",),
    "Rejected": ("code", "status", "message"),
    "Malformed": ("why", "status"),
    "Throttled": ("code", "status"),
    "Indeterminate": ("why",),
}


def _outcome(kind: str, *values: Any) -> dict[str, Any]:
    return {"type": kind.lower(), **dict(zip(_FIELDS[kind], values, strict=True))}


def _element(data: list[Any]) -> list[Any]:
    name, namespace, text, *children = data
    return [name, namespace, text, [_element(child) for child in children]]
