"""The ledger: what a run made, on disk before anything relies on it.

A folder per run in the user's state folder, and in it a file per process, so that nobody has to
wait for anybody. Each line is one JSON object: an intent before a creating call, the ids after it.
Lines are only ever added. A process holds a lock on its file while it lives: what a living run
made is nobody else's to remove.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
import platformdirs
from filelock import FileLock, Timeout

RUN_TAG = "amiproof-run"
"""The tag that everything of a run bears, where the target lets us tag."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: what is about to be made (``intent``), was made or refused, or is gone."""

    event: str
    kind: str
    """``instance``, ``image``, ``snapshot`` or ``volume``."""
    id: str = ""
    name: str = ""
    """An image's name: how to find one whose making was not answered."""
    at: float = 0.0
    """Seconds since 1970."""


class Header(msgspec.Struct, frozen=True):
    """Whose ledger it is: where what it names is to be found."""

    run_id: str
    target: str
    endpoint: str
    region: str
    account: str = ""
    """A digest of the account, where it is a real one."""


def ledgers() -> Path:
    """The folder of all ledgers: ``$AMIPROOF_STATE`` or the user's state folder."""
    home = os.environ.get("AMIPROOF_STATE") or platformdirs.user_state_dir("amiproof")
    return Path(home) / "ledgers"


class _Read:
    """What was read of one file so far; lines are only ever added."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._offset = 0
        self._file = 0

    def catch_up(self, path: Path) -> None:
        """Read the lines that were added."""
        with path.open("rb") as file:
            if (number := os.fstat(file.fileno()).st_ino) != self._file:  # it was compacted
                self.entries, self._offset, self._file = [], 0, number
            file.seek(self._offset)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._offset += len(whole + newline)
        for line in whole.splitlines():
            try:
                self.entries.append(msgspec.convert(json.loads(line), Entry))
            except (ValueError, msgspec.ValidationError):
                continue


class Ledger:
    """The ledger of one run, written to by one process.

    ``durable`` makes an intent outlive the machine, not just the process: a real account does.
    """

    def __init__(self, folder: Path, writer: str = "main", *, durable: bool = False) -> None:
        self.folder = folder
        self.writer = writer
        self.path = folder / f"{writer}.jsonl"
        self._file: IO[str] | None = None
        self._lock = FileLock(folder / f"{writer}.lock", thread_local=False)
        self._durable = durable
        self._threads = threading.RLock()
        self._made: set[str] = set()
        self._read: dict[Path, _Read] = {}

    @property
    def run_id(self) -> str:
        """The run's id, which is also the value of its tag."""
        return self.folder.name

    def open(self, header: Header | None = None) -> None:
        """Make the folder and hold this process's lock; write whose ledger it is."""
        if not self._lock.is_locked:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        if header is not None:
            whole = self.folder / "run.json"
            part = whole.with_suffix(".part")
            part.write_bytes(msgspec.json.encode(header))
            part.replace(whole)

    def header(self) -> Header | None:
        """Whose ledger it is, or None where a crash came before that was written."""
        try:
            return msgspec.json.decode((self.folder / "run.json").read_bytes(), type=Header)
        except (OSError, msgspec.DecodeError):
            return None

    def is_in_use(self) -> bool:
        """Whether another process that writes to it is alive."""
        for path in self.folder.glob("*.lock"):
            if path != Path(self._lock.lock_file):
                try:
                    with FileLock(path, timeout=0):
                        pass
                except Timeout:
                    return True
        return False

    def intend(self, kind: str, name: str = "") -> None:
        """Say that a thing is about to be made; on disk when this returns."""
        self._write("intent", kind, name=name)
        if self._durable and self._file is not None:
            os.fsync(self._file.fileno())

    def refused(self, kind: str, name: str = "") -> None:
        """Say that the thing last intended was not made: the answer was a refusal."""
        self._write("refused", kind, name=name)

    def made(self, kind: str, id: str, name: str = "") -> None:
        """Say that a thing was made, before it is relied on."""
        self._write("made", kind, id, name)
        self._made.add(id)

    def gone(self, kind: str, id: str) -> None:
        """Say that a thing was removed."""
        self._write("gone", kind, id)

    def settled(self, kind: str, name: str = "") -> None:
        """Say that a look showed nothing of what was intended and never answered."""
        self._write("settled", kind, name=name)

    def _write(self, event: str, kind: str, id: str = "", name: str = "") -> None:
        line = {"event": event, "kind": kind, "id": id, "name": name, "at": round(time.time(), 3)}
        text = json.dumps({field: value for field, value in line.items() if value}) + "\n"
        with self._threads:
            if self._file is None:
                self.open()
                self._file = self.path.open("a", encoding="utf-8", errors="surrogatepass")
                if self._file.tell():
                    self._file.write("\n")  # ends a line that a crash cut short
            self._file.write(text)
            if event != "refused":  # that nothing was made can wait for the next line
                self._file.flush()

    def compact(self, before: float) -> None:
        """Drop what this process wrote before a moment of images and snapshots that are gone, or
        that were refused: in a long run nothing else would bound the file."""
        with self._threads:
            if self._file is None:
                return
            self._file.flush()
            own = _Read()
            own.catch_up(self.path)
            over = _over(own.entries, before)
            kept = [e for place, e in enumerate(own.entries) if not place or place not in over]
            self._made -= {e.id for place, e in enumerate(own.entries) if place in over}
            part = self.path.with_suffix(".part")
            with part.open("w", encoding="utf-8", errors="surrogatepass") as file:
                file.writelines(json.dumps(msgspec.to_builtins(e)) + "\n" for e in kept)
            self._file.close()
            part.replace(self.path)
            self._file = self.path.open("a", encoding="utf-8", errors="surrogatepass")

    def entries(self) -> Iterator[Entry]:
        """Every line of every process of the run. A line cut short by a crash is passed over."""
        with self._threads:
            if self._file is not None:
                self._file.flush()
        for path in sorted(self.folder.glob("*.jsonl")):
            known = self._read.setdefault(path, _Read())
            known.catch_up(path)
            yield from known.entries

    def remaining(self) -> dict[str, dict[str, str]]:
        """What was made and is not gone: kind to id to name."""
        entries = list(self.entries())
        # Ids never repeat, and each process has a file of its own: the order says nothing.
        gone = {(entry.kind, entry.id) for entry in entries if entry.event == "gone"}
        left: dict[str, dict[str, str]] = {}
        for entry in entries:
            if entry.event == "made" and (entry.kind, entry.id) not in gone:
                left.setdefault(entry.kind, {})[entry.id] = entry.name
        return left

    def ever(self, kind: str) -> set[str]:
        """The ids of all of a kind that the run made, those that are gone too."""
        return {e.id for e in self.entries() if e.event == "made" and e.kind == kind}

    def has(self, id: str) -> bool:
        """Whether the run made a thing, in this process or another."""
        if id not in self._made:
            with self._threads:
                self._made |= {e.id for e in self.entries() if e.event == "made"}
        return id in self._made

    def intended(self) -> set[str]:
        """The names of all images that the run asked for, answered or not."""
        return {e.name for e in self.entries() if e.event == "intent" and e.kind == "image"}

    def unanswered(self, kind: str = "image") -> dict[str, float]:
        """What was intended and never answered: name to moment. Only images have names."""
        waiting: dict[str, list[float]] = {}
        seen: set[str] = set()
        for entry in self.entries():
            if entry.kind != kind or (entry.id and entry.id in seen):
                continue
            seen.add(entry.id)
            if entry.event == "intent":
                waiting.setdefault(entry.name, []).append(entry.at)
            elif entry.event in ("made", "refused"):
                # Of several requests for one name, this answers one.
                waiting.get(entry.name, [0.0]).pop(0)
                if not waiting.get(entry.name):
                    waiting.pop(entry.name, None)
        return {name: moments[-1] for name, moments in waiting.items()}

    def unsettled(self, kind: str = "image") -> dict[str, float]:
        """What is unanswered and no look has shown to be nothing: it may still appear."""
        waiting = self.unanswered(kind)
        for entry in self.entries():
            looked = entry.event == "settled" and entry.kind == kind
            if looked and waiting.get(entry.name, entry.at + 1) <= entry.at:
                del waiting[entry.name]
        return waiting

    def first(self) -> float:
        """The moment of the first line that the run wrote, or 0."""
        return min((entry.at for entry in self.entries()), default=0.0)

    def last_made(self, kind: str) -> float:
        """When the run last made something of a kind, or 0."""
        made = (e.at for e in self.entries() if e.event == "made" and e.kind == kind)
        return max(made, default=0.0)

    def close(self) -> None:
        """Close the file and give the lock back; the ledger can still be read."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._lock.release()


def _over(entries: list[Entry], before: float) -> set[int]:
    """The places of entries that tell of nothing that is there or may yet appear.

    What was said of an image's name goes together, once each request for it was answered.
    """
    gone = {(e.kind, e.id) for e in entries if e.event == "gone" and e.at < before}
    by_name: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        if entry.kind == "image" and entry.name and entry.at < before:
            by_name.setdefault(entry.name, []).append(place)
    over: set[int] = set()
    for places in by_name.values():
        said = [entries[place] for place in places]
        made = {("image", e.id) for e in said if e.event == "made"}
        refused = sum(e.event == "refused" for e in said)
        answered = len(made) + refused >= sum(e.event == "intent" for e in said)
        if answered and made <= gone:
            over.update(places)
    left = {e.id for place, e in enumerate(entries) if e.event == "made" and place not in over}
    over.update(
        place
        for place, e in enumerate(entries)
        if (e.kind, e.id) in gone and (e.kind == "snapshot" or e.id not in left)
    )
    return over
