"""Results as one HTML file that needs nothing else: no network, no framework.

Everything that came from outside passes :func:`reports.escape.visible` and then Jinja's escaping.
Style and script stand in the page and are allowed by their hash alone.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import UNSET

from reports import words
from reports.deviation import Deviation
from reports.results import LATENCIES, Results, RuleResult, Verdict, exit_status

TITLES = {
    "name": "Name",
    "desc": "Description",
    "inst": "InstanceId",
    "noreboot": "NoReboot",
    "dryrun": "DryRun",
    "bdm": "BlockDeviceMapping",
    "tag": "TagSpecification",
    "snaploc": "SnapshotLocation",
    "bootmode": "BootModeOverride",
    "auth": "Permissions",
    "sig": "Signatures",
    "wire": "The request on the wire",
    "resp": "The answer",
    "err": "Errors",
    "st": "The image and its snapshots",
    "lc": "What becomes of the image",
    "soap": "SOAP",
}
"""What the families of rules speak of."""
LABELS = {
    Verdict.FAIL: "fail",
    Verdict.KNOWN: "known",
    Verdict.UNTESTED: "untested",
    Verdict.NOT_APPLICABLE: "not applicable",
    Verdict.PASS: "pass",
}
_PLAIN = ("Action", "Version", "InstanceId", "Name")
_ABOUT = {"name": ("Name",), "inst": ("InstanceId",), "wire": ("Action", "Version")}
"""The parameters of the plainest request that a family's rules are about all the same."""
_REQUESTS = (50, 100, 200, 300, 400, 500, 700, 1000, 1500, 2000, 5000)
_BUCKETS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_KINDS = (("curl", "curl"), ("aws", "AWS CLI"), ("boto3", "boto3"), ("pytest", "pytest"))


def render(results: Results) -> str:
    """The document."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = words.visible
    style, script = (_asset(environment, name) for name in ("report.css", "report.js"))
    families = [
        (family, TITLES.get(family, family), list(rules))
        for family, rules in groupby(
            sorted(results.rules, key=_family_order(results)), key=lambda rule: rule.family
        )
    ]
    return environment.get_template("report.html").render(
        results=results,
        words=words,
        families=families,
        labels=LABELS,
        bars=[(title, *_bar(rules)) for _, title, rules in families],
        covered=sum(bool(rule.keeps and rule.breaks) for rule in results.rules),
        gate=words.gate(results),
        status=exit_status(results),
        exits=words.EXITS,
        matters=_matters,
        reproductions=_reproductions,
        charts=list(_charts(results)),
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'",
    )


def _asset(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _family_order(results: Results) -> Any:
    """Families stand in the order in which the catalogue first speaks of them."""
    order = {family: n for n, family in enumerate(dict.fromkeys(r.family for r in results.rules))}
    return lambda rule: order[rule.family]


def _bar(rules: Iterable[RuleResult]) -> tuple[list[tuple[str, float, float]], str]:
    """A bar's parts (status, start and width in percent) and the same in words."""
    counts = Counter(rule.status for rule in rules)
    whole, start, parts = counts.total() or 1, 0.0, []
    for status in LABELS:
        if width := 100 * counts[status] / whole:
            parts.append((status.value, round(start, 2), round(width, 2)))
            start += width
    return parts, ", ".join(f"{counts[s]} {label}" for s, label in LABELS.items() if counts[s])


def _matters(rule: RuleResult, name: str) -> bool:
    """Whether a parameter is what the request is about, not what every request needs."""
    return name not in _PLAIN or name in _ABOUT.get(rule.family, ())


def _reproductions(found: Deviation) -> list[tuple[str, str]]:
    """Title and text of each way to send the request again; lines stay lines."""
    texts = ((title, getattr(found.reproduce, kind)) for kind, title in _KINDS)
    return [
        (title, "\n".join(words.visible(line) for line in text.split("\n")))
        for title, text in texts
        if text
    ]


class Chart(NamedTuple):
    """A histogram: its title, what it counts, and label, count and width of each bar."""

    id: str
    title: str
    words: str
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
        "How long CreateImage took to answer",
        "Requests by the time until their answer was there.",
        _bars(list(results.latencies), [f"up to {1000 * b:g} ms" for b in LATENCIES]),
    )
    yield Chart(
        "waits",
        "How long the target took to show things",
        "What was not as it should be at first sight, and was right when it was looked at again.",
        _bars(_counted(waits, _BUCKETS), [f"up to {bound:g} s" for bound in _BUCKETS]),
    )
    yield Chart(
        "sightings",
        "How many requests it took to see a rule broken",
        "Broken rules by the requests that their process had sent until then.",
        _bars(_counted(first, _REQUESTS), [f"up to {bound:,}" for bound in _REQUESTS]),
    )


def _counted(values: Iterable[float], bounds: Sequence[float]) -> list[int]:
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return counts


def _bars(counts: Sequence[int], labels: list[str]) -> list[tuple[str, int, float]]:
    """From the first bar that counts anything to the last; widths in percent of the longest."""
    most = max(counts, default=0)
    named = zip([*labels, labels[-1].replace("up to", "over")], counts, strict=False)
    bars = [(label, count, round(100 * count / most, 2) if most else 0) for label, count in named]
    told = [place for place, (_, count, _) in enumerate(bars) if count]
    return bars[told[0] : told[-1] + 1] if told else []
