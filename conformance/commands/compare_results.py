"""``amiproof compare`` of two results.json."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.commands.output import write_json
from conformance.commands.report import loaded
from reports import compare as held
from reports.matrix import titles


def compare(first: Path, second: Path, file: Path | None) -> int:
    """Print the differences. Returns 1 if there are any. Raises UsageError."""
    runs = [loaded(first), loaded(second)]
    found = held.differences(*runs)
    if file is not None:
        write_json(file, found)
    console = Console()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("rule", "", *titles(runs)):
        table.add_column(Text(title), overflow="fold")
    for each in found:
        table.add_row(*(Text(cell) for cell in (each.rule, each.kind, each.first, each.second)))
    if found:
        console.print(table)
    console.print(f"{len(found)} differences")
    return 1 if found else 0
