"""Every command of the README and of docs/ runs, but for those that need a cloud or install.

The commands of a document run one after another in one folder. 127.0.0.1:4566 is the reference
endpoint with a fault there. AMIPROOF_RUN_SELECT keeps each run to a few rules. A block of another
kind than ``sh`` is not run: ``sh cloud``, ``sh install``, and ``sh long`` for hours of work.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.faults import FAULTS
from fixtures.reference import Endpoint, serving
from tests.conftest import Command, environment
from tests.gate.test_gate_run import KEYS

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"^( *)```sh(?P<kind>[a-z ]*)\n(?P<text>(?:.*\n)*?)\1```$", re.MULTILINE)
_KINDS = {"", "cloud", "install", "long"}
SELECT = "name.length name.empty"
ADDRESS = "127.0.0.1:4566"
BROKEN = {"run", "compare", "replay", "judge", "report"}
"""Commands whose status 1 says that there are deviations or differences."""


def blocks(document: str) -> list[tuple[str, list[str]]]:
    """The kind of each shell block, and its commands."""
    text = (ROOT / document).read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        lines = match["text"].replace("\\\n", " ").splitlines()
        commands = [line.partition("  #")[0].strip() for line in lines]
        found.append((match["kind"].strip(), [command for command in commands if command]))
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_block_is_of_a_known_kind(document: str) -> None:
    assert {kind for kind, _ in blocks(document)} <= _KINDS


def commands(document: str) -> list[str]:
    return [command for kind, each in blocks(document) if kind == "" for command in each]


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if commands(each)])
def test_each_command_runs(amiproof: Command, tmp_path: Path, document: str) -> None:
    endpoint = Endpoint()
    FAULTS["name/accepts-129"].change(endpoint)
    with serving(endpoint) as url:
        env = {**KEYS, "AMIPROOF_RUN_SELECT": SELECT}
        prepared = amiproof("run", url, env=env)  # documents read results of an earlier run
        assert prepared.returncode == 1
        results = (tmp_path / "amiproof-report" / "results.json").read_text()
        for name in ("earlier.json", "other.json"):
            (tmp_path / name).write_text(results)
        for command in commands(document):
            run_one(amiproof, tmp_path, env, command.replace(ADDRESS, url.removeprefix("http://")))


def run_one(amiproof: Command, folder: Path, env: dict[str, str], command: str) -> None:
    words = shlex.split(command)
    name, *arguments = words
    if name == "pytest":
        words = [word for word in words[1:] if word not in ("-n", "2")]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, "-q", "-p", "no:cacheprovider"],
            cwd=folder,
            env={**environment(folder / "state"), **env},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return
    assert name == "amiproof", command
    output = None
    if ">" in arguments:
        place = arguments.index(">")
        output, arguments = arguments[place + 1], arguments[:place]
    for place, argument in enumerate(arguments):  # the shell expands a pattern that matches files
        if "*" in argument and (found := sorted(folder.glob(argument))):
            arguments[place : place + 1] = [str(path.relative_to(folder)) for path in found]
    ended = amiproof(*arguments, env=env)
    said = ended.stdout + ended.stderr
    allowed = (0, 1) if arguments[0] in BROKEN and "--baseline" not in arguments else (0,)
    assert ended.returncode in allowed, f"{command}\n{said}"
    assert "Traceback" not in said
    if output is not None:
        (folder / output).write_text(ended.stdout)
