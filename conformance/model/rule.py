"""A rule: one statement of the documents, its metadata, and the function that decides it.

The decorators of :mod:`.catalogue` make rules of functions. There are five kinds:

=========  =============================================  =====================================
kind       function                                       returns
=========  =============================================  =====================================
request    ``(request, world)``                           True (kept), False (broken), or None
                                                          (unspecified)
answer     ``(answer, outcome)``                          a violation in words, or None
effect     ``(request, before, effects)``                 a violation in words, or None
history    ``(history)``: the steps of a scenario         findings: the arms that the history
                                                          decides, what violates the rule, and
                                                          the evidence that it lacks
scenario   none: the rule is about several requests, and
           its property in the suite checks it
=========  =============================================  =====================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.model.answer import Answer, Outcome
from conformance.model.history import Created, History
from conformance.model.request import Request
from conformance.model.world import Effects, World

ANY_CLIENT_ERROR: frozenset[str] | None = None
"""The documents name no code for the rejection: any client error code is allowed."""


class Grade(StrEnum):
    """How well the documents support a rule; only the first two grades can fail."""

    DOCUMENTED = "documented"
    """A source states it as a constraint or a promise."""
    DETAIL = "detail"
    """A source describes it, shows it in an example, or says it on another action's page."""
    OBSERVED = "observed"
    """No document says it; real AWS was observed to do it."""
    UNSPECIFIED = "unspecified"
    """The documents do not say, or contradict each other."""


class Arm(StrEnum):
    """The two arms of a rule: requests that keep it, requests that break it."""

    KEEPS = "keeps"
    BREAKS = "breaks"


class Kind(StrEnum):
    """What a rule's function checks."""

    REQUEST = "request"
    ANSWER = "answer"
    EFFECT = "effect"
    HISTORY = "history"
    SCENARIO = "scenario"


@dataclass(frozen=True, slots=True)
class Source:
    """A section of a document that states a rule."""

    document: str
    section: str

    def __str__(self) -> str:
        return f"{self.document}, {self.section}"


@dataclass(frozen=True, slots=True)
class Aws:
    """What real AWS was publicly observed to do: ``agrees``, ``deviates`` or ``unknown``."""

    status: str = "unknown"
    note: str = ""
    source: str = ""
    codes: frozenset[str] = frozenset()
    """The codes with which AWS rejects, if the documents allow others too."""
    accepts: bool = False
    """Whether AWS accepts requests that break the rule."""
    rejects: RequestCheck | None = None
    """Whether AWS rejects a request that keeps the rule; None if it rejects none."""
    shows: bool = False
    """Whether AWS shows effects that break the rule."""


@dataclass(frozen=True, slots=True)
class Decides:
    """A history decides an arm of a rule."""

    arm: Arm


@dataclass(frozen=True, slots=True)
class Violates:
    """A history contradicts a rule."""

    arm: Arm
    observed: str
    """What the history shows."""
    of: Created
    """The request that a report names."""


@dataclass(frozen=True, slots=True)
class Lacks:
    """A history lacks the evidence for an arm of a rule."""

    why: str


Finding = Decides | Violates | Lacks
RequestCheck = Callable[[Request, World], bool | None]
HistoryCheck = Callable[[History], Iterator[Finding]]
AnswerCheck = Callable[[Answer, Outcome], str | None]
EffectCheck = Callable[[Request, World, Effects], str | None]
Evidence = Callable[[Request, World, Effects], str | None]
"""Why the effects show nothing that could violate a rule, or None if they do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue. ``keeps`` and ``breaks`` describe the requests of each arm.

    No request breaks a promise of the endpoint. The ``breaks`` arm of such a rule is a control:
    requests to which the promise does not apply.
    """

    id: str
    statement: str
    grade: Grade
    kind: Kind
    sources: tuple[Source, ...]
    keeps: str
    breaks: str
    codes: frozenset[str] | None = ANY_CLIENT_ERROR
    aws: Aws = field(default_factory=Aws)
    note: str = ""
    uncovered: str = ""
    """Why no property tests the rule; empty if one does."""
    on_request: RequestCheck | None = None
    on_answer: AnswerCheck | None = None
    on_effects: EffectCheck | None = None
    on_history: HistoryCheck | None = None
    masked_by: str = ""
    """A rule about effects that masks this one if the minimal request breaks it."""
    requires: tuple[str, ...] = ()
    """Rules about effects that must hold for this one to be observable."""
    evidence: Evidence | None = None
    """What the effect check has to see. An arm counts only requests that show it."""
    reads: tuple[str, ...] = ()
    """The actions that show what the effect check compares."""
    only_with: frozenset[str] | None = None
    """Traits of requests: a request with none of them keeps the rule, so the judge skips it.

    Empty: no request breaks the rule. None: any request may.
    """

    @property
    def family(self) -> str:
        """The first word of the ID: the parameter or subject of the rule."""
        return self.id.partition(".")[0]

    @property
    def asserted(self) -> bool:
        """Whether breaking the rule is a deviation."""
        return self.grade in (Grade.DOCUMENTED, Grade.DETAIL)
