"""The statements of the AWS page and the rules of the catalogue name each other."""

from __future__ import annotations

from conformance.model import CATALOGUE
from conformance.model.page import PAGE, statements_of
from conformance.model.sources import CREATE_IMAGE


def test_each_rule_of_the_page_belongs_to_a_statement() -> None:
    of_page = {
        rule.id
        for rule in CATALOGUE.values()
        if any(source.document == CREATE_IMAGE.title for source in rule.sources)
    }
    assert not {id for id in of_page if not statements_of(id)}


def test_each_statement_gave_rules_or_says_why_not() -> None:
    for each in PAGE:
        assert bool(each.rules) != bool(each.why), each
        assert set(each.rules) <= CATALOGUE.keys(), each
    assert len({each.anchor for each in PAGE}) == len(PAGE)
