"""The entries of a ledger: its lines as data, and what they say together. Nothing here writes."""

from __future__ import annotations

import json
import os
from collections.abc import Container, Iterable
from pathlib import Path

import msgspec


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


class EntryFile:
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


def remaining(entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """The resources that were created and are not gone: kind to id to name."""
    entries = list(entries)
    # An id is never reused, so the order of lines in different files does not matter.
    gone = {(entry.kind, entry.id) for entry in entries if entry.event == "gone"}
    left: dict[str, dict[str, str]] = {}
    for entry in entries:
        if entry.event == "made" and (entry.kind, entry.id) not in gone:
            left.setdefault(entry.kind, {})[entry.id] = entry.name
    return left


def open_intents(entries: Iterable[Entry], kind: str, closing: Container[str]) -> dict[str, float]:
    """The intents that no entry of these events closes: name to time."""
    waiting: dict[str, list[float]] = {}
    recorded: set[str] = set()
    for entry in entries:
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


def finished(entries: list[Entry], before: float) -> set[int]:
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
