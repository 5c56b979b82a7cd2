"""Unique names: they keep the shape, never repeat, and show their run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.engine.core.share import Share
from conformance.engine.resources.names import Names, first_number, new_run_id
from conformance.model.request import UniqueName


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_name_keeps_its_shape(shape: str) -> None:
    name = Names().fresh(UniqueName(shape))
    assert len(name) == len(shape)
    for was, now in zip(shape, name, strict=True):
        assert now == was or (was.isascii() and was.isalnum() and re.fullmatch("[0-9a-z]", now))
    varied = [c for c in shape if c.isascii() and c.isalnum()]
    kept = [c for c in name if c.isascii() and c.isalnum()][:-8]
    assert kept == varied[:-8]


def test_a_name_is_given_once() -> None:
    names = Names(used={"amiproof-1"})
    given = [names.fresh(UniqueName("amiproof-00000000")) for _ in range(500)]
    assert len(set(given)) == 500


def test_of_a_short_shape_every_name_is_tried_before_one_repeats() -> None:
    digits = [f"a!{c}" for c in "0123456789abcdefghijklmnopqrstuvwxyz"]
    free = "a!q"
    names = Names(used=set(digits) - {free})
    # The one letter before the mark is varied too.
    assert names.fresh(UniqueName("!!a")) not in digits
    assert Names(used={c[-1] for c in digits} - {"q"}).fresh(UniqueName("a")) == "q"


@pytest.mark.parametrize("shape", ["", "-", "(.)", "é"])
def test_where_there_is_nothing_to_vary_the_shape_is_the_name(shape: str) -> None:
    assert Names().fresh(UniqueName(shape)) == shape


def test_names_of_a_run_end_with_its_own_characters() -> None:
    run_id = new_run_id()
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-z]{4}", run_id)
    for writer, process in (("main", "0"), ("gw0", "1"), ("gw7", "8")):
        names = Names(start=first_number(run_id, writer))
        name = names.fresh(UniqueName("amiproof-00000000"))
        assert name[9:13] == run_id[-4:]
        assert name[13] == process


def test_processes_of_a_run_do_not_collide() -> None:
    run_id = new_run_id()
    given = [
        {names.fresh(UniqueName("amiproof-00000000")) for _ in range(300)}
        for names in (Names(start=first_number(run_id, w)) for w in ("main", "gw0", "gw1"))
    ]
    assert len(set.union(*given)) == 900


def test_a_run_id_must_be_hexadecimal() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        first_number("20260101-000000-????")


def test_workers_share_the_few_names_of_a_short_shape() -> None:
    given: list[str] = []
    for number in (1, 2, 3):
        names = Names(start=first_number("20260101-000000-abcd", f"gw{number - 1}"))
        names.share = Share(number, 3)
        given += [names.fresh(UniqueName("  d")) for _ in range(12)]
    assert len(set(given)) == 36
