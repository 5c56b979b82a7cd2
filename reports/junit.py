"""The JUnit XML report: one test case per rule, however many deviations it has."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from reports import words
from reports.results import Results, RuleResult, Verdict

_SKIPPED = (Verdict.UNTESTED, Verdict.NOT_APPLICABLE)


def render(results: Results) -> str:
    """The document. Control characters are escaped, because XML does not allow them."""
    t = results.totals
    suite = ET.Element(
        "testsuite",
        name="amiproof",
        tests=str(t.rules + bool(results.gate)),
        failures=str(t.fail + bool(results.gate)),
        errors="0",
        skipped=str(t.untested + t.not_applicable),
        time=f"{t.seconds:.3f}",
    )
    where = results.target
    _properties(
        suite,
        target=where.name,
        endpoint=where.endpoint,
        region=where.region,
        judge=results.judge,
        effort=results.effort,
        seed=str(results.seed),
        complete=str(results.complete).lower(),
    )
    for rule in results.rules:
        _case(suite, rule)
    if results.gate:
        case = ET.SubElement(suite, "testcase", classname="amiproof", name="baseline")
        message = "the baseline is out of date"
        failure = ET.SubElement(case, "failure", type="baseline", message=message)
        failure.text = words.visible("; ".join(results.gate))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, rule: RuleResult) -> None:
    classname = f"amiproof.{words.visible(rule.family)}"
    case = ET.SubElement(suite, "testcase", classname=classname, name=words.visible(rule.id))
    _properties(case, status=rule.status.value, grade=rule.grade.value, source=rule.source)
    if rule.status in _SKIPPED:
        ET.SubElement(case, "skipped", message=words.visible(rule.reason or "no reason recorded"))
    elif rule.status is Verdict.FAIL:
        seen = "; ".join(words.observed(found.observed) for found in rule.deviations)
        failure = ET.SubElement(case, "failure", type="deviation", message=seen)
        failure.text = _details(rule)
    elif rule.status is Verdict.KNOWN:
        # A known deviation passes. The output says what was observed.
        ET.SubElement(case, "system-out").text = _details(rule)


def _details(rule: RuleResult) -> str:
    lines = [words.visible(rule.statement)]
    for found in rule.deviations:
        lines += ["", words.request_head(found)]
        lines += [f"  {words.assignment(*line)}" for line in words.request_lines(found.request)]
        lines.append(f"expected: {words.expected(found.expected)}")
        lines.append(f"observed: {words.observed(found.observed)}")
        lines += [words.visible(line) for line in found.reproduce.line.split("\n")]
    return "\n".join(lines)


def _properties(parent: ET.Element, **values: str) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", name=name, value=words.visible(value))
