"""A comparison on a terminal: each disagreement with its request, both answers and who is right."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET
from rich.console import Console
from rich.text import Text

from reports import words
from reports.disagreement import Comparison, Disagreement, Right
from reports.results import Observed

_ACTION = "CreateImage"
_STYLES = {Right.FIRST: "bold red", Right.SECOND: "bold red", Right.NEITHER: "bold red"}


def show(comparison: Comparison, left: Iterable[str], console: Console) -> None:
    """Print it."""
    for each in comparison.disagreements:
        _one(each, comparison.targets, console)
    for thing in left:
        _line(Text(f"left behind: {words.visible(thing)}", "bold red"), console)
    number = words.plural(len(comparison.disagreements), "disagreement")
    silent = sum(each.right is Right.UNSPECIFIED for each in comparison.disagreements)
    _line(Text(f"{number}; of {silent} of them the documents say nothing."), console)
    if comparison.not_compared:
        rules = words.plural(len(comparison.not_compared), "rule")
        _line(
            Text(
                f"{rules} told by more than requests, or for which a target lacks something, were"
                " compared in part or not at all: run both, and compare their results.json.",
                "dim",
            ),
            console,
        )
    if not comparison.complete:
        _line(
            Text("The comparison was cut short: what is missing is not in here.", "yellow"), console
        )


def who(right: Right, targets: tuple[str, str]) -> str:
    """Who does what the documents say, in words."""
    first, second = map(words.visible, targets)
    return {
        Right.FIRST: f"{first} does what the documents say",
        Right.SECOND: f"{second} does what the documents say",
        Right.NEITHER: "neither does what the documents say",
        Right.BOTH: "the documents allow both",
        Right.UNSPECIFIED: "the documents do not say who is right",
        Right.UNDECIDED: "not decided",
    }[right]


def _one(each: Disagreement, targets: tuple[str, str], console: Console) -> None:
    style = _STYLES.get(each.right, "yellow")
    _line(
        Text.assemble((each.rule or "no rule", "bold"), "  ", (who(each.right, targets), style)),
        console,
    )
    _line(Text(f"  {'  '.join(_request(each))}", "dim"), console)
    width = max(len(words.visible(name)) for name in targets)
    for name, seen in zip(targets, (each.first, each.second), strict=True):
        _line(Text(f"  {words.visible(name):<{width}}  {_seen(seen)}"), console)
    console.print()


def _request(each: Disagreement) -> list[str]:
    """What is unusual in how it was sent, and its parameters."""
    sent = dict(each.request)
    said = [f"no {name}" for name in ("Action", "Version") if name not in sent]
    if (action := sent.get("Action", _ACTION)) != _ACTION:
        said.append(f"Action={words.value(action)}")
    said += [f"{name}={value}" for name, value in words.request_lines(each.request)]
    if each.bound is not UNSET:
        said += [f"({name}: {words.visible(what.strip('{}'))})" for name, _, what in each.bound]
    return [*words.sending(each.form), *said]


def _seen(seen: Observed) -> str:
    return words.observed(seen) or "as documented"


def _line(text: Text, console: Console) -> None:
    console.print(text, soft_wrap=True, highlight=False)
