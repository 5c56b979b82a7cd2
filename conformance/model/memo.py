"""A cache of one result: dozens of rules compute the same view of one request in turn."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from operator import is_
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def last_call(function: Function) -> Function:
    """Cache the last result of a pure function of immutable arguments.

    The cache compares arguments by identity: comparing or hashing a request takes longer than
    most results. It keeps one result.
    """
    last: tuple[tuple[Any, ...], Any] = (), None

    @wraps(function)
    def cached(*arguments: Any) -> Any:
        nonlocal last
        previous, result = last
        if previous and all(map(is_, arguments, previous)):
            return result
        result = function(*arguments)
        last = arguments, result
        return result

    return cached  # type: ignore[return-value]
