"""Calls about resources that exist and that the target may not find yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from conformance.engine.client.api import Api, Params, Refused
from conformance.engine.client.polling import Patience
from conformance.model.answer import Element

T = TypeVar("T")


def call_once_found(api: Api, patience: Patience, name: str, params: Params) -> Element:
    """As :meth:`Api.call`, sent again while the target does not find the resource.

    Raises Refused where the window ends before.
    """
    given = list(params)
    return once_found(patience, name, lambda: api.call(name, given))


def once_found(patience: Patience | None, name: str, call: Callable[[], T]) -> T:
    """The result of a call, made again while the target does not find the resource.

    Without ``patience`` it is made once. Raises Refused.
    """
    if patience is None:
        return call()

    def attempt() -> T | Refused:
        try:
            return call()
        except Refused as refused:
            if not is_not_found(refused):
                raise
            return refused

    found = patience.until(
        f"{name} finds", attempt, lambda came: not isinstance(came, Refused), acts=True
    )
    if isinstance(found, Refused):
        raise found
    return found


def is_not_found(refused: Refused) -> bool:
    """Whether the target says that a resource does not exist."""
    return refused.code.endswith(".NotFound")
