"""Encoding keeps the order, the repetitions and every character of a request."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model.request import Form, Request, action
from conformance.wire.encode import encode, encode_params

ANY = st.text(st.characters(exclude_categories=()))
PARAMS = st.lists(st.tuples(ANY, ANY)).map(tuple)


@given(PARAMS, st.sampled_from(["%20", "+"]))
def test_every_parameter_comes_back(params: tuple[tuple[str, str], ...], space: str) -> None:
    text = encode_params(params, Form(space=space))
    read = parse_qsl(text, keep_blank_values=True, errors="surrogatepass")
    # The reader skips a pair of two empty strings only when nothing else is there.
    assert tuple(read) == params or params == (("", ""),)
    assert set(text) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%=&+"
    )
    assert "+" not in text or space == "+"


def test_get_is_all_query_and_post_all_body() -> None:
    got = encode(Request((("Action", "A"), ("Name", "a b")), Form("GET")))
    assert (got.query, got.body, got.content_type) == ("Action=A&Name=a%20b", None, None)
    posted = encode(Request((("Name", "é+%20 "), ("Name", "")), Form(space="+")))
    assert posted.query == ""
    assert posted.body == b"Name=%C3%A9%2B%2520+&Name="
    assert posted.content_type == "application/x-www-form-urlencoded; charset=utf-8"


def test_a_lone_surrogate_is_sent_as_its_three_bytes() -> None:
    assert encode_params((("Name", "\ud800"),)) == "Name=%ED%A0%80"


def test_no_parameters_at_all() -> None:
    assert encode(Request(())).body == b""


def test_no_header_is_smuggled() -> None:
    with pytest.raises(ValueError, match="header"):
        encode(Request(action("A").params, Form(content_type="text/plain\r\nX: y")))
