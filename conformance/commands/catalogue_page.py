"""``amiproof rules --html``: the catalogue as one page, which follows the AWS page."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from conformance.commands.output import print_line
from conformance.commands.rules import GRADES
from conformance.engine.property.spec import Needs
from conformance.model import CATALOGUE, Rule
from conformance.model.page import PAGE, statements_of
from conformance.model.request import Draft, UniqueName
from conformance.model.sources import CREATE_IMAGE
from conformance.suite.declare import STEPS
from conformance.suite.registry import node_id, properties
from fixtures.faults import FAULTS
from reports import words
from reports.html import document
from reports.links import address
from reports.sections import title_of


def write(file: Path) -> int:
    """Write the page and print where. Returns the exit status."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render(), encoding="utf-8")
    print_line(str(file))
    return 0


def render() -> str:
    """The page."""
    properties()  # importing them declares their steps
    faults: dict[str, list[tuple[str, str]]] = {}
    for fault in FAULTS.values():
        faults.setdefault(fault.rules[0], []).append((fault.id, fault.mistake))
    return document(
        "catalogue.html",
        page=[(section, list(each)) for section, each in groupby(PAGE, lambda s: s.section)],
        address=CREATE_IMAGE.url,
        sections=[
            (family, title_of(family), [_facts(rule, faults.get(rule.id, [])) for rule in rules])
            for family, rules in groupby(_by_family(), lambda rule: rule.family)
        ],
        count=len(CATALOGUE),
    )


def _by_family() -> list[Rule]:
    order = list(dict.fromkeys(rule.family for rule in CATALOGUE.values()))
    return sorted(CATALOGUE.values(), key=lambda rule: order.index(rule.family))


def _facts(rule: Rule, faults: list[tuple[str, str]]) -> dict[str, Any]:
    needs = sum((step.needs() for step in STEPS.get(rule.id, ())), start=Needs())
    return {
        "rule": rule,
        "grade": GRADES[rule.grade],
        "sources": [(str(source), address(str(source))) for source in rule.sources],
        "codes": "any client error" if rule.codes is None else ", ".join(sorted(rule.codes)),
        "keeps": _example(rule, needs.keeps),
        "breaks": _example(rule, needs.breaks),
        "statements": statements_of(rule.id),
        "property": node_id(rule.id) or "",
        "faults": faults,
    }


def _example(rule: Rule, drafts: tuple[Draft, ...]) -> list[tuple[str, str]]:
    """The parameters of the first request of an arm that differ from the minimal request's."""
    if not drafts:
        return []
    lines = words.request_lines(tuple((name, _text(value)) for name, value in drafts[0].params))
    about = [each for each in lines if words.is_subject(rule.id, each[0])]
    return about or lines


def _text(value: object) -> str:
    """A parameter's value; of a unique name its shape, and of a placeholder its words."""
    return value.shape if isinstance(value, UniqueName) else str(value)
