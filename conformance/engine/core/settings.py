"""Configuration files: ``amiproof.toml`` and ``[tool.amiproof]`` in ``pyproject.toml``.

A later source overrides an earlier one: amiproof.toml, pyproject.toml, ``AMIPROOF_*``, the command
line. cyclopts reads each command's options from a table of its name (``[run]``). A target has a
table of its own::

    [target.lab]
    endpoint = "http://127.0.0.1:4566"
    capabilities = { console = false }

    [target.aws]
    region = "eu-west-1"
    accounts = ["111122223333"]
    budget = "images=60"
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
from cyclopts.config import Env, Toml

from conformance.engine.core.errors import UsageError

_PYPROJECT = Toml("pyproject.toml", root_keys=("tool", "amiproof"), search_parents=True)
_OWN = Toml("amiproof.toml", search_parents=True)

SOURCES: Any = [Env("AMIPROOF_"), _PYPROJECT, _OWN]
"""The sources for cyclopts. The first one with a value wins, after the command line."""

CAPABILITIES = ("console", "instance-store", "signatures")
"""Capabilities that the configuration may deny, so that no run tries them: boots shown on the
console, instance store-backed instances, verified signatures."""


class Settings(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One target's table. None means not set; durations are in seconds."""

    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    denied_profile: str | None = None
    no_tags_profile: str | None = None
    accounts: tuple[str, ...] | None = None
    """Account ids that may be tested, if the target is a real account."""
    capabilities: dict[str, bool] | None = None
    image_id: str | None = None
    instance_id: str | None = None
    instance_type: str | None = None
    subnet_id: str | None = None
    sources: int | None = None
    """The most source instances over which images are planned."""
    limits: Literal["", "aws"] | None = None
    """Whose documented limits the run keeps to from the start."""
    window: float | None = None
    """How long to wait for a state to be reached or a failed check to pass."""
    timeout: float | None = None
    budget: str | None = None
    baseline: str | None = None
    """A file of known deviations."""


def targets() -> dict[str, Settings]:
    """Every configured target, by name. Raises UsageError for a bad table."""
    merged: dict[str, dict[str, Any]] = {}
    for source, table in ((_OWN, _table(_OWN)), (_PYPROJECT, _table(_PYPROJECT))):
        found = table.get("target", {})
        if not isinstance(found, dict) or not all(isinstance(v, dict) for v in found.values()):
            raise UsageError(f"{Path(source.path).name}: targets are tables such as [target.lab].")
        for name, values in found.items():
            merged.setdefault(name, {}).update(values)
    return {name: _settings(name, values) for name, values in merged.items()}


def _settings(name: str, values: dict[str, Any]) -> Settings:
    try:
        settings = msgspec.convert(values, Settings)
    except msgspec.ValidationError as why:
        raise UsageError(f"[target.{name}] in the configuration: {why}.") from None
    unknown = set(settings.capabilities or ()) - set(CAPABILITIES)
    if unknown:
        known = ", ".join(CAPABILITIES)
        raise UsageError(f"[target.{name}]: no capability {min(unknown)!r}: there are {known}.")
    return settings


def _table(source: Toml) -> dict[str, Any]:
    try:
        found: Any = source.config
    except ValueError as why:
        raise UsageError(f"{Path(source.path).name} cannot be read: {why}.") from None
    for key in source.root_keys:
        found = found.get(key, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}
