"""A run's exchanges on file: written as they happen, read again to be judged without an endpoint.

The first line is the header, the last one the footer; each other line is one thing that happened
in one process of the run. Every line is one JSON object in ASCII. Whoever may write the file only
ever adds whole lines to it, so that several processes can.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from conformance.engine.core.errors import UsageError
from conformance.engine.core.protocol import ACCOUNT
from conformance.model.answer import (
    Accepted,
    Answer,
    Element,
    Indeterminate,
    Malformed,
    Outcome,
    Rejected,
    Throttled,
)
from conformance.model.request import Request
from conformance.wire.exchange import Exchange

VERSION = 1
"""Of the format."""
_OUTCOMES = {
    kind.__name__: kind for kind in (Accepted, Rejected, Malformed, Throttled, Indeterminate)
}
_ACCOUNTS = re.compile(rf"{re.escape(ACCOUNT)}|\d{{12}}")
_ARN = re.compile(r"(arn:aws[a-z-]*:[^:\s]*:[^:\s]*:)\d{12}")


class Lines:
    """Adds lines to a recording. Several processes may do so at the same time."""

    def __init__(self, path: Path, account: str = "") -> None:
        self.account = account
        """What is not to be written; learnt from the first answer that tells it."""
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as why:
            raise UsageError(f"{path} cannot be written ({why.strerror}): mend --record.") from None

    def add(self, **line: Any) -> None:
        """Add a line."""
        text = json.dumps(line, separators=(",", ":"))
        if self.account:
            text = text.replace(self.account, ACCOUNT)
        os.write(self._file, text.encode("ascii") + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def key(request: Request, service: str, lane: int) -> str:
    """A request as it is recorded: what tells it from others, and nothing of its signature."""
    return normal(sent(request, service, lane))


def sent(request: Request, service: str, lane: int) -> list[Any]:
    """A request as plain data."""
    form = request.form
    how = [form.verb, form.space, form.content_type, request.signing.value, service, lane]
    return [request.params, how]


def account_in(request: Request, recorded: list[Any]) -> str:
    """The account's id, where a request has it and the recorded one the stand-in."""
    for (_, value), (_, written) in zip(request.params, recorded[0], strict=False):
        before, found, _ = written.partition(ACCOUNT)
        if found and value.startswith(before) and value != written:
            return value[len(before) : len(before) + 12]
    return ""


def normal(data: list[Any]) -> str:
    """What is the same of a request whether the account's id was taken out of it or not."""
    return _ACCOUNTS.sub("#", json.dumps(data))


def told(exchange: Exchange) -> dict[str, Any]:
    """What came back, as plain data."""
    outcome, answer = exchange.outcome, exchange.answer
    data: dict[str, Any] = {"outcome": [type(outcome).__name__, *map(_safe, _fields(outcome))]}
    if answer is not None:
        root = None if answer.root is None else _plain(answer.root)
        data["answer"] = [answer.status, answer.content_type, round(answer.seconds, 6), root]
    return data


def _safe(text: Any) -> Any:
    """A text without the accounts that names in it tell: the run may not know its own yet."""
    return _ARN.sub(rf"\g<1>{ACCOUNT}", text) if isinstance(text, str) else text


def _fields(outcome: Outcome) -> list[Any]:
    return [getattr(outcome, name) for name in type(outcome).__slots__]


def untold(request: Request, data: dict[str, Any]) -> Exchange:
    """The exchange that :func:`told` was given."""
    kind, *fields = data["outcome"]
    outcome: Outcome = _OUTCOMES[kind](*fields)
    if "answer" not in data:
        return Exchange(request, outcome)
    status, content_type, seconds, root = data["answer"]
    element = None if root is None else _element(root)
    return Exchange(request, outcome, Answer(status, content_type, element, seconds))


def _plain(element: Element) -> list[Any]:
    return [element.name, element.namespace, _safe(element.text), *map(_plain, element.children)]


def _element(data: list[Any]) -> Element:
    name, namespace, text, *children = data
    return Element(name, namespace, text, tuple(map(_element, children)))


@dataclass
class Worker:
    """What one process of the run did."""

    first: int | None = None
    """Where it began to count its names."""
    rules: list[str] = field(default_factory=list)
    """The rules whose properties it ended, in order."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """Its exchanges, in order."""
    rest: list[float] = field(default_factory=list)
    """What its clock said after the last of them."""


@dataclass
class Cassette:
    """A recording that was read."""

    header: dict[str, Any]
    workers: dict[str, Worker]
    planned: list[str]
    """The rules that were to be exercised."""
    together: bool
    """Whether covers were sent together."""
    footer: dict[str, Any] | None
    """None where the run was ended before it could write it."""

    @property
    def complete(self) -> bool:
        """Whether the run was: without a footer nobody knows."""
        return bool(self.footer and self.footer.get("complete"))

    @property
    def left(self) -> list[str]:
        """What the run left behind."""
        return list(self.footer.get("left", ())) if self.footer else []

    def order(self) -> dict[str, int]:
        """Rules by their place: each process's in the order in which they were ended there, for
        its requests were shared by those that came later."""
        ended = (rule for worker in self.workers.values() for rule in worker.rules)
        return {rule: place for place, rule in enumerate(ended)}

    def made(self, besides: str) -> Iterable[str]:
        """The ids of images that the other processes were told of."""
        for name, worker in self.workers.items():
            for event in worker.events if name != besides else ():
                outcome = event.get("outcome", [""])
                if outcome[0] == "Accepted" and outcome[1]:
                    yield outcome[1]


def begin(path: Path, header: dict[str, Any], account: str) -> Lines:
    """A new recording in place of what is there. Raises UsageError."""
    lines = Lines(path, account)
    os.truncate(path, 0)
    lines.add(header=header)
    return lines


def finish(path: Path, lines: Lines, **facts: Any) -> None:
    """Add the footer: how many lines there are before it, and their digest."""
    data = path.read_bytes()
    lines.add(footer={"count": data.count(b"\n"), "digest": _digest(data), **facts})


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def read(path: Path) -> Cassette:
    """The recording in a file. Raises UsageError for one that is none, or is damaged."""
    try:
        data = path.read_bytes()
    except OSError as why:
        raise UsageError(f"{path} cannot be read ({why.strerror}): give a recording.") from None
    whole, _, rest = data.rpartition(b"\n")
    parsed = [_line(path, n, line) for n, line in enumerate(whole.split(b"\n"), 1)]
    if "header" not in parsed[0] or parsed[0]["header"].get("version") != VERSION:
        raise UsageError(f"{path} is no recording of version {VERSION}: make one with --record.")
    footer = parsed[-1].get("footer")
    if footer is not None:
        before = whole.rpartition(b"\n")[0] + b"\n"
        if (
            rest
            or footer.get("count") != len(parsed) - 1
            or footer.get("digest") != _digest(before)
        ):
            raise UsageError(f"{path} was changed since it was written: record the run again.")
    found = Cassette(parsed[0]["header"], {}, [], False, footer)
    for number, line in enumerate(parsed[1:], 2):
        try:
            _sort_in(found, line)
        except (KeyError, TypeError):
            raise UsageError(f"{path}, line {number}, is damaged: record the run again.") from None
    return found


def _line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UsageError(f"{path}, line {number}, is damaged: record the run again.")
    return found


def _sort_in(recording: Cassette, line: dict[str, Any]) -> None:
    if "planned" in line:
        recording.planned = line["planned"]
        recording.together = line.get("together", False)
        return
    if "footer" in line:
        return
    worker = recording.workers.setdefault(line["worker"], Worker())
    if "first" in line:
        worker.first = line["first"]
    elif "ended" in line:
        worker.rules.append(line["ended"])
    elif "rest" in line:
        worker.rest = line["rest"]
    else:
        line["key"] = normal(line["request"])
        worker.events.append(line)


def settings(target: msgspec.Struct) -> dict[str, Any]:
    """What of a target verdicts depend on: nothing of its credentials or account."""
    kept = ("name", "endpoint", "region", "image_id", "instance_id", "instance_type",
            "subnet_id", "window", "timeout", "real", "capabilities")  # fmt: skip
    return {name: msgspec.to_builtins(getattr(target, name)) for name in kept}
