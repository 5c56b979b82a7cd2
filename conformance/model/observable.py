"""The rules that must hold for the effects of another to be observable."""

from __future__ import annotations

from conformance.model.catalogue import CATALOGUE


def observable_with(rule_id: str) -> set[str]:
    """A rule and those that must hold for its effects to be observable, with what these need.

    An image that DescribeImages does not show has no observable effects.
    """
    found: set[str] = set()
    waiting = [rule_id, "st.image.exists"]
    while waiting:
        if (id := waiting.pop()) not in found:
            found.add(id)
            waiting += CATALOGUE[id].requires
    return found
