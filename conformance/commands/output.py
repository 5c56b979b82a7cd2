"""Prints the lines and writes the JSON files of all commands."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from reports.words import visible


def print_line(text: str, style: str = "", *, console: Console | None = None) -> None:
    """Print a line with its control characters made visible. It is not wrapped or marked up."""
    console = console or Console()
    console.print(Text(visible(text), style), soft_wrap=True, highlight=False)


def print_lines(text: str, *, console: Console | None = None) -> None:
    """Print a text of several lines."""
    for line in text.splitlines():
        print_line(line, console=console)


def print_left(left: list[str], *, console: Console | None = None) -> None:
    """Print what a run could not remove."""
    for thing in left:
        print_line(f"left behind: {thing}", "bold red", console=console)


def write_json(path: Path, data: object) -> None:
    """Write structs or plain data as a JSON file."""
    path.write_text(json.dumps(msgspec.to_builtins(data), indent=1) + "\n", encoding="utf-8")
