"""Results in words, safe to print: what every document that is made of them has in common."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from conformance.model.request import API_VERSION, Form, Signing
from reports.deviation import Deviation, Expected, Observed, Params, WireForm
from reports.escape import visible
from reports.results import Results, RuleResult, Verdict, gates
from reports.shell import how_signed

__all__ = [
    "aws", "cost", "expected", "observed", "plural", "request_head", "request_lines", "sending",
    "shortened", "target", "totals", "value", "visible",
]  # fmt: skip

LONGEST_VALUE = 36
LONGEST_MESSAGE = 160
EXITS = {
    0: "every rule that was tested is kept, or broken only as the baseline has it",
    1: "the target breaks rules",
    2: "wrong usage or configuration",
    3: "the target cannot be tested",
    4: "the run is incomplete, or said nothing about any rule",
    5: "something was left behind at the target",
}


def shortened(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text made visible, its middle left out where it is long, and its length said."""
    if len(text) <= longest:
        return visible(text)
    tail = longest // 4
    return f"{visible(text[: longest - tail])}…{visible(text[-tail:])} ({len(text)} characters)"


def value(text: str) -> str:
    """A parameter's value: quoted where its ends or its escapes could be misread."""
    if len(text) > LONGEST_VALUE:
        return shortened(text)
    if text.isprintable() and text and " " not in text and not {'"', "\\"} & set(text):
        return text
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{visible(escaped)}"'


def expected(what: Expected) -> str:
    """What the documents allow, in words."""
    match what.outcome:
        case "accepted":
            return "accepted"
        case "either":
            return "accepted, or refused with any client error (4xx)"
        case "effect":
            return "" if what.effect is UNSET else visible(what.effect)
        case "rejected" if what.codes is UNSET or what.codes is None:
            return "refused with any client error (4xx)"
        case "rejected":
            return f"refused with {visible(' or '.join(what.codes))}"


def observed(what: Observed) -> str:
    """What came back, in words."""
    seen = f": {shortened(what.seen, LONGEST_MESSAGE)}" if what.seen else ""
    code = visible(what.code or "no code")
    match what.outcome:
        case "accepted":
            return f"accepted{seen}"
        case "rejected":
            message = f": {shortened(what.message, LONGEST_MESSAGE)}" if what.message else ""
            return f"refused with {code} (status {what.status}){seen or message}"
        case "malformed":
            status = f" (status {what.status})" if what.status else ""
            return f"an answer that is not in the documented form{status}{seen}"
        case "throttled":
            return f"throttled with {code} (status {what.status})"
        case "indeterminate":
            return f"no answer{seen}"
        case "effect":
            return seen.removeprefix(": ")


def request_head(found: Deviation) -> str:
    """The action, and how it was sent where that is not the usual way."""
    words = [value(v) for name, v in found.request if name == "Action"] or ["no action"]
    words[0] += f" that {found.arm} the rule"
    words += sending(found.form)
    if found.before is not UNSET:
        words.append(f"after {plural(len(found.before), 'earlier request')} (see curl)")
    return ", ".join(words)


def sending(form: WireForm | UnsetType) -> list[str]:
    """How a request was sent, where that is not the usual way."""
    if form is UNSET:
        return []
    usual, words = Form(), []
    words += [f"by {visible(form.verb)}"] * (form.verb != usual.verb)
    words += [f"a space sent as {form.space}"] * (form.space != usual.space)
    if form.content_type != usual.content_type:
        words.append(f"as {shortened(form.content_type)}")
    if form.signing is Signing.ABSENT:
        words.append("not signed")
    elif form.signing is not Signing.VALID:
        words.append(f"signed {how_signed(form.signing)}")
    return words


def request_lines(params: Params) -> list[tuple[str, str]]:
    """The parameters but for the action and the usual version, ready to be shown."""
    usual = {("Version", API_VERSION)}
    return [
        (shortened(name), value(text))
        for name, text in params
        if name != "Action" and (name, text) not in usual
    ]


def plural(number: int, noun: str) -> str:
    """``1 rule``, ``2 rules``."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def gate(results: Results) -> list[str]:
    """What has to be changed in the baseline, and which broken rules do not gate."""
    passed_over = [r.id for r in results.of(Verdict.FAIL) if not gates(r, results.fail_on)]
    said = list(results.gate)
    if passed_over:
        said.append(
            f"Broken, and of a grade that does not fail this run: {', '.join(passed_over)}."
        )
    return said


def totals(results: Results) -> str:
    """The rules by verdict, in a sentence."""
    t = results.totals
    parts = [
        f"{t.passed} pass", f"{t.fail} fail", f"{t.known} known", f"{t.untested} untested",
        f"{t.not_applicable} not applicable",
    ]  # fmt: skip
    return f"{plural(t.rules, 'rule')}: " + ", ".join(parts) + "."


def cost(results: Results) -> str:
    """What the run cost, in a sentence."""
    t = results.totals
    creates = f"{t.create_image_requests:,} of them CreateImage"
    images = f"{plural(t.images_created, 'image')} made"
    return f"{plural(t.requests, 'request')}, {creates}; {images}; {t.seconds:.1f} s."


def aws(rule: RuleResult) -> str:
    """What real AWS was seen to do about a rule, or nothing where that is not known."""
    said = {
        "agrees": "keeps this rule",
        "deviates": "itself breaks this rule",
        "unknown": "",
    }[rule.aws.status]
    return visible(": ".join(filter(None, (said, rule.aws.note)))) if said else ""


def target(results: Results) -> str:
    """What was measured, and how, in a line."""
    where = results.target
    named = "" if where.name == where.endpoint else f"{visible(where.name)} at "
    how = f"judged by {results.judge}, effort {results.effort}, seed {results.seed}"
    if results.shard is not UNSET:
        how += f", shard {results.shard.number} of {results.shard.of}"
    return f"{named}{visible(where.endpoint)} ({visible(where.region)}), {how}"
