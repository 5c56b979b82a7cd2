"""Each kind of body has an outcome, which depends on the content of XML and not its form."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.answer import Accepted, Element, Malformed, Rejected, Throttled
from conformance.model.request import Request, action
from conformance.wire.decoding.decode import MAX_DEPTH, NotXmlError, outcome_of, parse

CREATE = action("CreateImage")
NS = "http://ec2.amazonaws.com/doc/2016-11-15/"
OK = f'<CreateImageResponse xmlns="{NS}"><requestId>r</requestId><imageId>ami-1</imageId></CreateImageResponse>'  # noqa: E501
ERROR = "<Response><Errors><Error><Code>{}</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>"  # noqa: E501


def outcome(body: str | bytes, status: int = 200, request: Request = CREATE, **headers: str):  # type: ignore[no-untyped-def]
    data = body.encode() if isinstance(body, str) else body
    return outcome_of(request, status, headers, data)[0]


@pytest.mark.parametrize(
    "body",
    [
        OK,
        '<?xml version="1.0" encoding="UTF-8"?>\n' + OK,
        "\ufeff" + OK,
        f'<e:CreateImageResponse xmlns:e="{NS}">\n  <e:imageId>\n ami-1 </e:imageId>\n'
        "  <e:requestId>r</e:requestId>\n</e:CreateImageResponse>\n",
        "<!-- c --><CreateImageResponse><imageId>ami<!-- c -->-1</imageId></CreateImageResponse>",
        "<Other><imageId>ami-1</imageId></Other>",
        "<CreateImageResponse><item><imageId><![CDATA[ami-1]]></imageId></item></CreateImageResponse>",
    ],
)
def test_a_success_however_written(body: str) -> None:
    assert outcome(body) == Accepted("ami-1")
    assert outcome(body.replace("UTF-8", "UTF-16").lstrip("\ufeff").encode("utf-16"), 201) == (
        Accepted("ami-1")
    )


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ("<CreateImageResponse/>", 200, "success without imageId"),
        ("<CreateImageResponse><imageId> </imageId></CreateImageResponse>", 200, "success without"),
        ("<ListAllMyBucketsResult/>", 200, "(ListAllMyBucketsResult)"),
        (ERROR.format("InvalidAMIName.Duplicate"), 200, "error InvalidAMIName.Duplicate with"),
        (ERROR.format(""), 400, "without an error code"),
        (OK, 400, "without an error code"),
        ("", 200, "empty body"),
        (" \n", 500, "empty body"),
        ("<!DOCTYPE html><html><body>Oops<br></body></html>", 500, "HTML"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", 200, "HTML"),
        ('{"message": "no"}', 404, "JSON"),
        ("{not json", 404, "text"),
        ("Internal Server Error", 500, "text"),
        (OK[:-5], 200, "broken XML"),
        (b"<a>\xff\xfe\xff</a>", 200, "broken XML"),
        ("<a>&#1;</a>", 200, "broken XML"),
        ('<?xml version="1.0" encoding="nonsense"?><a/>', 200, "broken XML"),
        ('<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r/>', 200, "DOCTYPE"),
        (OK, 199, "a status"),
        (OK, 700, "a status"),
        ("", 304, "redirects nowhere"),
    ],
)
def test_bodies_that_are_neither_success_nor_error(
    body: str | bytes, status: int, expected: str
) -> None:
    found = outcome(body, status)
    assert isinstance(found, Malformed)
    assert (expected in found.why, found.status) == (True, status), found.why


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (ERROR.format("InvalidParameterValue"), 400),
        (ERROR.format("\n InvalidParameterValue\n"), 403),
        (
            ERROR.format("InvalidParameterValue").replace("<Response", '<Response xmlns="urn:x"'),
            400,
        ),
        (
            "<x:Response xmlns:x='urn:x'><x:Errors><x:Error><x:Code>InvalidParameterValue</x:Code>"
            "</x:Error></x:Errors></x:Response>",
            500,
        ),
        ("<ErrorResponse><Error><Code>InvalidParameterValue</Code></Error></ErrorResponse>", 400),
        ("<Error><Message>m</Message><Code>InvalidParameterValue</Code></Error>", 404),
    ],
)
def test_an_error_wherever_its_code_is(body: str, status: int) -> None:
    assert outcome(body, status) == Rejected("InvalidParameterValue", status)


def test_the_first_error_counts_and_its_prefix_stays() -> None:
    two = ERROR.replace("</Errors>", "<Error><Code>Second</Code></Error></Errors>")
    assert outcome(two.format("Client.First"), 400) == Rejected("Client.First", 400)
    found = outcome(two.format("First"), 400)
    assert isinstance(found, Rejected)
    assert found.message == "no"


def test_throttling() -> None:
    assert outcome(ERROR.format("RequestLimitExceeded"), 503) == Throttled(
        "RequestLimitExceeded", 503
    )
    assert outcome(ERROR.format("Client.RequestLimitExceeded"), 400) == Throttled(
        "RequestLimitExceeded", 400
    )
    assert outcome("<html>slow down</html>", 429) == Throttled("TooManyRequests", 429)
    assert outcome(ERROR.format("ServiceUnavailable"), 503) == Rejected("ServiceUnavailable", 503)


def test_other_actions() -> None:
    described = (
        "<DescribeImageAttributeResponse><imageId>ami-1</imageId></DescribeImageAttributeResponse>"
    )
    assert outcome(described, request=action("DescribeImageAttribute")) == Accepted("")
    run = "<RunInstancesResponse><instancesSet><item><imageId>ami-1</imageId></item></instancesSet></RunInstancesResponse>"  # noqa: E501
    assert outcome(run, request=action("RunInstances")) == Accepted("")
    # Of a distorted CreateImage the image is found all the same.
    for name in ("createimage", "CreateImageX"):
        assert outcome(OK, request=action(name)) == Accepted("ami-1")
    assert outcome(OK, request=Request(())) == Accepted("ami-1")


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("https://other:8443/x?X-Amz-Signature=planted", "redirects to other:8443"),
        ("//user:planted@other/", "redirects to other"),
        ("/planted", "redirects"),
        ("http://[planted", "redirects to an address that is none"),
        ("http://h:planted/", "redirects to an address that is none"),
    ],
)
def test_redirects_say_only_where(location: str, why: str) -> None:
    assert outcome("", 302, Location=location) == Malformed(why, 302)


BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {c} "{f"&{p};" * 10}">' for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + ">]><r {}>&i;</r>"
)


@pytest.mark.parametrize("attribute", ["", 'x="&i;"'])
def test_entities_are_not_expanded(attribute: str) -> None:
    started = time.monotonic()
    for body in (
        BOMB.replace("{}", attribute).replace(">]>", "]>"),
        '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><r>&f;</r>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><r/>',
    ):
        found = outcome(body)
        assert isinstance(found, Malformed)
        assert "root:" not in found.why
    assert time.monotonic() - started < 2


def test_no_outside_file_is_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "x.dtd"
    os.mkfifo(pipe)  # opening it waits for a writer for ever
    watched = threading.Thread(
        target=outcome, args=(f'<!DOCTYPE r SYSTEM "file://{pipe}"><r/>',), daemon=True
    )
    watched.start()
    watched.join(2)
    assert not watched.is_alive()


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 100_000])
def test_depth_is_bounded(depth: int) -> None:
    assert isinstance(outcome("<a>" * depth + "</a>" * depth), Malformed)
    within = MAX_DEPTH
    assert parse(b"<a>" * within + b"</a>" * within).name == "a"


def test_elements() -> None:
    root = parse(
        b'<r xmlns="urn:a" xmlns:b="urn:b">\n <b:one> kept </b:one><?pi x?>\n <two/>mixed</r>'
    )
    assert root == Element(
        "r", "urn:a", "mixed", (Element("one", "urn:b", " kept "), Element("two", "urn:a"))
    )


def test_a_long_answer_is_read_quickly() -> None:
    item = "<item>" + "".join(f"<field{n}>value</field{n}>" for n in range(25)) + "</item>"
    body = f'<r xmlns="{NS}">{item * 1000}</r>'.encode()
    started = time.monotonic()
    assert len(parse(body).children) == 1000
    assert time.monotonic() - started < 2


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.integers(100, 999))
def test_no_body_is_an_exception(body: bytes, status: int) -> None:
    found, answer = outcome_of(CREATE, status, {}, body)
    assert answer.status == status
    assert not isinstance(found, Accepted)
    try:
        parse(body)
    except NotXmlError as error:
        why = error.why
        assert why
