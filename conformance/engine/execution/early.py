"""Requests that are early: the target does not find their instance yet (rule inst.eventual)."""

from __future__ import annotations

from collections.abc import Callable

from conformance.engine.client.polling import Patience
from conformance.engine.client.retry import Delivered
from conformance.model.answer import Rejected
from conformance.model.judge import judge
from conformance.model.request import Request
from conformance.model.world import World

_NOT_FOUND = "InvalidInstanceID.NotFound"


class Early:
    """Sends a request again until CreateImage finds an instance that exists."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._found: set[str] = set()
        """Instances that CreateImage has found."""

    def deliver(self, request: Request, before: World, send: Callable[[], Delivered]) -> Delivered:
        """The delivery of a request; of a later one where the first was early."""
        delivered = send()
        instance_id = request.instance_id or ""
        if instance_id not in before.instances or instance_id in self._found:
            return delivered
        if not _is_early(delivered):
            self._found.add(instance_id)
            return delivered
        if judge(request, before).allows(delivered.exchange.outcome):
            return delivered
        again = self._patience.until(
            "CreateImage finds its instance", send, lambda later: not _is_early(later), acts=True
        )
        self._found.add(instance_id)
        return again


def _is_early(delivered: Delivered) -> bool:
    outcome = delivered.exchange.outcome
    return isinstance(outcome, Rejected) and outcome.code == _NOT_FOUND
