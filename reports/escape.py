"""Escapes text so that it is safe on a terminal, in a comment and in XML."""

from __future__ import annotations

_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    """The text with each unprintable character replaced by an escape.

    An endpoint's answer may contain terminal control sequences or characters that reverse the text
    direction. A request may contain a newline, which would end the comment that quotes it.
    """
    return "".join(c if c.isprintable() else _SHORT.get(c) or _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
