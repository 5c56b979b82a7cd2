"""The ledger: which resources a run created, on disk before the run uses them.

Each run has a folder in the user's state folder. Each process of the run appends to a file of its
own there, so that processes never wait for each other. A line is one JSON object: an intent before
a request that may create a resource, the ids after it. A process locks its file while it runs, so
that `amiproof sweep` leaves the resources of a current run alone.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

import msgspec
import platformdirs
from filelock import FileLock, Timeout

from conformance.clock import SYSTEM, Clock
from conformance.engine.client.ledger_entries import Entry, EntryFile, finished, open_intents
from conformance.engine.client.ledger_entries import remaining as remaining_of

RUN_TAG = "amiproof-run"
"""The tag on each resource of a run, where the target supports tags."""


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
        self._read: dict[Path, EntryFile] = {}
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
            own = EntryFile()
            own.catch_up(self.path)
            over = finished(own.entries, before)
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
            known = self._read.setdefault(path, EntryFile())
            known.catch_up(path)
            yield from known.entries

    def remaining(self) -> dict[str, dict[str, str]]:
        """The resources that were created and are not gone: kind to id to name."""
        return remaining_of(self.entries())

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
        return open_intents(self.entries(), kind, ("made", "refused"))

    def unsettled(self, kind: str = "image") -> dict[str, float]:
        """Unanswered intents that were not settled: their resource may still appear."""
        return open_intents(self.entries(), kind, ("made", "refused", "settled"))

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
