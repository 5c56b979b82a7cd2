"""Plans the reproduction of a deviation: which steps show it, and nothing on a correct endpoint."""

from __future__ import annotations

import re
from dataclasses import replace

from msgspec import UNSET

from conformance.model.request import Placeholder, Request, create_image
from reports.answers import ANSWERS
from reports.deviation import FRESH, Deviation, Expected, request_of
from reports.effects import deregistered, effect_steps
from reports.steps import Create, Plan, Source, Step
from reports.variables import Var, used

_SOURCES = {
    Placeholder.STOPPED: Source.STOPPED,
    Placeholder.CHANGED: Source.CHANGED,
    Placeholder.TERMINATED: Source.TERMINATED,
    Placeholder.INSTANCE_STORE: Source.INSTANCE_STORE,
    Placeholder.WITH_INSTANCE_STORE: Source.STORE,
    Placeholder.ADDED_DEVICE: Source.VOLUMES,
    Placeholder.ENCRYPTED_DEVICE: Source.VOLUMES,
    Placeholder.SNAPSHOT: Source.VOLUMES,
}
_STATES = {"pending": Source.PENDING, "shutting-down": Source.SHUTTING_DOWN}
_OWN_VOLUMES = (
    "st.snap.",
    "st.bdm.",
    "tag.",
    "err.atomic",
    "dryrun.no_effect",
    "snaploc.",
    "lc.deregister.snapshots",
    "lc.tags_later",
    "lc.new_name_again",
    "noreboot.identity",
    "st.instance.same",
)
"""Rules about every volume of the source or its snapshots, of which no other image may have any."""
_DIGITS = 8
_ALNUM = re.compile(r"[A-Za-z0-9]+")


class NoSteps(Exception):
    """No steps can show the deviation; the message says why."""


def plan(rule: str, deviation: Deviation) -> Plan:
    """The reproduction of a deviation. Raises NoSteps."""
    source = _source(rule, deviation)
    names, digits = _names(deviation)
    bound = () if deviation.bound is UNSET else deviation.bound
    kinds = {(name, value): kind for name, value, kind in bound}
    instance = Var.INSTANCE if source is Source.GIVEN else Var.SOURCE

    def marked(request: Request) -> Request:
        return replace(request, params=tuple((n, value(n, v)) for n, v in request.params))

    def value(name: str, given: str) -> str:
        kind = kinds.get((name, given))
        if kind in (FRESH, Placeholder.USED_NAME):
            return names[given]
        if kind == Placeholder.ROOT_DEVICE:
            return Var.ROOT_DEVICE.mark
        if kind == Placeholder.SNAPSHOT:
            return Var.SNAPSHOT.mark
        if kind in (Placeholder.ADDED_DEVICE, Placeholder.ENCRYPTED_DEVICE):
            return given
        if kind in list(Placeholder):
            return instance.mark
        if name == "InstanceId" and deviation.source == "similar":
            return Var.SIMILAR.mark
        if name == "InstanceId" and deviation.source is not UNSET:
            return instance.mark
        return given

    request = marked(request_of(deviation.request, deviation.form))
    earlier = () if deviation.before is UNSET else deviation.before
    before = [marked(Request(params)) for params in earlier]
    if Placeholder.USED_NAME in kinds.values() and not before:
        name = request.name or Var.UNIQUE.mark
        minimal = create_image(InstanceId=instance.mark, Name=name)
        before = [minimal.bind(str)]
    steps = _steps(rule, deviation, before, request)
    texts = [v for s in steps if isinstance(s, Create) for _, v in s.request.params]
    needs = set().union(*(used(text) for text in texts)) if texts else set()
    needs |= {Var.INSTANCE} if needs & {Var.SOURCE, Var.SIMILAR, Var.ROOT_DEVICE} else set()
    needs |= {Var.SOURCE} if source is not Source.GIVEN else set()
    if source is not Source.GIVEN:
        needs.add(Var.INSTANCE)
    return Plan(source, tuple(steps), frozenset(needs), digits, rule == "wire.post.ctype")


def _source(rule: str, deviation: Deviation) -> Source:
    if deviation.source is not UNSET and deviation.source in _STATES:
        return _STATES[deviation.source]
    bound = () if deviation.bound is UNSET else deviation.bound
    found = [_SOURCES[Placeholder(k)] for *_, k in bound if k in list(_SOURCES)]
    special = next((s for s in found if s is not Source.VOLUMES), None)
    if special:
        return special
    effect = deviation.expected.outcome == "effect"
    return Source.VOLUMES if found or (effect and rule.startswith(_OWN_VOLUMES)) else Source.GIVEN


def _names(deviation: Deviation) -> tuple[dict[str, str], dict[Var, int]]:
    """Each unique name with its last letters and digits replaced by a variable."""
    bound = () if deviation.bound is UNSET else deviation.bound
    texts = [v for _, v, kind in bound if kind in (FRESH, Placeholder.USED_NAME)]
    names: dict[str, str] = {}
    digits: dict[Var, int] = {}
    for number, text in enumerate(dict.fromkeys(texts)):
        var = Var.UNIQUE if number == 0 else Var.ANOTHER
        run = max(reversed(list(_ALNUM.finditer(text))), key=lambda m: min(len(m[0]), _DIGITS),
                  default=None)  # fmt: skip
        if run is None:
            names[text] = text
            continue
        length = min(len(run[0]), _DIGITS)
        names[text] = text[: run.end() - length] + var.mark + text[run.end() :]
        digits[var] = min(length, digits.get(var, _DIGITS))
    return names, digits


def _steps(rule: str, deviation: Deviation, before: list[Request], request: Request) -> list[Step]:
    expected, observed = deviation.expected, deviation.observed
    if expected.outcome == "effect" and observed.outcome != "effect":
        refused = observed.outcome == "rejected"
        expected = Expected("accepted") if refused else Expected("rejected", None)
    if expected.outcome == "effect":
        if "GetCallerIdentity" in (observed.seen or ""):
            raise NoSteps("EC2 shows no other owner; the identity service names the caller")
        if rule in ANSWERS:
            return [Create(request, Expected("either")), *ANSWERS[rule]]
        found = effect_steps(rule, deviation, before, request)
        if not found:
            raise NoSteps("no call shows the effect")
        return found
    steps: list[Step] = [Create(r) for r in before]
    if rule == "name.reuse_after_deregister":
        steps += deregistered()
    steps.append(Create(request, expected))
    return [*steps, *ANSWERS.get(rule, ())]
