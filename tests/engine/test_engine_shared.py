"""Results that the processes of a run share: the first process that needs one makes it."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest

from conformance.engine.resources.shared import FileCache, LocalCache, discard


def _ask(folder: Path, number: int) -> int:
    def make() -> int:
        time.sleep(0.2)
        with (folder / "made").open("a") as file:
            file.write(f"{number}\n")
        return number

    return FileCache(folder).once("thing", make)


def test_one_of_several_processes_makes_a_result(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as pool:
        had = pool.starmap(_ask, [(tmp_path, number) for number in range(3)])
    [made] = (tmp_path / "made").read_text().split()
    assert had == [int(made)] * 3


def test_a_failed_result_is_made_by_the_next_call(tmp_path: Path) -> None:
    def fail() -> int:
        raise KeyError("not yet")

    shared = FileCache(tmp_path)
    with pytest.raises(KeyError):
        shared.once("thing", fail)
    assert shared.once("thing", lambda: 2) == 2
    assert shared.once("thing", fail) == 2
    assert shared.once("other", lambda: 3) == 3
    discard(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_local_cache_keeps_nothing() -> None:
    made = iter((1, 2))
    assert [LocalCache().once("thing", lambda: next(made)) for _ in range(2)] == [1, 2]
