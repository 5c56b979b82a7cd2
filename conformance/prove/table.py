"""The matrix on a terminal, and the score."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.commands.output import print_line
from conformance.prove.matrix import Proof, Row
from reports.words import visible

_FEW = 6
_STYLES = {"killed": "green", "silent": "green"}


def show(proof: Proof, console: Console) -> None:
    """Print every row, then the wrong results, then the score."""
    console.print(_matrix(proof))
    for row in proof.rows:
        if not row.good:
            _wrong(row, console)
    if proof.whole:
        _rules(proof, console)
    console.print()
    for sentence in score(proof):
        console.print(Text(sentence), highlight=False)


def line(row: Row) -> Text:
    """A row in one line, printed as it completes."""
    blamed = " ".join(row.attempt.blamed)
    return Text(
        f"{row.verdict:9} {visible(row.id)} ({row.attempt.seconds:.1f} s) {blamed}".rstrip(),
        _STYLES.get(row.verdict, "bold red"),
    )


def _matrix(proof: Proof) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("fault or variant", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("after", justify="right")
    table.add_column("blamed", overflow="fold")
    for row in proof.rows:
        first = row.attempt.first if row.attempt.blamed else None
        blamed = Text(" ").join(
            Text(rule, "" if rule in row.rules else "yellow") for rule in row.attempt.blamed
        )
        verdict = Text(row.verdict, _STYLES.get(row.verdict, "bold red"))
        table.add_row(row.id, verdict, "" if first is None else str(first), blamed)
    return table


def _wrong(row: Row, console: Console) -> None:
    """A wrong result with its deviations."""
    console.print()
    breaks = f" breaks {', '.join(row.rules)}" if row.rules else ""
    console.print(Text(f"{row.verdict}: {row.id}{breaks}", "bold red"), highlight=False)
    print_line(f"  {row.what}", console=console)
    for error in row.attempt.errors:
        print_line(f"  {error}", console=console)
    for found in row.attempt.deviations[:4]:
        observed = found.deviation.observed
        words = observed.seen or " ".join(str(w) for w in (observed.outcome, observed.code) if w)
        print_line(f"  {found.rule}: {words}", console=console)
        for name, value in found.deviation.request[2:]:
            print_line(f"    {name}={visible(value)[:100]}", console=console)


def _rules(proof: Proof, console: Console) -> None:
    """Rules that kill no fault, and rules whose faults other properties find."""
    idle, backed = proof.idle(), proof.backed()
    for title, lines in (
        ("rules that kill no fault", idle),
        (
            "rules whose faults other properties find too",
            [f"{id}: backed by {_few(others)}" for id, others in backed.items()],
        ),
    ):
        if lines:
            console.print()
            console.print(Text(f"{title}:"))
            for each in lines:
                print_line(f"  {each}", console=console)


def _few(rules: Sequence[str]) -> str:
    """The first of many rules, and the number of the others."""
    more = len(rules) - _FEW
    named = ", ".join(rules[:_FEW])
    return f"{named} and {more} more" if more > 0 else named


def score(proof: Proof) -> list[str]:
    """The score of the proof, in sentences."""
    killed = len(proof.of("killed"))
    middle, most = proof.precision()
    said = [
        f"{killed} of {len(proof.faults)} faults are found and blamed on their own rule:"
        f" {len(proof.of('survived'))} survive, {len(proof.of('misblamed'))} are blamed on others.",
        f"{len(proof.of('alarm'))} of {len(proof.variants)} conforming variants raise an alarm.",
    ]
    if proof.of("error"):
        said.append(f"The suite itself failed {len(proof.of('error'))} times.")
    if killed:
        said.append(f"Rules blamed for one fault: median {middle:g}, 90th percentile {most}.")
    said.append(f"{proof.effort} effort, seed {proof.seed}, {proof.seconds:.0f} seconds.")
    return said
