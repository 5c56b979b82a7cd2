"""``amiproof prove --mutants``: runs the suite against mutants of the reference's CreateImage.

A mutant is killed if a rule fails. Where no run could begin or end, it is untestable: no rule
blames it. A mutant survives if the run ends and no rule fails. A survivor shows a check that the
suite lacks, or it is listed in ``fixtures/mutants/equivalents.toml`` with the reason.
"""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Sequence
from functools import partial

import msgspec
from rich.console import Console
from rich.text import Text

from conformance.commands.output import print_line
from conformance.engine.core.effort import EffortName
from conformance.engine.core.errors import UsageError
from conformance.prove.attempt import Attempt, attempt
from fixtures.mutants import all_mutants, equivalents, put_in


class MutantRow(msgspec.Struct, frozen=True, kw_only=True):
    """A mutant with the suite's result."""

    id: str
    line: int
    """The line of its module that it changes."""
    attempt: Attempt

    @property
    def killed(self) -> bool:
        """Whether a rule failed."""
        return bool(self.attempt.blamed)

    @property
    def why_untestable(self) -> str:
        """Why the run ended with another status than 0 though no rule failed, or nothing."""
        found = (*self.attempt.errors, *self.attempt.left)
        return "" if self.killed else next(iter(found), "")

    @property
    def verdict(self) -> str:
        """``killed``, ``untestable``, ``equivalent`` (survives and is listed) or ``survived``."""
        if self.killed:
            return "killed"
        if self.why_untestable:
            return "untestable"
        return "equivalent" if self.id in equivalents() else "survived"


class Mutants(msgspec.Struct, frozen=True, kw_only=True):
    """The mutants that were run, as ``--json`` writes them."""

    schema: int = 1
    effort: str
    seed: int
    all: int
    """The number of mutants that exist."""
    rows: tuple[MutantRow, ...]

    def of(self, verdict: str) -> list[MutantRow]:
        """The rows of a verdict."""
        return [row for row in self.rows if row.verdict == verdict]

    @property
    def status(self) -> int:
        """0 if a rule fails for each mutant that is not listed as equivalent, else 1."""
        return 1 if self.of("survived") or self.of("untestable") else 0


def drawn(number: int, seed: int, select: Sequence[str]) -> list[str]:
    """The ids of ``number`` mutants, or of all if there are fewer; the seed decides which.

    ``select`` keeps those whose id contains one of its words. Raises UsageError if none is left.
    """
    ids = [id for id in all_mutants() if not select or any(word in id for word in select)]
    if not ids:
        raise UsageError(f"{' '.join(select)!r} selects no mutant.")
    if number >= len(ids):
        return ids
    chosen = set(random.Random(f"mutants {seed}").sample(ids, number))
    return [id for id in ids if id in chosen]


def mutant_row(id: str, effort: EffortName, seed: int) -> MutantRow:
    """Run the suite against one mutant, until a rule fails."""
    mutant = all_mutants()[id]
    # The endpoint prints a traceback for each of its errors, and many mutants make errors.
    with contextlib.redirect_stderr(io.StringIO()):
        found = attempt(id, partial(put_in, mutant), effort, seed, until_first=True)
    return MutantRow(id=id, line=mutant.line, attempt=found)


def line(row: MutantRow) -> Text:
    """A mutant in one line, printed as it completes."""
    why = " ".join(row.attempt.blamed) or row.why_untestable or equivalents().get(row.id, "")
    style = "bold red" if row.verdict == "survived" else "green"
    return Text(f"{row.verdict:10} {row.id} (line {row.line})  {why}".rstrip(), style)


def show(found: Mutants, console: Console, seconds: float) -> None:
    """Print the survivors and the score."""
    survivors, untestable = found.of("survived"), found.of("untestable")
    for what, rows in (("survivors", survivors), ("untestable", untestable)):
        if rows:
            console.print(Text(f"\n{what}:"))
        for row in rows:
            why = f"  {row.why_untestable}" if row.why_untestable else ""
            print_line(f"  {row.id} (line {row.line}){why}", console=console)
    listed = [row.id for row in found.rows if row.killed and row.id in equivalents()]
    for id in listed:
        print_line(f"killed, but listed as equivalent: {id}", console=console)
    console.print(
        Text(
            f"{len(found.of('killed'))} of {len(found.rows)} mutants are killed: a rule fails."
            f" {len(untestable)} are untestable, {len(found.of('equivalent'))} are listed as"
            f" equivalent, {len(survivors)} survive."
            f" {found.all} mutants exist."
        ),
        highlight=False,
    )
    console.print(Text(f"{found.effort} effort, seed {found.seed}, {seconds:.0f} seconds."))
