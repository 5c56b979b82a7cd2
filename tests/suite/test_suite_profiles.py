"""Other people's credentials: what somebody who may not create images, or not tag, is answered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fixtures.reference import ADMINISTRATOR, DENIED, NO_TAGS, Endpoint, serving
from reports.results import Verdict, load
from tests.conftest import environment

RULES = ("auth.denied", "auth.no_tags", "auth.tags", "dryrun.denied")


def test_profiles_of_the_aws_configuration(tmp_path: Path) -> None:
    people = {"admin": ADMINISTRATOR, "denied": DENIED, "untagged": NO_TAGS}
    credentials = tmp_path / "credentials"
    credentials.write_text(
        "\n".join(
            f"[{name}]\naws_access_key_id={who.access_key}\naws_secret_access_key={who.secret_key}"
            for name, who in people.items()
        )
    )
    with serving(Endpoint(), port=0) as url:
        done = subprocess.run(
            [sys.executable, "-m", "conformance.cli", "run", url, "--profile", "admin",
             "--denied-profile", "denied", "--no-tags-profile", "untagged",
             "--select", " ".join(RULES)],
            cwd=tmp_path,
            env=environment(tmp_path / "state")
            | {"AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_CONFIG_FILE": os.devnull},
            capture_output=True,
            text=True,
            timeout=120,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert sorted(rule.id for rule in results.of(Verdict.PASS)) == sorted(RULES)
    written = (tmp_path / "amiproof-report" / "results.json").read_text() + done.stdout
    assert not any(who.secret_key in written for who in people.values())


def test_wrong_credentials_are_told_in_one_sentence(tmp_path: Path) -> None:
    with serving(Endpoint(), port=0) as url:
        done = subprocess.run(
            [sys.executable, "-m", "conformance.cli", "run", url, "--select", "name.length.max"],
            cwd=tmp_path,
            env=environment(tmp_path / "state")
            | {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "not-a-secret"},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "give a valid --profile" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
