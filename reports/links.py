"""The address of each document that a rule's result names as a source."""

from __future__ import annotations

from conformance.model.sources import DOCUMENTS

_TITLES = sorted(DOCUMENTS, key=len, reverse=True)


def links(source: str) -> list[tuple[str, str]]:
    """Each source of a rule's result, with the address of its page or an empty text."""
    return [(each, address(each)) for each in source.split("; ") if each]


def address(source: str) -> str:
    """The address of the page of ``document, section``; empty if it has none."""
    title = next((title for title in _TITLES if source.startswith(title)), "")
    return DOCUMENTS.get(title, "")


def is_link(text: str) -> bool:
    """Whether a text is the address of one web page."""
    return text.startswith("https://") and text.isprintable() and " " not in text
