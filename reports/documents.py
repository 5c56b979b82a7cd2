"""Writes all reports of a run into one folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports import html, junit, markdown
from reports.results import Results, exit_status

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The environment variable that names GitHub's job summary file."""


def write(
    results: Results,
    folder: Path,
    environment: Mapping[str, str] = os.environ,
    against: Results | None = None,
) -> None:
    """Write report.html, summary.md, junit.xml and badge.json.

    The report shows the changes since ``against`` first. In a GitHub job, also append the summary
    to the job summary.
    """
    folder.mkdir(parents=True, exist_ok=True)
    summary = markdown.render(results)
    for name, text in (
        ("report.html", html.render(results, against)),
        ("summary.md", summary),
        ("junit.xml", junit.render(results)),
        ("badge.json", json.dumps(badge(results)) + "\n"),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    if place := environment.get(STEP_SUMMARY):
        with open(place, "a", encoding="utf-8") as file:
            file.write(summary + "\n")


def badge(results: Results) -> dict[str, Any]:
    """A badge in the form of shields.io's endpoint schema."""
    t = results.totals
    status = exit_status(results)
    message = f"{t.passed} of {t.rules - t.not_applicable} rules pass"
    color = {0: "brightgreen", 1: "red"}.get(status, "lightgrey")
    if status not in (0, 1):
        message = "incomplete"
    return {"schemaVersion": 1, "label": "CreateImage", "message": message, "color": color}
