"""Text made safe to print: on a terminal, in a comment, in XML."""

from __future__ import annotations

_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    """The text with whatever is no printable character written as an escape.

    An endpoint's answer may hold sequences that drive a terminal or turn the direction of text,
    and a request a newline that would end the comment it is quoted in.
    """
    return "".join(c if c.isprintable() else _SHORT.get(c) or _escape(ord(c)) for c in text)


def _escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
