"""results.json is read back as written, and a rule never passes by default."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
import reports_factory as make

from conformance.model.answer import Accepted, Indeterminate, Malformed, Rejected, Throttled
from conformance.model.expectation import Accept, Either, Reject
from conformance.model.request import Form, Request, Signing, create_image
from conformance.model.rule import Arm, Grade, Kind, Rule, Source
from conformance.model.rule import Aws as ModelAws
from reports import results as module
from reports.results import (
    BadResults,
    Expected,
    Identity,
    Observed,
    Results,
    Verdict,
    WireForm,
    decide,
    exit_status,
    expected_of,
    form_of,
    load,
    observed_of,
    request_of,
    rule_result,
    save,
    schema,
)

SCHEMA = Path(module.__file__).with_name("results.schema.json")
SEEN = Identity("r", "keeps", "accepted", "")


def test_the_committed_schema_is_that_of_the_structs() -> None:
    made = json.loads(json.dumps(schema()))
    assert json.loads(SCHEMA.read_text()) == made, "python -m reports.results writes it anew"


def test_saved_results_keep_the_schema_and_read_back_equal(tmp_path: Path) -> None:
    saved = make.realistic()
    save(saved, tmp_path / "new" / "results.json")
    raw = json.loads((tmp_path / "new" / "results.json").read_text("ascii"))
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    validator.validate(raw)
    assert load(tmp_path / "new" / "results.json") == saved
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["results.json"]


def test_the_keys_are_those_of_the_design() -> None:
    raw = msgspec.to_builtins(make.realistic())
    assert list(raw) == ["schema", "suite", "target", "judge", "effort", "seed", "complete",
                         "totals", "rules", "fail_on", "gate", "observations",
                         "waits", "latencies"]  # fmt: skip
    assert list(raw["totals"]) == ["rules", "pass", "fail", "known", "untested", "not_applicable",
                                   "requests", "create_image_requests", "images_created",
                                   "seconds", "retried"]  # fmt: skip
    assert list(raw["rules"][2]) == ["id", "status", "statement", "grade", "source", "keeps",
                                     "breaks", "reason", "aws", "deviations"]  # fmt: skip
    found = raw["rules"][2]["deviations"][0]
    assert list(found) == ["arm", "request", "expected", "observed", "reproduce"]
    assert list(found["reproduce"]) == ["curl", "aws", "boto3", "pytest", "request"]
    assert found["expected"]["codes"] == ("InvalidAMIName.Malformed",)
    assert found["observed"] == {"outcome": "accepted", "seen": "ami-0c0ffee0c0ffee000"}
    assert list(raw["observations"][0]) == ["id", "sent", "came_back"]


@pytest.mark.parametrize("text", ["\ud800", "\x00\x1b[31m", "\u202e\u2028", "é\U0001f600", "\x85"])
def test_any_text_survives_and_none_of_it_reaches_the_file_raw(tmp_path: Path, text: str) -> None:
    found = make.deviation(request=make.params(Name=text), observed=Observed("effect", seen=text))
    saved = make.results(make.rule("name.roundtrip", found))
    save(saved, tmp_path / "r.json")
    written = (tmp_path / "r.json").read_bytes()
    assert all(byte == 10 or 32 <= byte < 127 for byte in written)
    assert load(tmp_path / "r.json") == saved


def test_keys_of_later_versions_are_passed_over(tmp_path: Path) -> None:
    raw = msgspec.to_builtins(make.realistic())
    raw["more"] = raw["rules"][0]["more"] = 1
    (tmp_path / "r.json").write_text(json.dumps(raw))
    assert load(tmp_path / "r.json") == make.realistic()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}', "\x00", '"\xff"'])
def test_another_file_is_rejected(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadResults, match=r"other\.json"):
        load(path)


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    save(make.results(), path)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(make.realistic(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_pass_takes_both_arms_and_no_deviation() -> None:
    assert decide(keeps=1, breaks=1) == (Verdict.PASS, None)
    for keeps, breaks in ((0, 0), (1, 0), (0, 1)):
        status, reason = decide(keeps=keeps, breaks=breaks)
        assert status is Verdict.UNTESTED
        assert reason
    assert "breaks" in (decide(keeps=1, breaks=0)[1] or "")


def test_a_deviation_outweighs_every_reason() -> None:
    every = {"lacking": "no store", "untested": "no time"}
    assert decide(keeps=0, breaks=0, found=[SEEN], **every)[0] is Verdict.FAIL
    assert decide(keeps=1, breaks=1, found=[SEEN], baseline=[SEEN])[0] is Verdict.KNOWN
    other = Identity("r", "keeps", "rejected 4xx", "X")
    assert decide(keeps=1, breaks=1, found=[SEEN, other], baseline=[SEEN])[0] is Verdict.FAIL
    assert decide(keeps=1, breaks=1, untested="no time") == (Verdict.UNTESTED, "no time")
    assert decide(keeps=1, breaks=1, **every) == (Verdict.NOT_APPLICABLE, "no store")


def test_identity_forgets_messages_and_ids() -> None:
    one = make.deviation(observed=Observed("rejected", "Nope", 400, "for i-1"))
    other = make.deviation(
        request=make.params(Name="b" * 200), observed=Observed("rejected", "Nope", 403, "for i-2")
    )
    assert one.identity("r") == other.identity("r")
    assert str(one.identity("r")) == "r/breaks/rejected 4xx/Nope"


@pytest.mark.parametrize(
    "other",
    [
        {"observed": Observed("rejected", "Other", 400)},
        {"observed": Observed("rejected", "Nope", 500)},
        {"observed": Observed("malformed", None, 400)},
        {"observed": Observed("accepted")},
        {"arm": Arm.KEEPS, "observed": Observed("rejected", "Nope", 400)},
    ],
)
def test_identity_has_arm_outcome_and_code(other: dict[str, object]) -> None:
    one = make.deviation(observed=Observed("rejected", "Nope", 400))
    assert one.identity("r") != make.deviation(**other).identity("r")


def test_expectations_and_outcomes_are_recorded() -> None:
    assert expected_of(Accept()) == Expected("accepted")
    assert expected_of(Either(("a",))).outcome == "either"
    assert expected_of(Reject(frozenset("ba"), ("r",))) == Expected("rejected", ("a", "b"), ("r",))
    any_code = msgspec.to_builtins(expected_of(Reject(None, ("r",))))
    assert any_code == {"outcome": "rejected", "codes": None, "rules": ("r",)}
    assert observed_of(Accepted("ami-1")) == Observed("accepted", seen="ami-1")
    assert observed_of(Accepted("ami-1"), "no requestId").seen == "no requestId"
    assert observed_of(Rejected("C", 400, "m")) == Observed("rejected", "C", 400, "m")
    assert observed_of(Malformed("html", 500)) == Observed("malformed", status=500, seen="html")
    assert observed_of(Throttled("Slow", 503)) == Observed("throttled", "Slow", 503)
    assert observed_of(Indeterminate("reset")) == Observed("indeterminate", seen="reset")


def test_the_form_is_kept_where_it_is_unusual_and_the_request_comes_back() -> None:
    plain = Request((("Action", "CreateImage"),))
    assert form_of(plain) is msgspec.UNSET
    assert "form" not in msgspec.to_builtins(make.deviation())
    odd = Request(plain.params, Form("GET", "+"), Signing.ABSENT)
    form = form_of(odd)
    assert isinstance(form, WireForm)
    assert msgspec.to_builtins(form) == {"verb": "GET", "space": "+", "signing": "absent"}
    for request in (plain, odd):
        assert request_of(request.params, form_of(request)) == request
    assert create_image().signing is Signing.VALID


def test_a_rule_of_the_catalogue_becomes_a_result() -> None:
    aws = ModelAws("agrees", "seen", "https://example.org")
    rule = Rule(
        "name.x", "Says so.", Grade.DETAIL, Kind.SCENARIO, (Source("A", "1"), Source("B", "2")),
        "k", "b", aws=aws,
    )  # fmt: skip
    made = rule_result(rule, Verdict.PASS, keeps=1, breaks=2)
    assert (made.source, made.family, made.aws.note) == ("A, 1; B, 2", "name", "seen")


def test_totals_count_every_verdict() -> None:
    totals = make.realistic().totals
    by = (totals.passed, totals.fail, totals.known, totals.untested, totals.not_applicable)
    assert sum(by) == totals.rules == 16
    assert by == (4, 7, 1, 3, 1)


def test_a_run_without_a_verdict_does_not_conform() -> None:
    def status(*rules: module.RuleResult, complete: bool = True) -> int:
        given: Results = make.results(*rules, complete=complete)
        return exit_status(given)

    known = make.deviation()
    assert status(make.rule()) == 0
    assert status(make.rule("r", known, baseline={known.identity("r")})) == 0
    assert status(make.rule(), make.rule("r", known), complete=False) == 1
    assert status(make.rule(), complete=False) == 4
    assert status(make.rule(untested="no instance")) == 4
    assert status() == 4
