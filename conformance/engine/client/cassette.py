"""A recording: the file of a run's exchanges, from which the run can be judged again.

The first line is the header, the last line the footer. Each other line is one event in one worker
of the run. Workers append whole lines, so that several of them can write to one file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.engine.client import cassette_v1
from conformance.engine.client.cassette_answer import (
    Accepted,
    Received,
    RecordedAnswer,
    RecordedElement,
)
from conformance.engine.client.cassette_lines import (
    VERSION,
    ClockRead,
    Footer,
    HistoryTold,
    Line,
    Planned,
    RuleFinished,
    RunHeader,
    SentExchange,
    WorkerStarted,
    decode,
    encode,
    of_scenario,
)
from conformance.engine.core.errors import UsageError
from conformance.engine.core.protocol import ACCOUNT
from conformance.model.answer import Element
from conformance.model.history import History
from conformance.wire.decoding import describe

_READERS = {VERSION: decode, cassette_v1.VERSION: cassette_v1.upgraded}
"""The versions that can be read."""


class Lines:
    """Appends lines to a recording. Several processes may do so at the same time."""

    def __init__(self, path: Path, account: str = "") -> None:
        """Open the file. Raises UsageError."""
        self.account = account
        """The account number, replaced in each line. Learnt from the first response with one."""
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        except OSError as why:
            raise UsageError(
                f"{path} cannot be written ({why.strerror}): correct --record."
            ) from None

    def add(self, line: Line) -> None:
        """Append a line, without the account number."""
        text = encode(line)
        if self.account:
            text = text.replace(self.account, ACCOUNT)
        os.write(self._file, text.encode("ascii") + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


@dataclass
class RecordedWorker:
    """The lines of one worker."""

    first: int | None = None
    """The number in the worker's first unique name."""
    before: tuple[str, ...] | None = None
    """The ids of the images before the run, if the account had too much to be listed again."""
    listed: dict[str, list[str]] = field(default_factory=dict)
    """The ids that the account had before the run, by each kind of residue that was listed."""
    rules: list[str] = field(default_factory=list)
    """The rules whose properties the worker finished, in order."""
    exchanges: list[SentExchange] = field(default_factory=list)
    """In the order in which they ended."""
    rest: list[float] = field(default_factory=list)
    """The worker's clock after the last exchange, in seconds."""

    told: set[str] = field(default_factory=set)
    """The scenarios whose histories the worker told."""

    def made(self, *, played: bool = False) -> Iterator[str]:
        """The ids of the images that the worker created; ``played``: not those of scenarios, whose
        exchanges are not played again."""
        for each in self.exchanges:
            match each.result:
                case Received(outcome=Accepted(image_id=image_id)) if image_id:
                    if not (played and of_scenario(each)):
                        yield image_id


@dataclass
class Cassette:
    """A recording that was read."""

    header: RunHeader
    footer: Footer | None
    """None when the run ended before it could write one."""
    workers: dict[str, RecordedWorker] = field(default_factory=dict)
    planned: list[str] = field(default_factory=list)
    """The rules of the run."""
    together: bool = False
    """Whether the workers sent covering requests as a batch."""
    histories: dict[str, History] = field(default_factory=dict)
    """By scenario. Recordings of older runs have none."""

    @property
    def complete(self) -> bool:
        """Whether the run was complete. A run without a footer was not."""
        return self.footer is not None and self.footer.complete

    @property
    def left(self) -> list[str]:
        """The resources that the run left behind."""
        return list(self.footer.left) if self.footer else []

    def order(self) -> dict[str, int]:
        """Rules by position: each worker's in the order in which the worker finished them.

        Playback needs this order: later properties reuse the requests of earlier ones.
        """
        finished = (rule for worker in self.workers.values() for rule in worker.rules)
        return {rule: place for place, rule in enumerate(finished)}

    def made(self, besides: str) -> Iterable[str]:
        """The ids of the images that workers other than ``besides`` created."""
        for name, worker in self.workers.items():
            if name != besides:
                yield from worker.made()

    def launched(self) -> Iterator[tuple[str, str]]:
        """Kind and id of each instance of the run, and of each volume that one of them had."""
        launched = set()
        for action, root in self._answers():
            if action == "CreateVolume":
                yield "volume", root.value("volumeId") or ""
            elif action in ("RunInstances", "DescribeInstances"):
                for instance in describe.instances(root):
                    if action == "RunInstances":
                        launched.add(instance.id)
                        yield "instance", instance.id
                    if instance.id in launched:
                        yield from (("volume", volume.id) for volume in instance.volumes)

    def _answers(self) -> Iterator[tuple[str, Element]]:
        """Action and root of each answer, in the order of the workers."""
        for worker in self.workers.values():
            for each in worker.exchanges:
                match each.result:
                    case Received(answer=RecordedAnswer(root=RecordedElement() as kept)):
                        yield dict(each.request.params).get("Action", ""), kept.element()

    def _take(self, line: Line) -> None:
        match line:
            case Planned():
                self.planned, self.together = line.rules, line.together
            case WorkerStarted():
                worker = self._of(line.worker)
                worker.first, worker.before, worker.listed = line.first, line.before, line.listed
            case RuleFinished():
                self._of(line.worker).rules.append(line.rule)
            case ClockRead():
                self._of(line.worker).rest = line.times
            case SentExchange():
                self._of(line.worker).exchanges.append(line)
            case HistoryTold():
                self.histories[line.history.scenario] = line.history
                self._of(line.worker).told.add(line.history.scenario)

    def _of(self, worker: str) -> RecordedWorker:
        return self.workers.setdefault(worker, RecordedWorker())


def begin(path: Path, header: RunHeader, account: str) -> Lines:
    """Start a recording, in place of an older one. Raises UsageError."""
    lines = Lines(path, account)
    os.truncate(path, 0)
    lines.add(header)
    return lines


def finish(path: Path, lines: Lines, *, complete: bool, left: list[str]) -> None:
    """Append the footer."""
    data = path.read_bytes()
    lines.add(Footer(count=data.count(b"\n"), digest=_digest(data), complete=complete, left=left))


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def read(path: Path) -> Cassette:
    """Read a recording. Raises UsageError for a file that is no recording or is damaged."""
    try:
        data = path.read_bytes()
    except OSError as why:
        raise UsageError(f"{path} cannot be read ({why.strerror}): give a recording.") from None
    whole, _, rest = data.rpartition(b"\n")
    parsed = [_json(path, number, line) for number, line in enumerate(whole.split(b"\n"), 1)]
    reader = _READERS.get(_version(parsed[0]))
    if reader is None:
        known = " or ".join(map(str, sorted(_READERS)))
        raise UsageError(f"{path} is no recording of version {known}: make one with --record.")
    lines: list[Line] = []
    for number, line in enumerate(parsed, 1):
        try:
            lines.append(reader(line))
        except (KeyError, TypeError, ValueError):  # msgspec.ValidationError is a ValueError
            raise _damaged(path, number) from None
    header, last = lines[0], lines[-1]
    if not isinstance(header, RunHeader):
        raise _damaged(path, 1)
    footer = last if isinstance(last, Footer) else None
    if footer is not None:
        before = whole.rpartition(b"\n")[0] + b"\n"
        if rest or footer.count != len(lines) - 1 or footer.digest != _digest(before):
            raise UsageError(f"{path} was changed after the run: record the run again.")
    found = Cassette(header, footer)
    for each in lines[1:]:
        found._take(each)
    return found


def _json(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _damaged(path, number)
    return found


def _damaged(path: Path, number: int) -> UsageError:
    return UsageError(f"{path}, line {number}, is damaged: record the run again.")


def _version(first: dict[str, Any]) -> Any:
    """The version in a header line of any version; None if there is none."""
    header = first.get("header", first)
    found = header.get("version") if isinstance(header, dict) else None
    return found if isinstance(found, int) else None
