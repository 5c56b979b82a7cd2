"""What the processes of a run share is made once, and by whoever comes first."""

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


def test_of_several_processes_one_makes_it_and_all_have_it(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as pool:
        had = pool.starmap(_ask, [(tmp_path, number) for number in range(3)])
    [made] = (tmp_path / "made").read_text().split()
    assert had == [int(made)] * 3


def test_what_could_not_be_made_is_made_by_the_next(tmp_path: Path) -> None:
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


def test_who_is_alone_makes_it_each_time() -> None:
    made = iter((1, 2))
    assert [LocalCache().once("thing", lambda: next(made)) for _ in range(2)] == [1, 2]
