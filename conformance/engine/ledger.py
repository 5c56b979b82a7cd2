"""The ledger: what a run made, on disk before anything relies on it.

A folder per run in the user's state folder, and in it a file per process, so that nobody has to
wait for anybody. Each line is one JSON object: an intent before a creating call, the ids after it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
import platformdirs

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


def ledgers() -> Path:
    """The folder of all ledgers: ``$AMIPROOF_STATE`` or the user's state folder."""
    home = os.environ.get("AMIPROOF_STATE") or platformdirs.user_state_dir("amiproof")
    return Path(home) / "ledgers"


class Ledger:
    """The ledger of one run, written to by one process."""

    def __init__(self, folder: Path, writer: str = "main") -> None:
        self.folder = folder
        self.path = folder / f"{writer}.jsonl"
        self._file: IO[str] | None = None

    def intend(self, kind: str, name: str = "") -> None:
        """Say that a thing is about to be made."""
        self._write(Entry("intent", kind, name=name))

    def refused(self, kind: str, name: str = "") -> None:
        """Say that the thing last intended was not made: the answer was a refusal."""
        self._write(Entry("refused", kind, name=name))

    def made(self, kind: str, id: str, name: str = "") -> None:
        """Say that a thing was made, before it is relied on."""
        self._write(Entry("made", kind, id, name))

    def gone(self, kind: str, id: str) -> None:
        """Say that a thing was removed."""
        self._write(Entry("gone", kind, id))

    def _write(self, entry: Entry) -> None:
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a", encoding="utf-8", errors="surrogatepass")
        self._file.write(json.dumps(msgspec.to_builtins(entry)) + "\n")
        self._file.flush()

    def entries(self) -> Iterator[Entry]:
        """Every line of every process of the run. A line cut short by a crash is passed over."""
        for path in sorted(self.folder.glob("*.jsonl")):
            for line in path.read_bytes().splitlines():
                try:
                    yield msgspec.convert(json.loads(line), Entry)
                except (ValueError, msgspec.ValidationError):
                    continue

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

    def unanswered(self) -> set[str]:
        """Names of images whose making was intended and never answered."""
        names: set[str] = set()
        for entry in self.entries():
            if entry.kind == "image" and entry.event == "intent":
                names.add(entry.name)
            elif entry.kind == "image" and entry.event in ("made", "refused"):
                names.discard(entry.name)
        return names - {""}

    def close(self) -> None:
        """Close the file; the ledger can still be read."""
        if self._file is not None:
            self._file.close()
            self._file = None
