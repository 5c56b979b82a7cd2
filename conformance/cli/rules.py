"""``amiproof rules`` and ``amiproof explain``: the catalogue, and one rule in full."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def rules(
    word: str | None = None,
    *,
    uncovered: bool = False,
    drift: bool = False,
    html: Path | None = None,
) -> int:
    """Print the catalogue, one rule with its sources and its property, or the rules of a word.

    Parameters
    ----------
    word
        A rule's id, or a word of its id, its statement or its section.
    uncovered
        Only the rules without a property, with the reason.
    drift
        Only the changes in the installed botocore since the rules were written, and the rules to
        read again. Exit status 1 if there are any.
    html
        Write the catalogue to this file as a page that follows the AWS page.
    """
    if html is not None:
        from conformance.commands.catalogue_page import write

        return write(html)
    from conformance.commands.rules import show

    return show(word, uncovered=uncovered, drift=drift)


def explain(
    rule: str,
    *,
    results: Path | None = None,
    script: Literal["curl", "aws", "boto3", "pytest"] | None = None,
    endpoint: str | None = None,
) -> int:
    """Print one rule in full: sources, what was sent, expected and observed, and what it masks.

    Parameters
    ----------
    rule
        A rule's id.
    results
        A run's results.json. Default: amiproof-report/results.json.
    script
        Print only a reproduction of the rule's first deviation, ready to be saved and run.
    endpoint
        Address for the reproductions. Default: the recorded one.
    """
    from conformance.commands.explain import show

    return show(rule, results, script, endpoint)
