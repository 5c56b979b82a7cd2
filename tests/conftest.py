"""What the project's own tests share: the real command, in a state folder of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is slow, and no model is wrong for that.
settings.register_profile("amiproof", deadline=None)
settings.load_profile("amiproof")

Command = Callable[..., subprocess.CompletedProcess[str]]


def environment(state: Path) -> dict[str, str]:
    """The environment without AWS settings, and with a ledger folder for this test alone."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AMIPROOF_"))}
    return {**kept, "AMIPROOF_STATE": str(state), "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def amiproof(tmp_path: Path) -> Command:
    """The ``amiproof`` command, run to its end."""

    def command(
        *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "conformance.cli", *arguments],
            cwd=tmp_path,
            env={**environment(tmp_path / "state"), **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return command
