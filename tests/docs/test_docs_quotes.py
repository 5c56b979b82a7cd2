"""The documents quote the code as it is, and name files and folders that exist."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
)
_QUOTE = re.compile(r"^( *)```python ?(.*)\n((?:.*\n)*?)\1```$", re.MULTILINE)
_PATH = re.compile(r"`((?:conformance|strategies|fixtures|reports|tests|docs|\.ci)/[\w./-]*)`")


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def quotes(document: str) -> list[tuple[str, str]]:
    """The file that each Python block names after ``python``, and the block."""
    return [(m[2].strip(), textwrap.dedent(m[3])) for m in _QUOTE.finditer(text(document))]


def test_contributing_quotes_each_part_of_a_rule() -> None:
    folders = {file.partition("/")[0] for file, _ in quotes("CONTRIBUTING.md")}
    assert folders == {"conformance", "strategies", "fixtures"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_quote_stands_in_the_file_that_it_names(document: str) -> None:
    for file, quote in quotes(document):
        assert file, f"a quote in {document} names no file:\n{quote}"
        assert quote in (ROOT / file).read_text(encoding="utf-8"), f"{file} has no\n{quote}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_path_in_a_document_exists(document: str) -> None:
    for path in _PATH.findall(text(document)):
        assert (ROOT / path).exists(), f"{document} names {path}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_link_to_a_file_leads_to_one(document: str) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text(document)):
        assert (ROOT / document).parent.joinpath(link).exists(), f"{document} links to {link}"
