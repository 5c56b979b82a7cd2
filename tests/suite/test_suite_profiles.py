"""Profiles: credentials that may not create images, or not tag."""

from __future__ import annotations

import os
from pathlib import Path

from fixtures.reference import ADMINISTRATOR, DENIED, NO_TAGS, Endpoint, serving
from reports.results import Verdict, load
from tests.conftest import Command

RULES = ("auth.denied", "auth.no_tags", "auth.tags", "dryrun.denied")


def test_profiles_of_the_aws_configuration(amiproof: Command, tmp_path: Path) -> None:
    people = {"admin": ADMINISTRATOR, "denied": DENIED, "untagged": NO_TAGS}
    credentials = tmp_path / "credentials"
    credentials.write_text(
        "\n".join(
            f"[{name}]\naws_access_key_id={who.access_key}\naws_secret_access_key={who.secret_key}"
            for name, who in people.items()
        )
    )
    with serving(Endpoint(), port=0) as url:
        done = amiproof(
            "run", url, "--profile", "admin", "--denied-profile", "denied",
            "--no-tags-profile", "untagged", "--select", " ".join(RULES),
            env={"AWS_SHARED_CREDENTIALS_FILE": str(credentials), "AWS_CONFIG_FILE": os.devnull},
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert sorted(rule.id for rule in results.of(Verdict.PASS)) == sorted(RULES)
    written = (tmp_path / "amiproof-report" / "results.json").read_text() + done.stdout
    assert not any(who.secret_key in written for who in people.values())


def test_wrong_credentials_are_one_sentence(amiproof: Command) -> None:
    with serving(Endpoint(), port=0) as url:
        env = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
        done = amiproof("run", url, "--select", "name.length.max", env=env)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "give a valid --profile" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
