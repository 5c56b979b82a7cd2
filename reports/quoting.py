"""Texts with variables as literals of Python and of the POSIX shell."""

from __future__ import annotations

import re
import shlex
import string

from reports.variables import Var, parts

PRINTABLE = frozenset(string.ascii_letters + string.digits + string.punctuation + " ")
_BARE = re.compile(r"[A-Za-z0-9@%+=:,./_{}<>-]*")


def python_text(text: str) -> str:
    """An ASCII expression of a text: a literal, a variable, or an f-string."""
    found = list(parts(text))
    if not any(isinstance(part, Var) for part in found):
        return _literal(text)
    if len(found) == 1:
        return found[0]
    plain = [p for p in found if not isinstance(p, Var)]
    if any(set(p) & set("\"'\\{}") or not p.isascii() or not p.isprintable() for p in plain):
        # An expression inside an f-string must not contain backslashes.
        return " + ".join(p.value if isinstance(p, Var) else _literal(p) for p in found)
    return 'f"' + "".join(f"{{{p.value}}}" if isinstance(p, Var) else p for p in found) + '"'


def _literal(text: str) -> str:
    """An ASCII string literal, in double quotes unless that needs escapes."""
    literal = ascii(text)
    plain = literal[0] == "'" and '"' not in literal and "\\'" not in literal
    return f'"{literal[1:-1]}"' if plain else literal


def shell_text(text: str) -> str:
    """A shell word of a text, with variables expanded."""
    found = list(parts(text))
    if not any(isinstance(part, Var) for part in found):
        return shlex.quote(text)
    if all(isinstance(p, Var) or _BARE.fullmatch(p) for p in found):
        return '"' + "".join(f"${{{p}}}" if isinstance(p, Var) else p for p in found) + '"'
    return "".join(f'"${p}"' if isinstance(p, Var) else shlex.quote(p) for p in found)


def is_printable(text: str) -> bool:
    """Whether a text is printable ASCII, apart from its variables."""
    return all(isinstance(part, Var) or PRINTABLE.issuperset(part) for part in parts(text))
