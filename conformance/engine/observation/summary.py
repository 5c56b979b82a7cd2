"""Requests and outcomes in a few words: a reason names the request that decided nothing."""

from __future__ import annotations

from conformance.model.answer import Accepted, Limited, Malformed, Outcome, Rejected, Throttled
from conformance.model.request import Draft, Form, Placeholder, Signing, UniqueName, create_image

_SHOWN = 2
"""Parameters of a request that a reason names."""
_LONGEST = 24
"""Characters of a value that a reason shows."""


def words_of(draft: Draft) -> str:
    """How a request differs from the minimal one."""
    minimal = dict(create_image().params)
    own = [(n, v) for n, v in draft.params if minimal.get(n) != v and not isinstance(v, UniqueName)]
    if own:
        named = ", ".join(f"{name}={_value(value)}" for name, value in own[:_SHOWN])
        return f"CreateImage with {named}{', ...' if len(own) > _SHOWN else ''}"
    missing = [name for name in minimal if name not in dict(draft.params)]
    if missing:
        return f"CreateImage without {' and '.join(missing)}"
    if draft.form != Form() or draft.signing is not Signing.VALID:
        verb = f" by {draft.form.verb}" if draft.form.verb != "POST" else ""
        signed = f", signed: {draft.signing.value}" if draft.signing is not Signing.VALID else ""
        return f"CreateImage{verb}{signed}"
    return "the minimal CreateImage"


def _value(value: str | Placeholder | UniqueName) -> str:
    text = value if isinstance(value, str) else value.name if isinstance(value, Placeholder) else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def came_back(outcome: Outcome) -> str:
    """An outcome without the text that a target is free to choose."""
    match outcome:
        case Accepted():
            return "accepted"
        case Rejected(code, status) | Throttled(code, status) | Limited(code, status):
            return f"{code} ({status})"
        case Malformed(why, status):
            return f"{why} ({status})"
    return outcome.why
