"""Configuration files: ``amiproof.toml`` and ``[tool.amiproof]`` in ``pyproject.toml``.

In rising order: amiproof.toml, pyproject.toml, ``AMIPROOF_*``, flags. Each command's options stand
in a table of its name (``[run]``), read by cyclopts. What a target is stands in a table of the
target's::

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
from typing import Any

import msgspec
from cyclopts.config import Env, Toml

from conformance.engine.core.errors import UsageError

_PYPROJECT = Toml("pyproject.toml", root_keys=("tool", "amiproof"), search_parents=True)
_OWN = Toml("amiproof.toml", search_parents=True)

SOURCES: Any = [Env("AMIPROOF_"), _PYPROJECT, _OWN]
"""For cyclopts: the first that has a value wins, flags before all."""

CAPABILITIES = ("console", "instance-store", "signatures")
"""What a target may be said to lack, so that nobody tries it: boots shown on the console,
instance store-backed instances, verified signatures."""


class Settings(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One target's table; None is what is not set. Seconds and the words of the command line."""

    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    denied_profile: str | None = None
    no_tags_profile: str | None = None
    accounts: tuple[str, ...] | None = None
    """Accounts that may be tested, where the target is a real one."""
    capabilities: dict[str, bool] | None = None
    image_id: str | None = None
    instance_id: str | None = None
    instance_type: str | None = None
    subnet_id: str | None = None
    window: float | None = None
    """How long to wait for a state to be reached or a wrong answer to become right."""
    timeout: float | None = None
    budget: str | None = None
    baseline: str | None = None
    """A file of known deviations."""


def targets() -> dict[str, Settings]:
    """Every target that is configured, by name. Raises UsageError for a table that is wrong."""
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
