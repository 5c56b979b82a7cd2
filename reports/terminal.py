"""The terminal report of a run: what a person acts on.

The table by section, then each broken rule in two or three lines, then the rules without a verdict
counted by reason. :mod:`reports.full` prints everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from reports import tables, words
from reports.causes import Cause, causes
from reports.reasons import by_reason
from reports.results import Results, RuleResult, Verdict
from reports.sections import by_section, title_of

_LONGEST = 3
"""Lines of a text that is wrapped."""
_ROOM = 16
"""Columns below which no id follows a reason, and no request comes before an outcome."""
_FEW = 5
"""Masked rules that get no line of their own."""
_MOST = 30
"""Broken rules that are printed in two lines; of more, each section lists some by id."""


def summary(
    results: Results, console: Console, *, status: int | None = None, where: Path | None = None
) -> None:
    """Print a run's results. ``status`` overrides the exit status that follows from them.

    ``where`` is the folder of the reports.
    """
    tables.heading(results, console)
    found = causes(results)
    _broken([each for each in found if each.first.status is Verdict.FAIL], console)
    _known(results.of(Verdict.KNOWN), console)
    tables.gate(results, console)
    _undecided(results, found, console)
    tables.ending(results, console, status)
    _more(results, where, console)


def _broken(found: list[Cause], console: Console) -> None:
    """Broken rules by section; one defect that masks others is named first."""
    sections = by_section(cause.first for cause in found)
    by_rule = {cause.first.id: cause for cause in found}
    shown = _shown(sections, by_rule)
    if sections:
        console.print()
    for family, rules in sections.items():
        console.print(Text(words.visible(title_of(family)), "bold"), highlight=False)
        for rule in rules:
            if rule.id not in shown:
                continue
            cause = by_rule[rule.id]
            if cause.masked and len(cause.broken) > 1:
                _line(console, _headline(cause), "yellow", 2)
            few = len(cause.masked) < _FEW
            for each in cause.broken:
                _rule(each, console, masks=len(cause.masked) if few and each is rule else 0)
            if not few:
                _line(console, f"masks {_masked(cause)}", "yellow", 4)
        if more := [rule for rule in rules if rule.id not in shown]:
            listed = ", ".join(words.visible(rule.id) for rule in more)
            _line(console, f"and {words.plural(len(more), 'more broken rule')}: {listed}", "red", 2)


def _shown(sections: Mapping[str, list[RuleResult]], by_rule: Mapping[str, Cause]) -> set[str]:
    """The broken rules that are printed in full: of a long section those that mask most."""
    room = {family: len(rules) for family, rules in sections.items()}
    while sum(room.values()) > _MOST and max(room.values()) > 1:
        room[max(room, key=lambda family: room[family])] -= 1
    shown = set()
    for family, rules in sections.items():
        ordered = sorted(rules, key=lambda rule: -len(by_rule[rule.id].masked))
        shown |= {rule.id for rule in ordered[: room[family]]}
    return shown


def _headline(cause: Cause) -> str:
    """The defect, and how many rules it breaks and masks."""
    number = words.plural(len(cause.broken), "rule")
    return f"{_seen(cause.first)}: {number} broken, {len(cause.masked)} masked"


def _masked(cause: Cause) -> str:
    kinds = Counter(title_of(rule.family) for rule in cause.masked)
    listed = ", ".join(f"{words.visible(kind)} {count}" for kind, count in kinds.most_common())
    return f"{words.plural(len(cause.masked), 'rule')}: {listed}"


def _seen(rule: RuleResult) -> str:
    """What was sent and observed."""
    found = rule.deviations[0]
    said = [words.request_brief(rule.id, found), words.outcome(found.observed)]
    return ": ".join(filter(None, said))


def _rule(rule: RuleResult, console: Console, masks: int = 0) -> None:
    """A broken rule: its statement; what was sent, expected and observed."""
    statement = f"{words.visible(rule.id)}  {words.visible(rule.statement)}"
    text = Text(statement)
    text.stylize("bold red", 0, len(words.visible(rule.id)))
    _cut(console, text, 2)
    found = rule.deviations[0]
    said, due = words.outcome(found.observed), words.expected_brief(found.expected)
    if due and due != words.visible(rule.statement):
        said += f"; expected {due}"
    if more := len(rule.deviations) - 1:
        said += f" (and {words.plural(more, 'more deviation')})"
    if masks:
        said += f" (masks {words.plural(masks, 'rule')})"
    _line(console, _in_a_line(words.request_brief(rule.id, found), said, console.width - 4), "", 4)


def _in_a_line(sent: str, said: str, width: int) -> str:
    """What was sent, and what came of it. The first is cut where that saves a line."""
    if not sent:
        return said
    room = width - cell_len(said) - 2
    if _ROOM <= room < cell_len(sent):
        sent = sent[1 - room :]  # the end says most: a tag's value, a mapping's last field
        while cell_len(sent) >= room:
            sent = sent[1:]
        sent = f"…{sent}"
    return f"{sent}: {said}"


def _cut(console: Console, text: Text, indent: int = 0) -> None:
    """A text in one line, cut at its end."""
    text.truncate(max(console.width - indent, 20), overflow="ellipsis")
    console.print(Padding(text, (0, 0, 0, indent), expand=False), highlight=False)


def _line(console: Console, said: str, style: str, indent: int) -> None:
    """A text that is cut after a few lines."""
    text = Text(said, style, overflow="fold")
    lines = list(text.wrap(console, max(console.width - indent, 20)))
    if len(lines) > _LONGEST:
        del lines[_LONGEST:]
        lines[-1].truncate(max(console.width - indent - 1, 19))
        lines[-1].append("…")
    for line in lines:
        line.rstrip()
        console.print(Padding(line, (0, 0, 0, indent), expand=False), highlight=False)


def _known(rules: tuple[RuleResult, ...], console: Console) -> None:
    if not rules:
        return
    console.print()
    console.print(Text(f"{words.plural(len(rules), 'rule')} with known deviations only", "bold"))
    for family, each in by_section(rules).items():
        listed = ", ".join(words.visible(rule.id) for rule in each)
        _line(console, f"{words.visible(title_of(family))}: {listed}", "", 2)


def _undecided(results: Results, found: Iterable[Cause], console: Console) -> None:
    """The rules without a verdict: their number by reason, a line for each."""
    masked = {rule.id for cause in found for rule in cause.masked}
    headed = False
    for verdict, word in ((Verdict.UNTESTED, "untested"), (Verdict.NOT_APPLICABLE, "n.a.")):
        rules = results.of(verdict)
        if not rules:
            continue
        if not headed:
            console.print()
        headed = True
        console.print(Text(f"{words.plural(len(rules), 'rule')} {word}", "bold"))
        hidden = [rule for rule in rules if rule.id in masked]
        if hidden:
            _reason(console, len(hidden), "masked by the broken rules above", hidden)
        for reason, each in by_reason(r for r in rules if r.id not in masked).items():
            _reason(console, len(each), reason, each)


def _reason(console: Console, number: int, reason: str, rules: list[RuleResult]) -> None:
    """The number of rules, the whole reason, and as many ids as its last line has room for."""
    width = max(console.width - 7, 20)
    *first, last = Text(words.visible(reason)).wrap(console, width)
    room = width - last.cell_len - 2
    if room >= _ROOM:
        listed = Text(", ".join(words.visible(rule.id) for rule in rules), "dim")
        listed.truncate(room, overflow="ellipsis")
        last.append(": ").append_text(listed)
    for place, line in enumerate([*first, last]):
        count = "" if place else number
        console.print(Text(f"{count:>5}  ").append_text(line), highlight=False)


def _more(results: Results, where: Path | None, console: Console) -> None:
    """Where the rest is."""
    undecided = (*results.of(Verdict.FAIL), *results.of(Verdict.UNTESTED))
    if where is None or not undecided:
        return
    said = f"one rule in full: amiproof explain {words.visible(undecided[0].id)}"
    if where != Path("amiproof-report"):
        said += f" --results {words.visible(str(where / 'results.json'))}"
    console.print(Text(said), soft_wrap=True, highlight=False)
