"""``python -m conformance.publish.pictures RESULTS FOLDER``: the pictures of the README.

The terminal is drawn by rich as SVG, the report by Chromium as PNG, both from the results of a run.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from conformance.engine.core.errors import AmiproofError, UsageError
from reports import html
from reports.results import Results, load
from reports.terminal import summary

_COLUMNS, _LINES = 100, 46
"""The part of the terminal that is shown."""
_SIZE = "1100,1500"
_SHOWN = "?status=fail&text=name.length.max"
"""The filter of the report that is shown."""


def main(arguments: list[str]) -> int:
    """Write terminal.svg and report.png. Returns the exit status."""
    try:
        if len(arguments) != 2:
            raise UsageError("Give a results.json and a folder.")
        results, folder = load(arguments[0]), Path(arguments[1])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "terminal.svg").write_text(terminal(results), encoding="utf-8")
        photograph(results, folder / "report.png")
    except AmiproofError as why:
        print(f"amiproof: {why}", file=sys.stderr)
        return why.exit_status
    return 0


def terminal(results: Results) -> str:
    """The first lines of a run's terminal, as SVG."""
    shown = io.StringIO()
    colours = Console(file=shown, width=_COLUMNS, force_terminal=True, color_system="truecolor")
    summary(results, colours)
    lines = shown.getvalue().splitlines()
    drawn = Console(file=io.StringIO(), record=True, width=_COLUMNS)
    drawn.print(Text(f"$ amiproof run {results.target.name}", "bold"))
    for line in lines[:_LINES]:
        drawn.print(Text.from_ansi(line), no_wrap=True, crop=True)
    if len(lines) > _LINES:
        drawn.print(Text("…", "dim"))
    return drawn.export_svg(title="amiproof", theme=MONOKAI, unique_id="amiproof")


def photograph(results: Results, file: Path) -> None:
    """Write a picture of a run's report. Raises UsageError without Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise UsageError("There is no chromium to draw the report with.")
    with tempfile.TemporaryDirectory(prefix="amiproof-pictures-") as folder:
        page = Path(folder) / "report.html"
        page.write_text(html.render(results), encoding="utf-8")
        subprocess.run(
            [
                chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--window-size={_SIZE}", "--blink-settings=preferredColorScheme=1",
                f"--user-data-dir={folder}/profile", "--virtual-time-budget=5000",
                f"--screenshot={file.absolute()}", f"{page.as_uri()}{_SHOWN}",
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
