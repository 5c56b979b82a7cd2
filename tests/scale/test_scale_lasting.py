"""Long runs: they generate more requests, report new deviations at once, and stay small."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.engine.client.ledger import Ledger
from conformance.engine.core.duration import read_duration
from conformance.engine.core.errors import UsageError
from conformance.engine.core.record import Cost, Record
from conformance.engine.property.value_classes import value_classes
from conformance.model.request import Placeholder, create_image
from fixtures.reference import ACCOUNT, Endpoint
from reports.results import Verdict, Wait, load
from strategies import names
from tests.conftest import Command, environment
from tests.scale.conftest import KEYS
from tests.warm import Warm


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("", 0)]
)
def test_a_duration(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["2", "h", "2 h", "-2h", "2d", "2hours"])
def test_an_invalid_duration(text: str) -> None:
    with pytest.raises(UsageError, match="is no duration"):
        read_duration(text)


@pytest.mark.parametrize(("workers", "least"), [("1", 6), ("2", 10)])
def test_a_run_that_lasts_finds_more_and_says_so_at_once(
    run: Any, workers: str, least: int
) -> None:
    short = run("--seed", "5")
    assert not short.of(Verdict.FAIL), "choose another seed"
    for seconds in (least, 5 * least):  # a busy machine takes longer
        long = run("--seed", "5", "--for", f"{seconds}s", "--workers", workers)
        if any(rule.breaks > 100 for rule in long.of(Verdict.FAIL)):
            break
    assert "new deviation: name.length.max" in run.said
    [rule] = long.of(Verdict.FAIL)
    assert dict(rule.deviations[0].request)["Name"] == "a" * 215
    assert long.complete
    assert seconds <= long.totals.seconds < seconds + 45
    assert rule.values["Name: 128 to 255 characters"] > 100
    assert rule.breaks > 100
    assert rule.keeps == next(r for r in short.rules if r.id == rule.id).keeps
    # A known deviation is not shrunk again, though each round may meet it.
    assert long.totals.images_created - short.totals.images_created < rule.breaks / 5


def test_results_are_written_during_the_run(
    warm: Warm, tmp_path: Path, endpoint: tuple[Endpoint, str]
) -> None:
    command = ("run", endpoint[1], "--for", "2h", "--select", "name.length.max name.length.min")
    running = warm.start(command, tmp_path, {**environment(tmp_path / "state"), **KEYS})
    place = tmp_path / "amiproof-report" / "results.json"
    deadline = time.monotonic() + 60
    while not place.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    running.kill(signal.SIGKILL)
    running.wait()
    results = load(place)
    assert not results.complete
    said = {rule.id: rule.status for rule in results.rules if rule.keeps}
    assert said.keys() == {"name.length.max", "name.length.min"}
    assert said["name.length.min"] is Verdict.PASS


def test_generated_images_are_removed_during_the_run(
    run: Any, endpoint: tuple[Endpoint, str]
) -> None:
    most, over = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.02):
            images = [i for i in list(endpoint[0].state.images.values()) if i.owner == ACCOUNT]
            most = max(most, len(images))

    watching = threading.Thread(target=watch)
    watching.start()
    results = run("--effort", "standard", "--for", "12s", select="name.charset.core")
    over.set()
    watching.join()
    assert results.totals.passed == 1
    assert results.totals.images_created > 30
    assert most < 20


def test_rounds_of_a_rule_make_one_record() -> None:
    first = Record("a.b", keeps=1, breaks=2, cost=Cost(3), values={"x": 1}, generates=True)
    first.waits.append(Wait("image", "late", 0.1))
    later = Record("a.b", breaks=5, cost=Cost(4), values={"x": 2, "y": 1}, round=1)
    later.waits += [Wait("image", "late", 0.2), Wait("image", "never", 5.0)]
    assert first.absorb(later) == []
    assert (first.keeps, first.breaks, first.cost.requests) == (1, 7, 7)
    assert first.values == {"x": 3, "y": 1}
    assert [(w.kind, w.seconds) for w in first.waits] == [("late", 0.1), ("never", 5.0)]


def test_compaction_drops_removed_resources_only(tmp_path: Path) -> None:
    ledger, reader = Ledger(tmp_path / "run", "main"), Ledger(tmp_path / "run", "other")
    ledger.made("instance", "i-1")
    for number in range(100):
        ledger.intend("image", f"refused-{number}")
        ledger.refused("image", f"refused-{number}")
        ledger.intend("image", f"gone-{number}")
        ledger.made("image", f"ami-{number}", f"gone-{number}")
        ledger.made("snapshot", f"snap-{number}")
        ledger.gone("image", f"ami-{number}")
        ledger.gone("snapshot", f"snap-{number}")
    ledger.intend("image", "unanswered")
    ledger.intend("image", "there")
    ledger.made("image", "ami-there", "there")
    ledger.made("snapshot", "snap-there")
    before, size = reader.remaining(), ledger.path.stat().st_size

    ledger.compact(time.time() - 60)  # all of it is newer
    assert reader.remaining() == before
    assert len(list(reader.entries())) == 505 + 200

    ledger.compact(time.time() + 1)
    assert ledger.path.stat().st_size < size / 50
    for each in (ledger, reader):
        assert each.remaining() == before
        assert each.unanswered().keys() == {"unanswered"}
        assert len(list(each.entries())) == 5
    assert not ledger.has("ami-7")
    ledger.made("image", "ami-new", "new")
    assert "ami-new" in reader.remaining()["image"]
    ledger.close()


def test_classes_of_values() -> None:
    assert value_classes(create_image()) == set()
    assert value_classes(names.named("ab!")) == {
        "Name: 2 to 3 characters", "Name: ASCII letters", "Name: ASCII punctuation",
    }  # fmt: skip
    draft = create_image(InstanceId=Placeholder.STOPPED).having(
        {"BlockDeviceMapping.12.Ebs.VolumeSize": "-8", "Bogus": "x"}
    )
    assert value_classes(draft) == {
        "InstanceId: one of the target's, {stopped instance}",
        "BlockDeviceMapping.N.Ebs.VolumeSize: 2 to 3 characters",
        "BlockDeviceMapping.N.Ebs.VolumeSize: ASCII digits",
        "BlockDeviceMapping.N.Ebs.VolumeSize: ASCII punctuation",
        "BlockDeviceMapping.N.Ebs.VolumeSize: a negative integer",
        "another parameter, its name: 4 to 7 characters",
        "another parameter, its name: ASCII letters",
    }
    assert "without Name" in value_classes(create_image().without("Name"))


def test_a_recording_is_of_one_round(amiproof: Command) -> None:
    done = amiproof("run", "reference", "--record", "run.jsonl", "--for", "1m")
    assert done.returncode == 2
    assert "--record and --for" in done.stderr
