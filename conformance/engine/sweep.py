"""Clean-up: what the ledger of a run says was made is removed, in the order of dependency."""

from __future__ import annotations

from functools import partial

from conformance.engine.calls import Caller, Refused, numbered
from conformance.engine.ledger import Ledger
from conformance.engine.settle import Patience
from conformance.wire import describe

_GONE = ("NotFound", "Unavailable")
"""Codes that end so say that a thing is not there (any more)."""


def clean_up(ledger: Ledger, caller: Caller, window: float) -> list[str]:
    """Remove everything that is left of a run; what could not be removed, each in a few words.

    Never raises for what the endpoint does: verdicts do not depend on it.
    """
    return _CleanUp(ledger, caller, Patience(window)).run()


class _CleanUp:
    def __init__(self, ledger: Ledger, caller: Caller, patience: Patience) -> None:
        self._ledger = ledger
        self._caller = caller
        self._patience = patience
        self._left: list[str] = []

    def run(self) -> list[str]:
        self._find_unanswered()
        self._find_volumes()
        made = self._ledger.remaining()
        self._each("image", made, "DeregisterImage", "ImageId")
        self._each("snapshot", made, "DeleteSnapshot", "SnapshotId")
        instances = list(made.get("instance", ()))
        self._each("instance", made, "TerminateInstances", "InstanceId.1")
        if instances and made.get("volume"):
            self._patience.until(
                "terminated", lambda: self._states(instances), lambda s: s <= {"terminated"}
            )
        self._each("volume", made, "DeleteVolume", "VolumeId")
        return self._left

    def _each(self, kind: str, made: dict[str, dict[str, str]], action: str, name: str) -> None:
        for id in made.get(kind, ()):
            why = self._patience.until(kind, partial(self._remove, action, name, id), _is_done)
            if why:
                self._left.append(f"{kind} {id} ({why})")
            else:
                self._ledger.gone(kind, id)

    def _remove(self, action: str, name: str, id: str) -> str:
        """Why a thing is still there, or nothing."""
        try:
            self._caller.call(action, [(name, id)])
        except Refused as refused:
            return "" if refused.code.endswith(_GONE) else str(refused)
        return ""

    def _states(self, instances: list[str]) -> set[str]:
        try:
            root = self._caller.call("DescribeInstances", numbered("InstanceId", instances))
        except Refused:
            return set()
        return set(describe.states(root).values())

    def _find_volumes(self) -> None:
        """Volumes of instances that were launched and never looked at: some outlive those."""
        instances = self._ledger.remaining().get("instance", {})
        if not instances:
            return
        try:
            root = self._caller.call("DescribeInstances", numbered("InstanceId", instances))
        except Refused:
            return
        for instance in describe.instances(root):
            for volume in instance.volumes if instance.id in instances else ():
                self._ledger.made("volume", volume.id)

    def _find_unanswered(self) -> None:
        """Images whose making was intended and not answered: found by their name."""
        names = self._ledger.unanswered()
        if not names:
            return
        try:
            root = self._caller.call("DescribeImages", [("Owner.1", "self")])
        except Refused as refused:
            self._left.append(f"an image, perhaps: {refused}")
            return
        for image in describe.images(root):
            if image.name in names:
                self._ledger.made("image", image.id, image.name or "")
                for mapping in image.mappings:
                    if mapping.snapshot_id:
                        self._ledger.made("snapshot", mapping.snapshot_id)


def _is_done(why: str) -> bool:
    return not why
