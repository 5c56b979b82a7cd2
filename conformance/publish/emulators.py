"""The emulators of EC2 that pip can install, each in a virtual environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import fixtures
from conformance.engine.core.errors import CannotTest, UsageError
from fixtures import endpoints

Python = tuple[int, int]
_CONSTRAINTS = Path(fixtures.__file__).with_name("localstack-constraints.txt")


@dataclass(frozen=True, slots=True)
class Emulator:
    """An emulator with a pinned version."""

    id: str
    """The name of its folder and of its baseline."""
    name: str
    version: str
    packages: tuple[str, ...]
    start: Callable[[str], AbstractContextManager[endpoints.Started]]
    """Starts the emulator with the interpreter of its environment."""
    python: Python = (3, 11)
    """The lowest Python version on which the emulator starts."""
    constraints: Path | None = None
    has_action: bool = True
    """Whether the emulator implements CreateImage."""


def _moto() -> Emulator:
    """moto, which amiproof's own environment holds."""
    try:
        number = version("moto")
    except PackageNotFoundError:
        number = ""  # starting it raises an error that says how to install it
    return Emulator("moto", "moto", number, (), lambda _: endpoints.moto())


def _localstack(id: str, number: str, python: Python = (3, 11)) -> Emulator:
    packages = (f"localstack-core[runtime]=={number}",)
    start = endpoints.localstack
    return Emulator(id, "LocalStack", number, packages, start, python, _CONSTRAINTS)


EMULATORS = (
    _moto(),
    _localstack("localstack-4", "4.14.0"),
    # Its metadata require Python 3.12, but it imports warnings.deprecated, new in 3.13.
    _localstack("localstack-2026", "2026.3.0", (3, 13)),
    Emulator(
        "ministack", "ministack", "1.5.33", ("ministack==1.5.33",), endpoints.ministack,
        has_action=False,
    ),
    Emulator(
        "aws-local-run", "aws-local-run", "1.1.0", ("aws-local-run==1.1.0", "requests"),
        endpoints.aws_local_run, has_action=False,
    ),
)  # fmt: skip


def interpreters(given: Iterable[str]) -> dict[str, str]:
    """An interpreter for each emulator, by its id: a given one, the current one, or one on PATH.

    Raises UsageError if there is none.
    """
    names = [f"python3.{minor}" for minor in range(11, 20)]
    paths = [*given, sys.executable, *filter(None, map(shutil.which, names))]
    versions = {path: found for path in paths if (found := _version(path)) is not None}
    chosen = {}
    for emulator in EMULATORS:
        fits = [path for path, found in versions.items() if found >= emulator.python]
        if not fits:
            least = ".".join(map(str, emulator.python))
            raise UsageError(
                f"{emulator.name} {emulator.version} needs Python {least} or later, but PATH has"
                " none: name one with --python."
            )
        chosen[emulator.id] = fits[0]
    return chosen


def _version(path: str) -> Python | None:
    """The version of an interpreter; None if the file is not a working interpreter."""
    ask = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-c", ask], capture_output=True, text=True, timeout=30)
        major, minor = map(int, done.stdout.split())
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return major, minor


def installed(emulator: Emulator, python: str, folder: Path) -> str:
    """The interpreter of the emulator's environment. Installs it in the folder if necessary.

    Raises CannotTest.
    """
    if not emulator.packages:
        return sys.executable
    place = folder / f"{emulator.id}-{emulator.version}"
    own, done = place / "bin" / "python", place / "installed"
    if done.exists():
        return str(own)
    pip = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = ["-c", str(emulator.constraints)] if emulator.constraints else []
    for command in (
        [python, "-m", "venv", "--clear", str(place)],
        [*pip, *constraints, *emulator.packages],
    ):
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            why = (made.stderr.strip() or "no reason given").splitlines()[-1]
            raise CannotTest(f"{emulator.name} {emulator.version} cannot be installed: {why}")
    done.touch()
    return str(own)
