"""The page beside the published matrix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conformance import __version__
from conformance.publish.measure import NOT_IMPLEMENTED, Measured
from reports import words
from reports.results import Results

_HEAD = """\
# What emulators of EC2 make of CreateImage

Measured on {day} with amiproof {version}, effort {effort}, seed {seed}. [matrix.md](matrix.md) and
[matrix.html](matrix.html) say it rule by rule; each `results.json` is a run's, with the minimal
request of every deviation, and `amiproof report` and `amiproof replay` take it.

| emulator | rules that hold | broken | untested | not applicable | baseline | its gate |
| --- | --- | --- | --- | --- | --- | --- |
"""
_TAIL = """
The last column is the exit status of a run with the emulator's baseline, whose entries say what is
behind each deviation, such as `amiproof run moto --baseline fixtures/baselines/moto.toml`: 0 is a
pass.

A rule that is untested or not applicable says why in the results: these emulators verify no
signatures, show no boots, and make an image at once.
"""
_LACKING = """
These have no CreateImage, which a run says, with exit status 3, in place of two hundred failures:

"""
_AGAIN = """
All of this is made again, from a checkout with `.[moto]` installed, by

    python -m conformance.publish

It installs the other emulators in environments of their own; LocalStack 2026.3.0 needs Python 3.13,
which `--python` names where it is not on the path. Reasons in the baselines are written by hand and
stay; the command says which are missing.
"""


def page(every: Sequence[Measured], today: date) -> str:
    """The page, in Markdown."""
    runs = [each for each in every if each.results is not None]
    first = runs[0].results if runs else None
    head = _HEAD.format(
        day=today.isoformat(),
        version=__version__,
        effort=first.effort if first else "",
        seed=first.seed if first else "",
    )
    rows = [_row(each, each.results) for each in runs if each.results is not None]
    lacking = [
        f"- {each.emulator.name} {each.emulator.version}"
        for each in every
        if each.results is None and NOT_IMPLEMENTED in each.said
    ]
    listed = [_LACKING, *(f"{each}\n" for each in lacking)] if lacking else []
    return "".join([head, *rows, _TAIL, *listed, _AGAIN])


def _row(each: Measured, results: Results) -> str:
    id, t = each.emulator.id, results.totals
    cells = [
        f"[{each.emulator.name} {each.emulator.version}]({id}/results.json)",
        t.passed,
        t.fail,
        t.untested,
        t.not_applicable,
        f"[{words.plural(each.known, 'deviation')}](../../fixtures/baselines/{id}.toml)",
        f"exit status {each.status}",
    ]
    return f"| {' | '.join(map(str, cells))} |\n"


def line(each: Measured) -> str:
    """One emulator's outcome, for the terminal."""
    name = f"{each.emulator.name} {each.emulator.version}"
    if each.results is None:
        return f"{name}: exit status {each.status}: {each.said}"
    gate = "passes its gate" if each.status == 0 else f"its gate ends with {each.status}"
    return f"{name}: {gate}; {words.plural(each.known, 'known deviation')}"
