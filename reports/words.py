"""Sentences that all reports share. Every text is safe to print."""

from __future__ import annotations

from itertools import takewhile

import msgspec
from msgspec import UNSET, UnsetType

from conformance.model.request import API_VERSION, Form, Signing
from reports.deviation import Deviation, Expected, Observed, Params, WireForm
from reports.escape import visible
from reports.results import Results, RuleResult, Verdict, gates, undecided
from reports.signing import how_signed

__all__ = [
    "STOPPED_EARLY", "assignment", "aws", "cost", "exit_reason", "expected", "expected_brief",
    "observed", "outcome", "plural", "request_brief", "request_head", "request_lines", "selection",
    "sending", "shortened", "target", "to_run_again", "totals", "value", "visible",
]  # fmt: skip

LONGEST_VALUE = 36
LONGEST_MESSAGE = 160
MOST_PARAMETERS = 14
"""The parameters of a request that a report shows; its reproductions have all."""
ELLIPSIS = "…"
BRIEF = 3
_PLAIN = ("Action", "Version", "InstanceId", "Name")
_USUAL_VALUES = ("{running instance}", "{fresh name}")
_ABOUT = {"name": ("Name",), "inst": ("InstanceId",), "wire": ("Action", "Version")}
"""Parameters of the minimal request that are nevertheless the subject of a family's rules."""
EXITS = {
    0: "no new deviations",
    1: "the target breaks rules, and the baseline is out of date",
    2: "wrong usage or configuration",
    3: "the target cannot be tested",
    4: "the run is incomplete or reached no verdict",
    5: "the run left resources behind at the target",
}
STOPPED_EARLY = "The run stopped early; rules it did not reach are listed as untested."


def exit_reason(status: int, results: Results) -> str:
    """The meaning of a run's exit status; for 1, whether rules or the baseline are the cause."""
    broken = any(gates(rule, results.fail_on) for rule in results.of(Verdict.FAIL))
    if status == 1 and broken != bool(results.gate):
        return "the target breaks rules" if broken else "the baseline is out of date"
    if status == 4 and results.complete and (rules := undecided(results)):
        return f"another run may decide {plural(len(rules), 'rule')} that this one did not"
    return EXITS.get(status, "unexpected")


def to_run_again(results: Results) -> list[str]:
    """The rules that another run may decide, a sentence for each cause."""
    causes: dict[str, list[str]] = {}
    for rule in undecided(results):
        if rule.again is not UNSET:
            causes.setdefault(rule.again, []).append(rule.id)
    return [
        f"Another run may decide {plural(len(ids), 'rule')}; {visible(cause)} prevented it here:"
        f" {visible(', '.join(ids))}."
        for cause, ids in causes.items()
    ]


def shortened(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text in printable characters; a long one without its middle, but with its length."""
    if len(text) <= longest:
        return visible(text)
    tail = longest // 4
    return f"{visible(text[: longest - tail])}…{visible(text[-tail:])} ({len(text)} characters)"


def value(text: str) -> str:
    """A parameter's value, quoted if its ends or its escapes could be misread."""
    if len(text) > LONGEST_VALUE:
        return shortened(text)
    if text.isprintable() and text and " " not in text and not {'"', "\\"} & set(text):
        return text
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{visible(escaped)}"'


def expected(what: Expected) -> str:
    """The expectation as a phrase."""
    match what.outcome:
        case "accepted":
            return "accepted"
        case "either":
            return "accepted, or rejected with any client error (4xx)"
        case "effect":
            return "" if what.effect is UNSET else visible(what.effect)
        case "rejected" if what.codes is UNSET or what.codes is None:
            return "rejected with any client error (4xx)"
        case "rejected":
            return f"rejected with {visible(' or '.join(what.codes))}"


def observed(what: Observed) -> str:
    """The observation as a phrase."""
    return _observed(what) + (f", {what.tries} times of {what.tries}" if what.tries > 1 else "")


def _observed(what: Observed) -> str:
    seen = f": {shortened(what.seen, LONGEST_MESSAGE)}" if what.seen else ""
    code = visible(what.code or "no code")
    match what.outcome:
        case "accepted":
            return f"accepted{seen}"
        case "rejected":
            message = f": {shortened(what.message, LONGEST_MESSAGE)}" if what.message else ""
            return f"rejected with {code} (status {what.status}){seen or message}"
        case "malformed":
            status = f" (status {what.status})" if what.status else ""
            body = f": {shortened(what.message, LONGEST_MESSAGE)}" if what.message else ""
            return f"an undocumented form of answer{status}{seen}{body}"
        case "throttled":
            return f"throttled with {code} (status {what.status})"
        case "indeterminate":
            return f"no answer{seen}"
        case "effect":
            return seen.removeprefix(": ")


def request_head(found: Deviation) -> str:
    """The action, its arm, and how it was sent if not as a signed POST of a form."""
    words = [value(v) for name, v in found.request if name == "Action"] or [
        "a request without Action"
    ]
    words[0] += f" that {found.arm} the rule"
    words += sending(found.form)
    if found.before is not UNSET:
        words.append(f"after {plural(len(found.before), 'earlier request')} (see curl)")
    return ", ".join(words)


def sending(form: WireForm | UnsetType) -> list[str]:
    """How a request was sent if not as a signed POST of a form."""
    if form is UNSET:
        return []
    usual, words = Form(), []
    words += [f"by {visible(form.verb)}"] * (form.verb != usual.verb)
    words += [f"spaces encoded as {form.space}"] * (form.space != usual.space)
    if form.content_type != usual.content_type:
        words.append(f"as {shortened(form.content_type)}")
    if form.signing is Signing.ABSENT:
        words.append("not signed")
    elif form.signing is not Signing.VALID:
        words.append(f"signed {how_signed(form.signing)}")
    return words


def request_lines(params: Params) -> list[tuple[str, str]]:
    """Names and values of the parameters, without the action and the current version.

    A line in the middle counts those that are left out of a long request.
    """
    usual = {("Version", API_VERSION)}
    lines = [
        (shortened(name), value(text))
        for name, text in params
        if name != "Action" and (name, text) not in usual
    ]
    if (more := len(lines) - MOST_PARAMETERS) > 1:
        half = MOST_PARAMETERS // 2
        lines[half : half + more] = [(ELLIPSIS, f"{plural(more, 'more parameter')}")]
    return lines


def assignment(name: str, text: str, sign: str = " = ") -> str:
    """One of the lines of a request in one piece: ``Name = a``, or how many are left out."""
    return f"{name} {text}" if name == ELLIPSIS else f"{name}{sign}{text}"


def is_subject(rule_id: str, name: str) -> bool:
    """Whether a parameter is what the request is about: every request has the others."""
    return name not in _PLAIN or name in _ABOUT.get(rule_id.partition(".")[0], ())


def request_brief(rule_id: str, found: Deviation) -> str:
    """What distinguishes the request from the minimal one, in one short phrase."""
    given = dict(found.request)
    said = [f"no {name}" for name in _PLAIN if name not in given]
    bound = {} if found.bound is UNSET else {n: (text, kind) for n, text, kind in found.bound}
    sent = []
    for name, text in found.request:
        sent_as, kind = bound.get(name, ("", ""))
        is_usual = name in _PLAIN and sent_as == text and kind in _USUAL_VALUES
        if is_subject(rule_id, name) and not is_usual:
            sent.append((name, kind if sent_as == text else text))
    for usual in (("Version", API_VERSION), ("Action", "CreateImage")):
        if usual in sent and (said or sent[1:]):
            sent.remove(usual)
    prefix = _common_prefix([name for name, _ in sent])
    listed = [f"{shortened(n[len(prefix) :])}={_brief_value(text)}" for n, text in sent[:BRIEF]]
    if listed:
        said.append((f"{prefix.rstrip('.')}: " if prefix else "") + ", ".join(listed))
    if sent[BRIEF:]:
        said.append(f"and {plural(len(sent[BRIEF:]), 'more parameter')}")
    said += sending(found.form)
    if found.before is not UNSET:
        said.append(f"after {plural(len(found.before), 'earlier request')}")
    return ", ".join(said)


def _common_prefix(names: list[str]) -> str:
    """The dotted prefix that several names share, such as ``TagSpecification.1.``."""
    if len(names) < 2:
        return ""
    parts = [name.split(".")[:-1] for name in names]
    shared = list(takewhile(lambda each: len(set(each)) == 1, zip(*parts, strict=False)))
    return "".join(f"{each[0]}." for each in shared)


def _brief_value(text: str) -> str:
    if text.startswith("{") and text.endswith("}"):  # a placeholder
        return visible(text)
    return shortened(text, 20) if len(text) > LONGEST_VALUE else value(text)


def expected_brief(what: Expected) -> str:
    """The expectation as a short phrase."""
    if what.outcome != "rejected":
        return expected(what)
    if what.codes is UNSET or what.codes is None:
        return "any client error (4xx)"
    first, *more = what.codes
    if len(more) > 1:
        return f"{visible(first)} or {len(more)} other codes"
    return " or ".join(map(visible, what.codes))


def outcome(what: Observed) -> str:
    """The observation without resource ids and messages, which differ between runs."""
    if what.outcome != "effect":
        what = msgspec.structs.replace(what, seen=None, message=None)
    return observed(what)


def plural(number: int, noun: str) -> str:
    """``1 rule``, ``2 rules``."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def gate(results: Results) -> list[str]:
    """The required changes to the baseline, and the broken rules that do not fail the run."""
    passed_over = [r.id for r in results.of(Verdict.FAIL) if not gates(r, results.fail_on)]
    said = list(results.gate)
    if passed_over:
        said.append(
            f"These broken rules do not fail the run because of their grade: "
            f"{', '.join(passed_over)}."
        )
    return said


def totals(results: Results) -> str:
    """The number of rules by verdict, as a sentence."""
    t = results.totals
    parts = [
        f"{t.passed} pass", f"{t.fail} fail", f"{t.known} known", f"{t.untested} untested",
        f"{t.not_applicable} not applicable",
    ]  # fmt: skip
    return f"{plural(t.rules, 'rule')}: " + ", ".join(parts) + "."


def cost(results: Results) -> str:
    """The cost of the run, as a sentence."""
    t = results.totals
    creates = f"{t.create_image_requests:,} of them CreateImage"
    images = f"{plural(t.images_created, 'image')} created"
    return f"{plural(t.requests, 'request')}, {creates}; {images}; {t.seconds:.1f} s."


def aws(rule: RuleResult) -> str:
    """What real AWS was observed to do about a rule; empty if unknown."""
    said = {
        "agrees": "keeps this rule",
        "deviates": "itself breaks this rule",
        "unknown": "",
    }[rule.aws.status]
    return visible(": ".join(filter(None, (said, rule.aws.note)))) if said else ""


def selection(results: Results) -> str:
    """The patterns that selected the run's rules; empty if all were selected."""
    return "" if results.select is UNSET else visible(results.select)


def target(results: Results) -> str:
    """The target, the judge, the effort and the seed, in one line."""
    where = results.target
    named = "" if where.name == where.endpoint else f"{visible(where.name)} at "
    how = f"effort {results.effort}, seed {results.seed}"
    if results.judge != "documents":
        how = f"judged by {results.judge}, {how}"
    if results.shard is not UNSET:
        how += f", shard {results.shard.number} of {results.shard.of}"
    if selected := selection(results):
        how += f", only {selected}"
    return f"{named}{visible(where.endpoint)} ({visible(where.region)}), {how}"
