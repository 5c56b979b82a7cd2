"""A short Markdown report, for a pull request or a wiki."""

from __future__ import annotations

import re

from reports import words
from reports.results import Results, RuleResult, Verdict

_UNDECIDED = ((Verdict.UNTESTED, "Untested"), (Verdict.NOT_APPLICABLE, "Not applicable"))
_HEAD = ["| rule | grade | expected | observed |", "|---|---|---|---|"]
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~&])")


def render(results: Results) -> str:
    """The document: totals, broken rules, and rules without a verdict with their reasons."""
    lines = [f"# amiproof: {_plain(results.target.name)}", "", _plain(words.target(results)), ""]
    lines += [f"**{words.totals(results)}** {words.cost(results)}", ""]
    if not results.complete:
        lines += [words.STOPPED_EARLY, ""]
    if failed := results.of(Verdict.FAIL):
        lines += ["## Broken rules", "", *_HEAD, *_rows(failed), ""]
        for rule in failed:
            lines += _details(rule)
    if known := results.of(Verdict.KNOWN):
        lines += ["## Known deviations", "", *_HEAD, *_rows(known), ""]
    if sentences := words.gate(results):
        lines += ["## Baseline and --fail-on", "", *(f"- {_plain(each)}" for each in sentences), ""]
    for verdict, title in _UNDECIDED:
        if rules := results.of(verdict):
            lines += [f"## {title}", ""]
            lines += [f"- {_code(r.id)}: {_plain(r.reason or 'no reason recorded')}" for r in rules]
            lines.append("")
    return "\n".join(lines)


def _rows(rules: tuple[RuleResult, ...]) -> list[str]:
    return [
        f"| {_code(rule.id)} | {rule.grade} | {_plain(words.expected(found.expected))} "
        f"| {_plain(words.observed(found.observed))} |"
        for rule in rules
        for found in rule.deviations
    ]


def _details(rule: RuleResult) -> list[str]:
    lines = [f"### {_code(rule.id)}", "", f"{_plain(rule.statement)} ({_plain(rule.source)})", ""]
    if aws := words.aws(rule):
        lines += [_plain(f"AWS {aws} ({rule.aws.source or 'no source'})."), ""]
    for found in rule.deviations:
        curl = "\n".join(words.visible(line) for line in found.reproduce.curl.split("\n"))
        # The fence must be longer than any run of backticks inside it.
        longest = max((len(run) for run in re.findall("`+", curl)), default=0)
        fence = "`" * max(3, longest + 1)
        lines += [_plain(f"{words.request_head(found)}:"), "", f"{fence}sh", curl, fence, ""]
    return lines


def _plain(text: str) -> str:
    """The text with Markdown's special characters escaped."""
    return _SPECIAL.sub(r"\\\1", words.visible(text))


def _code(text: str) -> str:
    return f"`{words.visible(text).replace('`', '')}`"
