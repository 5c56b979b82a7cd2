"""Exit status 0 is never vacuous: what another run may decide ends a run with status 4."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.model.hindrance import Hindrance
from fixtures.changes import wrap
from fixtures.persona import Persona, install
from fixtures.reference import ADMINISTRATOR, Endpoint, serving
from fixtures.reference.errors import ApiError
from fixtures.reference.params import Call
from reports.results import exit_status, load, undecided
from tests.conftest import Command
from tests.reports import reports_factory as make

KEYS = {
    "AWS_ACCESS_KEY_ID": ADMINISTRATOR.access_key,
    "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR.secret_key,
}
Change = Callable[[Endpoint], None]


@contextmanager
def served(change: Change) -> Iterator[str]:
    endpoint = Endpoint()
    change(endpoint)
    with serving(endpoint) as url:
        yield url


def throttles_create_image(endpoint: Endpoint) -> None:
    def admit(original: Callable[[Call], None], call: Call) -> None:
        if call.action == "CreateImage" and call.text("InstanceId") != "i-00000000":
            raise ApiError("RequestLimitExceeded", "Request limit exceeded.")
        original(call)

    wrap(endpoint, "admit", admit)


def has_one_instance(endpoint: Endpoint) -> None:
    install(endpoint, Persona(instances=1))


def has_slow_images(endpoint: Endpoint) -> None:
    endpoint.timing.image = 86_000.0


def keeps_everything(endpoint: Endpoint) -> None:
    """No change."""


@pytest.mark.parametrize(
    ("change", "rule", "hindrance"),
    [
        (throttles_create_image, "name.length.max", Hindrance.THROTTLING),
        (has_one_instance, "inst.state.stopped", Hindrance.LIMIT),
        (has_slow_images, "st.image.state1", Hindrance.TIME),
    ],
)
def test_a_rule_that_another_run_may_decide_ends_with_4(
    amiproof: Command, tmp_path: Path, change: Change, rule: str, hindrance: Hindrance
) -> None:
    (tmp_path / "amiproof.toml").write_text("[target.here]\nwindow = 1.0\nendpoint = 'URL'\n")
    with served(change) as url:
        text = (tmp_path / "amiproof.toml").read_text().replace("URL", url)
        (tmp_path / "amiproof.toml").write_text(text)
        done = amiproof("run", "here", "--select", rule, env=KEYS)
    assert done.returncode == 4, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert {each.id: each.again for each in undecided(results)} == {rule: hindrance}
    assert f"{hindrance} prevented it here: {rule}." in " ".join(done.stdout.split())


def test_a_spent_budget_ends_with_4(amiproof: Command, tmp_path: Path) -> None:
    with served(keeps_everything) as url:
        options = ("--select", "name.length.max", "--budget", "images=1")
        done = amiproof("run", url, *options, env=KEYS)
    assert done.returncode == 4, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert [each.again for each in undecided(results)] == [Hindrance.BUDGET]


def test_a_structural_reason_does_not(amiproof: Command, tmp_path: Path) -> None:
    with served(keeps_everything) as url:
        options = ("--select", "err.class.server name.length.max")
        done = amiproof("run", url, *options, env=KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    results = load(tmp_path / "amiproof-report" / "results.json")
    assert results.totals.untested == 1


def test_a_rule_that_does_not_gate_does_not() -> None:
    detail = make.rule("a.b", untested="throttled", again="throttling", grade="detail")
    passing = make.rule("c.d")
    assert exit_status(make.results(passing, detail)) == 4
    assert exit_status(make.results(passing, detail, fail_on="documented")) == 0
    assert exit_status(make.results(detail, make.rule("r", make.deviation()))) == 1
