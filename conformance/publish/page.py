"""The page that introduces the published results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from conformance import __version__
from conformance.publish import news
from conformance.publish.measure import NOT_IMPLEMENTED, Measured
from reports import words
from reports.results import Results

_HEAD = """\
# CreateImage conformance of EC2 emulators

Measured on {day} with amiproof {version}, effort {effort}, seed {seed}. [matrix.md](matrix.md) and
[matrix.html](matrix.html) show the verdict of each rule. Each `results.json` holds the minimal
request of every deviation. `amiproof report` and `amiproof replay` read these files.

| emulator | pass | fail | untested | not applicable | baseline | with baseline |
| --- | --- | --- | --- | --- | --- | --- |
"""
_TAIL = """
The last column is the exit status of a run with the emulator's baseline, such as
`amiproof run moto --baseline fixtures/baselines/moto.toml`. Each entry of the baseline gives the
reason of a deviation.

The results say why a rule is untested or not applicable. These emulators verify no signatures,
show no reboots, and complete an image immediately.
"""
_LACKING = """
These emulators do not implement CreateImage, so a run exits with status 3:

"""
_AGAIN = """
This command measures the emulators again, from a checkout with `.[moto]` installed:

    python -m conformance.publish

It installs each other emulator in a virtual environment. LocalStack 2026.3.0 needs Python 3.13; if
PATH has none, name one with `--python`. The command keeps the reasons in the baselines, and lists
deviations without one.
"""


_SINCE = """
## Since the last time

Rules whose verdicts or deviations differ from the results that were published before. A verdict can
also change because the suite tests more than it did.

| emulator | by amiproof | newly broken | fixed | another deviation | another verdict |
| --- | --- | --- | --- | --- | --- |
"""


def page(every: Sequence[Measured], today: date, before: Mapping[str, Results]) -> str:
    """The page, in Markdown. ``before`` are the results that were published, by emulator."""
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
        if each.results is None and NOT_IMPLEMENTED in each.error
    ]
    listed = [_LACKING, *(f"{each}\n" for each in lacking)] if lacking else []
    measured = [each.results for each in runs if each.results is not None]
    first_of_all = f"\n{news.first_steps(measured)}"
    changed = list(news.changes(every, before))
    since = [_SINCE, *changed] if changed else []
    return "".join([head, *rows, first_of_all, _TAIL, *listed, *since, _AGAIN])


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
    """The outcome of one emulator, as a line for the terminal."""
    name = f"{each.emulator.name} {each.emulator.version}"
    if each.results is None:
        return f"{name}: exit status {each.status}: {each.error}"
    gate = "passes with its baseline" if each.status == 0 else f"exits with {each.status}"
    return f"{name}: {gate}; {words.plural(each.known, 'known deviation')}"
