"""Results like those of a real run, for the tests of reports."""

from __future__ import annotations

from typing import Any

from conformance.model.request import Signing
from conformance.model.rule import Arm, Grade
from reports.reproduce import with_reproductions
from reports.results import (
    Aws,
    Deviation,
    Expected,
    Identity,
    Observation,
    Observed,
    Results,
    RuleResult,
    Suite,
    Target,
    WireForm,
    count,
    decide,
)

ENDPOINT = "http://127.0.0.1:5000"
REGION = "us-east-1"
INSTANCE = "i-0abcdef1234567890"
MALFORMED = ("InvalidAMIName.Malformed",)


def params(**values: str) -> tuple[tuple[str, str], ...]:
    """The wire parameters of the minimal request, with these values."""
    given = {"InstanceId": INSTANCE, "Name": "amiproof-3f9a1c77", **values}
    return (("Action", "CreateImage"), ("Version", "2016-11-15"), *given.items())


def deviation(rule: str = "name.length.max", **changes: Any) -> Deviation:
    """A deviation with its reproductions. The default is an accepted name of 129 characters."""
    made: dict[str, Any] = {
        "arm": Arm.BREAKS,
        "request": params(Name="a" * 129),
        "expected": Expected("rejected", MALFORMED, (rule,)),
        "observed": Observed("accepted", seen="ami-00c0ffee"),
    }
    made.update(changes)
    return with_reproductions(rule, Deviation(**made), endpoint=ENDPOINT, region=REGION)


def rule(id: str = "name.length.max", *found: Deviation, **changes: Any) -> RuleResult:
    """A rule's result; the verdict follows from the deviations."""
    keeps, breaks = changes.pop("keeps", 4), changes.pop("breaks", 6)
    baseline: set[Identity] = changes.pop("baseline", set())
    status, reason = decide(
        keeps=keeps,
        breaks=breaks,
        found=[d.identity(id) for d in found],
        baseline=baseline,
        lacking=changes.pop("lacking", None),
        untested=changes.pop("untested", None),
    )
    made: dict[str, Any] = {
        "statement": "A name has at most 128 characters; spaces count like any other.",
        "grade": Grade.DOCUMENTED,
        "source": "API_CreateImage, Name; Error codes for the Amazon EC2 API, "
        "InvalidAMIName.Malformed",
        **changes,
    }
    return RuleResult(
        id, status, keeps=keeps, breaks=breaks, reason=reason, deviations=found, **made
    )


def results(*rules: RuleResult, **changes: Any) -> Results:
    """A run's results with these rules."""
    made: dict[str, Any] = {
        "suite": Suite("0.1.0", "3.11.7", "6.155.7", "1.43.11", "1.43.11"),
        "target": Target("moto", ENDPOINT, REGION, "Werkzeug/3.1.3 Python/3.11.7"),
        "seed": 20240917,
        "totals": count(
            rules, requests=913, create_image_requests=642, images_created=58, seconds=41.7
        ),
        **changes,
    }
    return Results(rules=rules, **made)


def realistic() -> Results:
    """A run with every verdict and every shape of deviation."""
    accepted = Observed("accepted", seen="ami-0c0ffee0c0ffee000")
    control = deviation(
        "name.charset.other",
        request=params(Name="amiproof\x1b[2J\x00\t"),
        expected=Expected("rejected", ("InvalidAMIName.Malformed", "InvalidCharacter")),
        observed=accepted,
    )
    plus = deviation(
        "desc.plus",
        arm=Arm.KEEPS,
        request=params(Description="Standard Web Server v1.0"),
        form=WireForm("GET", "+"),
        expected=Expected("effect", effect="A + in the encoded form stands for a space."),
        observed=Observed("effect", seen="the description is 'Standard+Web+Server+v1.0'"),
    )
    crash = deviation(
        "desc.max255",
        request=params(Description="d" * 256),
        expected=Expected("rejected", None, ("desc.max255",)),
        observed=Observed(
            "rejected", "InternalError", 500,
            "Traceback \x1b]0;owned\x07\x1b[31m(most recent call last): " + "deep " * 200,
        ),
    )  # fmt: skip
    unique = deviation(
        "name.unique",
        request=params(),
        before=(params(),),
        expected=Expected("rejected", ("InvalidAMIName.Duplicate",), ("name.unique",)),
        observed=accepted,
    )
    unsigned = deviation(
        "sig.present",
        request=params(),
        form=WireForm(signing=Signing.ABSENT),
        expected=Expected("rejected", ("AuthFailure",), ("sig.present",)),
        observed=Observed("malformed", status=404, seen="the body is HTML, not XML"),
    )
    refused = deviation(
        "name.charset.extra",
        arm=Arm.KEEPS,
        request=params(Name="a b'c@[d]"),
        expected=Expected("accepted"),
        observed=Observed("rejected", "InvalidAMIName.Malformed", 400, "Invalid name: a b'c@[d]"),
    )
    known = deviation("bdm.device.required")
    long = deviation("name.length.max", observed=accepted)
    return results(
        rule("name.required", statement="Every request names the new image."),
        rule("name.length.min", statement="A name has at least 3 characters."),
        rule("name.length.max", long, aws=Aws("agrees", "refuses longer names", "https://github.com/hashicorp/packer/issues/4761")),
        rule("name.charset.other", control, statement="Any other ASCII character, printable or not, is not legal in a name."),  # noqa: E501
        rule("name.charset.extra", refused, statement="Square brackets, spaces, single quotes and at-signs are legal in a name, anywhere."),  # noqa: E501
        rule("name.unique", unique, statement="A name that another image of the account uses is refused."),  # noqa: E501
        rule("name.roundtrip", grade=Grade.DETAIL),
        rule("desc.optional"),
        rule("desc.max255", crash, grade=Grade.DETAIL, statement="A description has at most 255 characters."),  # noqa: E501
        rule("desc.plus", plus, grade=Grade.DETAIL, statement="A + in the encoded form stands for a space."),  # noqa: E501
        rule("inst.state.stopped", untested="no stopped instance within 60 s"),
        rule("inst.state.pending", untested="no pending instance was caught"),
        rule("inst.root.ebs", lacking="the target has no instance-store instances"),
        rule("bdm.device.required", known, baseline={known.identity("bdm.device.required")}),
        rule("sig.present", unsigned, statement="A request without credentials is refused."),
        rule("sig.date", breaks=0),
        observations=(
            Observation("name.charset.unicode", params(Name="ünï"), accepted),
        ),
    )  # fmt: skip
