"""The gate: results held against a baseline of known deviations.

A baseline is a TOML file that a person keeps, one entry to a known deviation::

    [[deviation]]
    rule = "name.length.max"
    arm = "breaks"
    outcome = "accepted"
    reason = "names are not looked at yet"
    issue = "https://example.com/issues/1"
    owner = "compute"
    expires = 2027-01-31

Rule, arm, outcome (and ``code`` where there is one) are what a deviation is recognised by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

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
_ABOUT = "Known deviations, one to an entry: reason, issue, owner and expires are yours."


class BadBaseline(Exception):
    """The file is no baseline; says in one sentence what is wrong and where."""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """A known deviation."""

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
        """What the deviation is recognised by."""
        return Identity(self.rule, self.arm.value, self.outcome, self.code)


class Baseline(Struct, frozen=True):
    """A baseline that was read."""

    path: str
    entries: tuple[Entry, ...]
    lines: tuple[int, ...]
    """Where each entry begins."""


def load(path: Path) -> Baseline:
    """The baseline in a file. Raises BadBaseline."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomlkit.parse(text).unwrap()
    except OSError as why:
        raise BadBaseline(f"{path} cannot be read: {why.strerror}.") from None
    except UnicodeDecodeError:
        raise BadBaseline(f"{path} is no text in UTF-8.") from None
    except ParseError as why:
        raise BadBaseline(f"{path}, line {why.line}: no TOML: {why}.") from None
    others = raw.keys() - {"deviation"}
    tables = raw.get("deviation", [])
    if others or not isinstance(tables, list):
        what = f"{min(others)!r} is unknown" if others else "deviation is no list"
        line = _line_of(text, min(others) if others else "deviation")
        raise BadBaseline(
            f"{path}, line {line}: {what}: a baseline is made of [[deviation]] entries."
        )
    lines = _lines(text, len(tables))
    entries = tuple(_entry(path, line, table) for line, table in zip(lines, tables, strict=True))
    return Baseline(str(path), entries, lines)


def _line_of(text: str, key: str) -> int:
    """Where a key of the whole file first stands."""
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
        raise BadBaseline(f"{path}, line {line}: {entry.rule!r} is no rule: see amiproof rules.")
    if not _OUTCOME.fullmatch(entry.outcome):
        raise BadBaseline(f"{path}, line {line}: {entry.outcome!r} is no class of outcome.")
    return entry


def hold(results: Results, baseline: Baseline, today: date) -> Results:
    """The results with what the baseline knows marked so, and with what is wrong with it."""
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
    """What has to be changed in the baseline, a sentence each."""
    rules = {rule.id: rule for rule in results.rules}
    listed = {entry.identity for entry in baseline.entries}
    told: set[Identity] = set()
    for entry, line in zip(baseline.entries, baseline.lines, strict=True):
        rule = rules.get(entry.rule)
        if rule is None or rule.status in (Verdict.UNTESTED, Verdict.NOT_APPLICABLE):
            continue  # nobody knows whether it is still so
        if not gates(rule, results.fail_on):
            continue  # a rule of this grade does not fail the run, nor does its entry
        where = f"{baseline.path}, line {line}: {entry.identity}"
        found = rule.identities()
        if entry.identity in found:
            if _expired(entry, today):
                yield f"{where} has expired on {entry.expires}: mend it, or move the date."
            continue
        others = (i for i in found if i.arm == entry.arm and i not in listed and i not in told)
        if (other := next(others, None)) is not None:
            told.add(other)
            code = f" and code = {other.code!r}" if other.code or entry.code else ""
            yield f"{where} fails in another way now: write outcome = {other.outcome!r}{code}."
        elif results.complete and _both_arms(rule):
            yield f"{where} is healed: delete the entry."


def _both_arms(rule: RuleResult) -> bool:
    """Whether what is not seen of a rule any more can be called healed."""
    return bool(rule.keeps and rule.breaks)


def update(text: str, results: Results) -> str:
    """The text of a baseline brought up to results: what is new is added, what is healed dropped,
    what has changed is changed; comments, order and what people wrote stay."""
    document = tomlkit.parse(text if text.strip() else f"# {_ABOUT}\n")
    entries = document.get("deviation", tomlkit.aot())
    if not isinstance(entries, AoT):
        raise BadBaseline("deviation is no list of [[deviation]] entries.")
    rules = {rule.id: rule for rule in results.rules}
    listed = {_identity(entry) for entry in entries}
    new = {i: None for rule in results.rules for i in rule.identities() if i not in listed}
    for number in reversed(range(len(entries))):
        entry = entries[number]
        identity = _identity(entry)
        rule = rules.get(identity.rule)
        if rule is None or rule.status in (Verdict.UNTESTED, Verdict.NOT_APPLICABLE):
            continue
        if identity in rule.identities():
            continue
        same_arm = (i for i in new if i.rule == identity.rule and i.arm == identity.arm)
        if (other := next(same_arm, None)) is not None:
            del new[other]
            _write(entry, other)
        elif results.complete and _both_arms(rule):
            del entries[number]
    if not entries and "deviation" in document:
        del document["deviation"]  # an empty list would be written as a value
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
    """Set what an entry is recognised by."""
    for key, value in identity._asdict().items():
        if value:
            entry[key] = value
        elif key in entry:
            del entry[key]
