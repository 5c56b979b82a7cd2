"""Fresh names: of the shape that was asked for, each once, and whose they are."""

from __future__ import annotations

import re

import pytest

from conformance.engine.naming import Names, first_number, new_run_id
from conformance.model.request import FreshName


@pytest.mark.parametrize(
    ("shape", "pattern"),
    [
        ("amiproof-00000000", r"amiproof-[0-9a-z]{8}"),
        ("a" * 128, r"a{120}[0-9a-z]{8}"),
        ("aaa", r"[0-9a-z]{3}"),
        ("()[] ./-'@_a", r"\(\)\[\] \./-'@_[0-9a-z]"),
    ],
)
def test_a_name_has_the_shape_and_is_given_once(shape: str, pattern: str) -> None:
    names = Names()
    given = [names.fresh(FreshName(shape)) for _ in range(20)]
    assert len(set(given)) == 20
    assert all(re.fullmatch(pattern, name) for name in given)


def test_a_shape_that_has_nothing_to_vary_stays() -> None:
    assert Names().fresh(FreshName("./-")) == "./-"


def test_a_name_in_use_is_passed_over() -> None:
    shape = FreshName("amiproof-00000000")
    taken = Names(start=7).fresh(shape)
    assert Names(start=7).fresh(shape) == taken
    assert Names({taken}, start=7).fresh(shape) != taken


def test_a_name_tells_its_run_and_processes_do_not_meet() -> None:
    run_id = new_run_id()
    by_process = {
        writer: {
            Names(start=first_number(run_id, writer)).fresh(FreshName("amiproof-00000000"))
            for _ in range(50)
        }
        for writer in ("main", "gw0", "gw1")
    }
    assert all(run_id[-4:] in name for names in by_process.values() for name in names)
    assert not by_process["main"] & by_process["gw0"]
    assert not by_process["gw0"] & by_process["gw1"]


def test_what_is_no_run_s_id_is_refused() -> None:
    with pytest.raises(ValueError):
        first_number("20261124-000000-!!!!")
