"""The terminal report of a comparison: each disagreement with its request and both outcomes."""

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
    """Print a comparison; ``left`` names resources that were left behind."""
    for each in comparison.disagreements:
        _one(each, comparison.targets, console)
    for thing in left:
        _line(Text(f"left behind: {words.visible(thing)}", "bold red"), console)
    number = words.plural(len(comparison.disagreements), "disagreement")
    silent = sum(each.right is Right.UNSPECIFIED for each in comparison.disagreements)
    _line(Text(f"{number}; the documents do not decide {silent} of them."), console)
    if comparison.not_compared:
        rules = words.plural(len(comparison.not_compared), "rule")
        _line(
            Text(
                f"{rules} need several steps (reboot, launch, deregister) or something that a"
                " target lacks. They were compared in part or not at all. Run both targets and"
                " compare their results.json.",
                "dim",
            ),
            console,
        )
    if not comparison.complete:
        _line(
            Text("The comparison stopped early; some rules were not compared.", "yellow"), console
        )


def who(right: Right, targets: tuple[str, str]) -> str:
    """A phrase that says which target does what the documents say."""
    first, second = map(words.visible, targets)
    return {
        Right.FIRST: f"{first} does what the documents say",
        Right.SECOND: f"{second} does what the documents say",
        Right.NEITHER: "neither does what the documents say",
        Right.BOTH: "the documents allow both",
        Right.UNSPECIFIED: "the documents do not decide this",
        Right.UNDECIDED: "inconclusive",
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
    """How the request was sent, if not as a signed POST of a form, and its parameters."""
    sent = dict(each.request)
    said = [f"no {name}" for name in ("Action", "Version") if name not in sent]
    if (action := sent.get("Action", _ACTION)) != _ACTION:
        said.append(f"Action={words.value(action)}")
    said += [words.assignment(*line, sign="=") for line in words.request_lines(each.request)]
    if each.bound is not UNSET:
        said += [f"({name}: {words.visible(what.strip('{}'))})" for name, _, what in each.bound]
    return [*words.sending(each.form), *said]


def _seen(seen: Observed) -> str:
    return words.observed(seen) or "as documented"


def _line(text: Text, console: Console) -> None:
    console.print(text, soft_wrap=True, highlight=False)
