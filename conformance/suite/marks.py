"""How a property says which rule it is about."""

from __future__ import annotations

import pytest

FROM_STANDARD = "observed from --effort standard on, for the images it takes"


def exercises(*rule_ids: str) -> pytest.MarkDecorator:
    """Marks a property; each of its rules gets a node whose id carries the rule's."""
    return pytest.mark.parametrize("rule_id", rule_ids, ids=rule_ids)
