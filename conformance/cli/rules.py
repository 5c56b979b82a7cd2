"""``amiproof rules``: the catalogue."""

from __future__ import annotations


def rules(id: str | None = None, *, uncovered: bool = False, drift: bool = False) -> int:
    """Print the catalogue, or one rule with its sources and its property.

    Parameters
    ----------
    id
        A rule's id.
    uncovered
        Only the rules without a property, with the reason.
    drift
        Only the changes in the installed botocore since the rules were written, and the rules to
        read again. Exit status 1 if there are any.
    """
    from conformance.commands.rules import show

    return show(id, uncovered=uncovered, drift=drift)
