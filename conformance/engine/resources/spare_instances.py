"""Spare instances: launched with the first ones, for scenarios that take one of their own."""

from __future__ import annotations

import contextlib

from conformance.engine.client.api import Refused
from conformance.engine.resources.instances import Instances
from conformance.model.world import Instance


class SpareInstances:
    """The instances of one process that no scenario has taken yet."""

    def __init__(self, instances: Instances) -> None:
        self._instances = instances
        self._imaged: list[Instance] = []
        self._others: list[Instance] = []
        self._idle: list[str] = []

    def launch(self, imaged: int, others: int) -> None:
        """Launch so many, or fewer where the target refuses more.

        Images are made of those that are ``imaged``, and of no others.
        """
        with contextlib.suppress(Refused):
            for _ in range(imaged):
                self._imaged.append(self._instances.launch(needed=False))
            for _ in range(others):
                self._others.append(self._instances.launch(added=False, imaged=False, needed=False))

    def take(self) -> Instance:
        """An instance to make images of, as it was launched. Raises Refused."""
        left = self._imaged or self._instances.alike
        return left.pop(0) if left else self._instances.launch()

    def take_other(self) -> Instance:
        """An instance that no image is made of, as it was launched. Raises Refused."""
        if self._others:
            return self._others.pop(0)
        return self._instances.launch(added=False, imaged=False)

    def give_up(self) -> str | None:
        """The id of one that no scenario is going to take any more, or None."""
        if self._idle:
            return self._idle.pop()
        left = self._others or self._imaged or self._instances.alike
        return left.pop().id if left else None

    def done_with(self, instance_id: str) -> None:
        """Note that a scenario needs an instance no more."""
        self._idle.append(instance_id)
