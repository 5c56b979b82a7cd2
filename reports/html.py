"""The HTML report: one self-contained file that loads nothing from elsewhere.

Text from the endpoint passes :func:`reports.escape.visible` and then Jinja's escaping. The content
security policy allows only the embedded style and script, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import UNSET

from conformance.model import CATALOGUE
from reports import words
from reports.causes import causes
from reports.compare import differences
from reports.deviation import Deviation
from reports.links import is_link, links
from reports.reasons import by_reason
from reports.results import LATENCIES, Results, RuleResult, Verdict, exit_status
from reports.sections import by_section, title_of

LABELS = {
    Verdict.FAIL: "fail",
    Verdict.KNOWN: "known",
    Verdict.UNTESTED: "untested",
    Verdict.NOT_APPLICABLE: "not applicable",
    Verdict.PASS: "pass",
}
_UNDECIDED = (Verdict.UNTESTED, Verdict.NOT_APPLICABLE)
_REQUESTS = (50, 100, 200, 300, 400, 500, 700, 1000, 1500, 2000, 5000)
_BUCKETS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_KINDS = (("curl", "curl"), ("aws", "AWS CLI"), ("boto3", "boto3"), ("pytest", "pytest"))


def render(results: Results, against: Results | None = None) -> str:
    """The report of a run; the changes since an earlier run come first."""
    masks = {cause.first.id: cause.masked for cause in causes(results)}
    masked = {rule.id for each in masks.values() for rule in each}
    shown = [rule for rule in results.rules if rule.id not in masked]
    decided = [rule for rule in shown if rule.status not in _UNDECIDED]
    sections = by_section(results.rules)
    return document(
        "report.html",
        results=results,
        families=[
            (family, title_of(family), rules) for family, rules in by_section(decided).items()
        ],
        undecided=[
            (LABELS[verdict], reasons)
            for verdict in _UNDECIDED
            if (reasons := by_reason(rule for rule in shown if rule.status is verdict))
        ],
        masks=masks,
        changes=None if against is None else differences(against, results),
        labels=LABELS,
        bars=[(title_of(family), *_bar(rules)) for family, rules in sections.items()],
        covered=sum(bool(rule.keeps and rule.breaks) for rule in results.rules),
        uncovered=_uncovered(results),
        gate=words.gate(results),
        status=exit_status(results),
        matters=words.is_subject,
        links=links,
        is_link=is_link,
        reproductions=_reproductions,
        charts=list(_charts(results)),
    )


def document(name: str, **given: Any) -> str:
    """A page made from a template, with its style, its script and the policy that allows them."""
    environment = templates()
    style, script = (_asset(environment, asset) for asset in ("report.css", "report.js"))
    return environment.get_template(name).render(
        words=words,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
        **given,
    )


@cache
def templates() -> Environment:
    """The templates of all pages, each compiled at its first use."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = words.visible
    return environment


def _uncovered(results: Results) -> int:
    """The number of rules of the catalogue that no request can test, the run's own left out."""
    reported = {rule.id for rule in results.rules}
    return sum(bool(rule.uncovered) and rule.id not in reported for rule in CATALOGUE.values())


def _asset(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _bar(rules: Iterable[RuleResult]) -> tuple[list[tuple[str, float, float]], str]:
    """The segments of a bar (status, start and width in percent) and the same as text."""
    counts = Counter(rule.status for rule in rules)
    whole, start, parts = counts.total() or 1, 0.0, []
    for status in LABELS:
        if width := 100 * counts[status] / whole:
            parts.append((status.value, round(start, 2), round(width, 2)))
            start += width
    return parts, ", ".join(f"{counts[s]} {label}" for s, label in LABELS.items() if counts[s])


def _reproductions(found: Deviation) -> list[tuple[str, str]]:
    """Title and text of each way to send the request again. Line breaks stay."""
    texts = ((title, getattr(found.reproduce, kind)) for kind, title in _KINDS)
    return [
        (title, "\n".join(words.visible(line) for line in text.split("\n")))
        for title, text in texts
        if text
    ]


class Chart(NamedTuple):
    """A histogram: title, caption, and the label, count and width of each bar."""

    id: str
    title: str
    caption: str
    axis: str
    bars: list[tuple[str, int, float]]


def _charts(results: Results) -> Iterator[Chart]:
    waits = [wait.seconds for wait in results.waits if wait.kind != "never"]
    first = [
        min(seen)
        for rule in results.rules
        if (seen := [d.first_seen for d in rule.deviations if d.first_seen is not UNSET])
    ]
    yield Chart(
        "latency",
        "Latency of CreateImage",
        "Requests by the time until the answer arrived.",
        "Time",
        _bars(list(results.latencies), [f"up to {1000 * b:g} ms" for b in LATENCIES]),
    )
    yield Chart(
        "waits",
        "Time until checks passed",
        "Checks that failed at first and passed on retry.",
        "Time",
        _bars(_counted(waits, _BUCKETS), [f"up to {bound:g} s" for bound in _BUCKETS]),
    )
    yield Chart(
        "sightings",
        "Requests until the first deviation",
        "Requests sent before each rule first failed.",
        "Requests",
        _bars(_counted(first, _REQUESTS), [f"up to {bound:,}" for bound in _REQUESTS]),
    )


def _counted(values: Iterable[float], bounds: Sequence[float]) -> list[int]:
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return counts


def _bars(counts: Sequence[int], labels: list[str]) -> list[tuple[str, int, float]]:
    """The bars from the first to the last that is not empty; widths in percent of the longest."""
    most = max(counts, default=0)
    named = zip([*labels, labels[-1].replace("up to", "over")], counts, strict=False)
    bars = [(label, count, round(100 * count / most, 2) if most else 0) for label, count in named]
    filled = [place for place, (_, count, _) in enumerate(bars) if count]
    return bars[filled[0] : filled[-1] + 1] if filled else []
