"""The gate: results compared with a baseline of known deviations.

A baseline is a TOML file with one entry per known deviation::

    [[deviation]]
    rule = "name.length.max"
    arm = "breaks"
    outcome = "accepted"
    reason = "names are not validated yet"
    issue = "https://example.com/issues/1"
    owner = "compute"
    expires = 2027-01-31

``rule``, ``arm``, ``outcome`` and ``code`` identify the deviation. The rest is for people.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import tomlkit
from msgspec import Struct
from tomlkit.exceptions import ParseError
from tomlkit.items import AoT, Table

from conformance.model import CATALOGUE, Arm
from reports.deviation import Identity, OutcomeClass
from reports.results import Results, RuleResult, Verdict, decide, gates, recounted

_HEADER = re.compile(r"\s*\[\[\s*deviation\s*\]\]")
_OUTCOME = re.compile(f"({'|'.join(OutcomeClass)})( [1-5]xx)?")
_ABOUT = "Known deviations, one per entry. Fill in reason, issue, owner and expires as you like."
_NO_VERDICT = (Verdict.UNTESTED, Verdict.NOT_APPLICABLE)


class BadBaseline(Exception):
    """The file is not a baseline; the message says in one sentence what is wrong, and where."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of a baseline: one known deviation."""

    rule: str
    arm: Arm
    outcome: str
    code: str = ""
    reason: str = ""
    issue: str = ""
    owner: str = ""
    expires: date | None = None

    @property
    def identity(self) -> Identity:
        """The identity of the deviation."""
        return Identity(self.rule, self.arm.value, self.outcome, self.code)


class Baseline(Struct, frozen=True):
    """A baseline as read from its file."""

    path: str
    entries: tuple[Entry, ...]
    lines: tuple[int, ...]
    """The line at which each entry begins."""


def load(path: Path) -> Baseline:
    """The baseline in a file. Raises BadBaseline."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomlkit.parse(text).unwrap()
    except OSError as why:
        raise BadBaseline(f"{path} cannot be read: {why.strerror}.") from None
    except UnicodeDecodeError:
        raise BadBaseline(f"{path} is not UTF-8 text.") from None
    except ParseError as why:
        raise BadBaseline(f"{path}, line {why.line}: invalid TOML: {why}.") from None
    others = raw.keys() - {"deviation"}
    tables = raw.get("deviation", [])
    if others or not isinstance(tables, list):
        what = f"unknown key {min(others)!r}" if others else "deviation is not a list"
        line = _line_of(text, min(others) if others else "deviation")
        raise BadBaseline(
            f"{path}, line {line}: {what}: a baseline consists of [[deviation]] entries."
        )
    lines = _lines(text, len(tables))
    entries = tuple(_entry(path, line, table) for line, table in zip(lines, tables, strict=True))
    return Baseline(str(path), entries, lines)


def _line_of(text: str, key: str) -> int:
    """The first line that contains a top-level key."""
    lines = text.splitlines()
    return next((n for n, line in enumerate(lines, 1) if key in line.partition("#")[0]), 1)


def _lines(text: str, entries: int) -> tuple[int, ...]:
    found = [n for n, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    return tuple(found) if len(found) == entries else (1,) * entries


def _entry(path: Path, line: int, table: Any) -> Entry:
    try:
        entry = msgspec.convert(table, Entry)
    except msgspec.ValidationError as why:
        raise BadBaseline(f"{path}, line {line}: {why}.") from None
    if entry.rule not in CATALOGUE:
        raise BadBaseline(
            f"{path}, line {line}: {entry.rule!r} is not a rule; amiproof rules lists all."
        )
    if not _OUTCOME.fullmatch(entry.outcome):
        raise BadBaseline(f"{path}, line {line}: {entry.outcome!r} is not a class of outcome.")
    return entry


def hold(results: Results, baseline: Baseline, today: date) -> Results:
    """The results with listed deviations as known, and the required changes to the baseline."""
    listed = {entry.identity for entry in baseline.entries if not _expired(entry, today)}
    rules = tuple(_known(rule, listed) for rule in results.rules)
    totals = recounted(rules, results.totals)
    gate = tuple(_wrong(results, baseline, today))
    return msgspec.structs.replace(results, rules=rules, totals=totals, gate=gate)


def _expired(entry: Entry, today: date) -> bool:
    return entry.expires is not None and entry.expires < today


def _known(rule: RuleResult, listed: Iterable[Identity]) -> RuleResult:
    if rule.status is not Verdict.FAIL:
        return rule
    found = rule.identities()
    status, _ = decide(keeps=rule.keeps, breaks=rule.breaks, found=found, baseline=list(listed))
    return msgspec.structs.replace(rule, status=status)


def _wrong(results: Results, baseline: Baseline, today: date) -> Iterator[str]:
    """The required changes to the baseline, one sentence each."""
    rules = {rule.id: rule for rule in results.rules}
    new = _unlisted(results, {entry.identity for entry in baseline.entries})
    for entry, line in zip(baseline.entries, baseline.lines, strict=True):
        rule = rules.get(entry.rule)
        if rule is None or not gates(rule, results.fail_on):
            continue  # a rule of this grade does not fail the run, nor does its entry
        where = f"{baseline.path}, line {line}: {entry.identity}"
        change = _change(entry.identity, rule, new, complete=results.complete)
        if change is None:
            if _expired(entry, today) and entry.identity in rule.identities():
                yield f"{where} expired on {entry.expires}: fix the deviation or set a later date."
        elif (other := change.to) is None:
            yield f"{where} is fixed: delete the entry."
        else:
            code = f" and code = {other.code!r}" if other.code or entry.code else ""
            yield f"{where} has changed: set outcome = {other.outcome!r}{code}."


class _Change(NamedTuple):
    """How an entry has to change, because its deviation was not observed any more."""

    to: Identity | None
    """The deviation to list instead; None if the deviation is fixed."""


def _unlisted(results: Results, listed: Collection[Identity]) -> dict[Identity, None]:
    """The observed deviations that no entry lists, in order."""
    found = (identity for rule in results.rules for identity in rule.identities())
    return {identity: None for identity in found if identity not in listed}


def _change(
    listed: Identity, rule: RuleResult | None, new: dict[Identity, None], *, complete: bool
) -> _Change | None:
    """How an entry has to change, or None. A deviation that replaces it is taken out of ``new``.

    A deviation counts as fixed only after a complete run in which both arms were decided.
    """
    if rule is None or rule.status in _NO_VERDICT or listed in rule.identities():
        return None
    same_arm = (i for i in new if i.rule == listed.rule and i.arm == listed.arm)
    if (other := next(same_arm, None)) is not None:
        del new[other]
        return _Change(other)
    return _Change(None) if complete and rule.keeps and rule.breaks else None


def update(text: str, results: Results) -> str:
    """The text of a baseline brought up to date with results. Raises BadBaseline.

    Adds new deviations, drops fixed ones and rewrites changed ones. Comments, order and the fields
    that people wrote stay.
    """
    document = tomlkit.parse(text if text.strip() else f"# {_ABOUT}\n")
    entries = document.get("deviation", tomlkit.aot())
    if not isinstance(entries, AoT):
        raise BadBaseline("deviation is not a list of [[deviation]] entries.")
    rules = {rule.id: rule for rule in results.rules}
    new = _unlisted(results, {_identity(entry) for entry in entries})
    fixed = []
    for number, entry in enumerate(entries):
        listed = _identity(entry)
        change = _change(listed, rules.get(listed.rule), new, complete=results.complete)
        if change is not None and change.to is None:
            fixed.append(number)
        elif change is not None and change.to is not None:
            _write(entry, change.to)
    for number in reversed(fixed):
        del entries[number]
    if not entries and "deviation" in document:
        del document["deviation"]  # tomlkit would write an empty list as a value
    parts = [tomlkit.dumps(document), *map(_new_entry, new)]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip("\n")) + "\n"


def _new_entry(identity: Identity) -> str:
    entry = tomlkit.table()
    _write(entry, identity)
    entry["reason"] = ""
    return tomlkit.dumps({"deviation": [entry]})


def _identity(entry: Any) -> Identity:
    return Identity(*(str(entry.get(key, "")) for key in Identity._fields))


def _write(entry: Table, identity: Identity) -> None:
    """Set the identity of an entry."""
    for key, value in identity._asdict().items():
        if value:
            entry[key] = value
        elif key in entry:
            del entry[key]
