"""The ledger: which resources a run created, on disk before the run uses them.

Each run has a folder in the user's state folder. Each process of the run appends to a file of its
own there, so that processes never wait for each other. A line is one JSON object: an intent before
a request that may create a resource, the ids after it. A process locks its file while it runs, so
that `amiproof sweep` leaves the resources of a current run alone.

The file is long because it has one class: readers and writers share the entries and their lock.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

import msgspec
import platformdirs
from filelock import FileLock, Timeout

from conformance.clock import SYSTEM, Clock

RUN_TAG = "amiproof-run"
"""The tag on each resource of a run, where the target supports tags."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line about one resource."""

    event: str
    """``intent``, ``made``, ``refused``, ``mapped``, ``gone`` or ``settled``."""
    kind: str
    """``instance``, ``image``, ``snapshot`` or ``volume``."""
    id: str = ""
    name: str = ""
    """The image's name: finds an image whose CreateImage request got no answer. Of a ``mapped``
    snapshot, the image that refers to it."""
    at: float = 0.0
    """Seconds since 1970."""


class Header(msgspec.Struct, frozen=True):
    """The run that a ledger belongs to, and the target that has its resources."""

    run_id: str
    target: str
    endpoint: str
    region: str
    account: str = ""
    """A digest of the account number; empty for an emulator."""


def ledgers() -> Path:
    """The folder of all ledgers: ``$AMIPROOF_STATE`` or the user's state folder."""
    home = os.environ.get("AMIPROOF_STATE") or platformdirs.user_state_dir("amiproof")
    return Path(home) / "ledgers"


class _Read:
    """The entries of one file, read incrementally: files only grow."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._offset = 0
        self._file = 0

    def catch_up(self, path: Path) -> None:
        """Read the lines added since the last call. Broken lines are skipped."""
        with path.open("rb") as file:
            if (
                number := os.fstat(file.fileno()).st_ino
            ) != self._file:  # compaction replaced the file
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
    """The ledger of one run, as one of its processes writes it.

    ``durable`` syncs each intent to the disk, so that it survives a crash of the machine.
    """

    def __init__(
        self,
        folder: Path,
        writer: str = "main",
        *,
        durable: bool = False,
        clock: Clock = SYSTEM,
    ) -> None:
        self.folder = folder
        self.writer = writer
        self.path = folder / f"{writer}.jsonl"
        self._file: IO[str] | None = None
        self._lock = FileLock(folder / f"{writer}.lock", thread_local=False)
        self._durable, self._clock = durable, clock
        self._threads = threading.RLock()
        self._made: set[str] = set()
        self._written: dict[tuple[str, str], str] = {}
        """Kind and id to name: what this process has written as made."""
        self._read: dict[Path, _Read] = {}
        self._before_path = folder / "before.json"
        self._before: dict[str, frozenset[str]] | None = None

    @property
    def run_id(self) -> str:
        """The run's id, which is also the value of its tag."""
        return self.folder.name

    def open(self, header: Header | None = None) -> None:
        """Create the folder, lock this process's file and write the header."""
        if not self._lock.is_locked:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        if header is not None:
            whole = self.folder / "run.json"
            part = whole.with_suffix(".part")
            part.write_bytes(msgspec.json.encode(header))
            part.replace(whole)

    def header(self) -> Header | None:
        """The header, or None after a crash that came before it was written."""
        try:
            return msgspec.json.decode((self.folder / "run.json").read_bytes(), type=Header)
        except (OSError, msgspec.DecodeError):
            return None

    def is_in_use(self) -> bool:
        """Whether another live process writes to this ledger."""
        for path in self.folder.glob("*.lock"):
            if path != Path(self._lock.lock_file):
                try:
                    with FileLock(path, timeout=0):
                        pass
                except Timeout:
                    return True
        return False

    def keep_before(self, listed: Mapping[str, Iterable[str]]) -> None:
        """Keep the ids that the target listed before the run created anything, by kind."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self._before_path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode({kind: sorted(ids) for kind, ids in listed.items()}))
        part.replace(self._before_path)

    def before(self, kind: str) -> frozenset[str] | None:
        """The ids of a kind that existed before the run, or None where they were not listed."""
        if self._before is None:
            try:
                found = msgspec.json.decode(
                    self._before_path.read_bytes(), type=dict[str, list[str]]
                )
            except (OSError, msgspec.DecodeError):
                return None
            self._before = {kind: frozenset(ids) for kind, ids in found.items()}
        return self._before.get(kind)

    def was_there(self, kind: str, id: str) -> bool:
        """Whether a resource existed before the run."""
        return id in (self.before(kind) or ())

    def keep_clean(self) -> None:
        """Keep that the clean-up left nothing at the target."""
        (self.folder / "clean").touch()

    def is_clean(self) -> bool:
        """Whether a clean-up left nothing at the target, so that no further one is needed."""
        return (self.folder / "clean").exists()

    def intend(self, kind: str, name: str = "") -> None:
        """Record, on disk, that a request is about to create a resource."""
        self._write("intent", kind, name=name)
        if self._durable and self._file is not None:
            os.fsync(self._file.fileno())

    def refused(self, kind: str, name: str = "") -> None:
        """Record that an intended resource was not created: the target rejected the request."""
        self._write("refused", kind, name=name)

    def made(self, kind: str, id: str, name: str = "") -> None:
        """Record a created resource, before the run uses it. Repeated calls write one line.

        A resource that existed before the run is not recorded, whatever an answer says.
        """
        written = self._written.get((kind, id))
        if self.was_there(kind, id) or (written is not None and name in ("", written)):
            return
        self._write("made", kind, id, name)
        self._written[kind, id] = name
        self._made.add(id)

    def mapped(self, snapshot_id: str, image_id: str) -> None:
        """Record that an image of the run refers to a snapshot, before the image is removed.

        The snapshot counts as created by the run only once the clean-up has confirmed it.
        """
        if ("mapped", snapshot_id) not in self._written:
            self._write("mapped", "snapshot", snapshot_id, image_id)
            self._written["mapped", snapshot_id] = image_id

    def gone(self, kind: str, id: str) -> None:
        """Record that a resource was removed."""
        self._write("gone", kind, id)

    def settled(self, kind: str, name: str = "") -> None:
        """Record that the target lists nothing for an intent whose request got no answer."""
        self._write("settled", kind, name=name)

    def _write(self, event: str, kind: str, id: str = "", name: str = "") -> None:
        at = round(self._clock.time(), 3)
        line = {"event": event, "kind": kind, "id": id, "name": name, "at": at}
        text = json.dumps({field: value for field, value in line.items() if value}) + "\n"
        with self._threads:
            if self._file is None:
                self.open()
                self._file = self.path.open("a", encoding="utf-8", errors="surrogatepass")
                if self._file.tell():
                    self._file.write("\n")  # end a line that a crash cut short
            self._file.write(text)
            if event != "refused":  # a rejection can wait for the next flush
                self._file.flush()

    def compact(self, before: float) -> None:
        """Drop this process's lines, older than ``before``, about resources that are gone or were
        never created. This bounds the file of a long run."""
        with self._threads:
            if self._file is None:
                return
            self._file.flush()
            own = _Read()
            own.catch_up(self.path)
            over = _over(own.entries, before)
            kept = [e for place, e in enumerate(own.entries) if not place or place not in over]
            dropped = [e for place, e in enumerate(own.entries) if place in over]
            self._made -= {e.id for e in dropped}
            for entry in dropped:
                self._written.pop((entry.kind, entry.id), None)
                self._written.pop((entry.event, entry.id), None)
            part = self.path.with_suffix(".part")
            with part.open("w", encoding="utf-8", errors="surrogatepass") as file:
                file.writelines(json.dumps(msgspec.to_builtins(e)) + "\n" for e in kept)
            self._file.close()
            part.replace(self.path)
            self._file = self.path.open("a", encoding="utf-8", errors="surrogatepass")

    def entries(self) -> Iterator[Entry]:
        """The lines of all processes of the run. Lines that a crash cut short are skipped."""
        with self._threads:
            if self._file is not None:
                self._file.flush()
        for path in sorted(self.folder.glob("*.jsonl")):
            known = self._read.setdefault(path, _Read())
            known.catch_up(path)
            yield from known.entries

    def remaining(self) -> dict[str, dict[str, str]]:
        """The resources that were created and are not gone: kind to id to name."""
        entries = list(self.entries())
        # An id is never reused, so the order of lines in different files does not matter.
        gone = {(entry.kind, entry.id) for entry in entries if entry.event == "gone"}
        left: dict[str, dict[str, str]] = {}
        for entry in entries:
            if entry.event == "made" and (entry.kind, entry.id) not in gone:
                left.setdefault(entry.kind, {})[entry.id] = entry.name
        return left

    def ever(self, kind: str) -> set[str]:
        """The ids of all resources of a kind that the run created, removed ones included."""
        return {e.id for e in self.entries() if e.event == "made" and e.kind == kind}

    def removed(self, kind: str) -> set[str]:
        """The ids of all resources of a kind that the run removed."""
        return {e.id for e in self.entries() if e.event == "gone" and e.kind == kind}

    def referred(self) -> dict[str, str]:
        """The snapshots that images of the run referred to: id to image id."""
        return {e.id: e.name for e in self.entries() if e.event == "mapped"}

    def has(self, id: str) -> bool:
        """Whether a process of the run created the resource with this id."""
        if id not in self._made:
            with self._threads:
                self._made |= {e.id for e in self.entries() if e.event == "made"}
        return id in self._made

    def intended(self) -> set[str]:
        """The names in all CreateImage requests of the run, answered or not."""
        return {e.name for e in self.entries() if e.event == "intent" and e.kind == "image"}

    def unanswered(self, kind: str = "image") -> dict[str, float]:
        """Intents without an answer: name to time. Only images have names."""
        return self._open_intents(kind, ("made", "refused"))

    def unsettled(self, kind: str = "image") -> dict[str, float]:
        """Unanswered intents that were not settled: their resource may still appear."""
        return self._open_intents(kind, ("made", "refused", "settled"))

    def _open_intents(self, kind: str, closing: Container[str]) -> dict[str, float]:
        """The intents that no line of these events closes: name to time."""
        waiting: dict[str, list[float]] = {}
        recorded: set[str] = set()
        for entry in self.entries():
            if entry.kind != kind or entry.event == "mapped" or (entry.id and entry.id in recorded):
                continue
            recorded.add(entry.id)
            if entry.event == "intent":
                waiting.setdefault(entry.name, []).append(entry.at)
            elif entry.event in closing and (moments := waiting.pop(entry.name, [])):
                # Several requests may have one name: an answer closes one, a search all before it.
                searched = entry.event == "settled"
                left = [at for at in moments if at > entry.at] if searched else moments[1:]
                if left:
                    waiting[entry.name] = left
        return {name: moments[-1] for name, moments in waiting.items()}

    def last_made(self, kind: str) -> float:
        """When the run last created a resource of a kind, or 0."""
        made = (e.at for e in self.entries() if e.event == "made" and e.kind == kind)
        return max(made, default=0.0)

    def close(self) -> None:
        """Close the file and release the lock. The ledger can still be read."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._lock.release()


def _over(entries: list[Entry], before: float) -> set[int]:
    """The positions of entries that nothing needs: their resource is gone or was never created.

    The lines about one image name are dropped together, once each request for it was answered.
    """
    gone = {(e.kind, e.id) for e in entries if e.event == "gone" and e.at < before}
    by_name: dict[str, list[int]] = {}
    for place, entry in enumerate(entries):
        if entry.kind == "image" and entry.name and entry.at < before:
            by_name.setdefault(entry.name, []).append(place)
    over: set[int] = set()
    for places in by_name.values():
        if _is_finished([entries[place] for place in places], gone):
            over.update(places)
    kept = {e.id for place, e in enumerate(entries) if e.event == "made" and place not in over}
    for place, e in enumerate(entries):
        if (e.kind, e.id) in gone and (e.kind == "snapshot" or e.id not in kept):
            over.add(place)
    return over


def _is_finished(lines: list[Entry], gone: set[tuple[str, str]]) -> bool:
    """Whether all requests for one image name were answered and their images are gone."""
    made = {("image", e.id) for e in lines if e.event == "made"}
    events = [e.event for e in lines]
    return len(made) + events.count("refused") >= events.count("intent") and made <= gone
