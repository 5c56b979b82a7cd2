"""Combines the parameters of several requests in one."""

from __future__ import annotations

from conformance.model.request import Draft

_MINIMAL = ("Action", "Version", "InstanceId", "Name")


def combine(base: Draft, *others: Draft) -> Draft:
    """``base`` with the parameters that each of ``others`` adds to the minimal request."""
    for other in others:
        base = base.having({name: v for name, v in other.params if name not in _MINIMAL})
    return base
