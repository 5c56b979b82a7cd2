"""Workarounds for a target that rejects the minimal request.

Every property varies the minimal request. A target that rejects it rejects all of them, and one
defect would fail forty rules. So the session sends the minimal request first. If the target
rejects it, the session sends variants: the first accepted one shows which rule is broken. What it
adds is then added to every other request, so that the other rules can still be tested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conformance.engine.execution.batch import create_shared
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.answer import Malformed, Rejected
from conformance.model.attribution import Attributed, Undecided
from conformance.model.codes import UNKNOWN, bare
from conformance.model.expectation import Accept
from conformance.model.request import Draft, Form, Placeholder, Value, create_image
from reports.reasons import masked_by


@dataclass(frozen=True, slots=True)
class Workaround:
    """A change that a broken target requires in every request, and the rule that this violates."""

    rule: str
    params: Mapping[str, Value] = field(default_factory=dict)
    form: Form = field(default_factory=Form)
    """A form other than the minimal request's, if that is the workaround."""


_TAG = {
    "TagSpecification.1.ResourceType": "image",
    "TagSpecification.1.Tag.1.Key": "purpose",
    "TagSpecification.1.Tag.1.Value": "test",
}
_MAPPING = {
    "BlockDeviceMapping.1.DeviceName": Placeholder.ROOT_DEVICE,
    "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
}
CANDIDATES = (
    Workaround("noreboot.optional", {"NoReboot": "true"}),
    Workaround("noreboot.optional", {"NoReboot": "false"}),
    Workaround("desc.optional", {"Description": "amiproof"}),
    Workaround("dryrun.optional", {"DryRun": "false"}),
    Workaround("tag.optional", _TAG),
    Workaround("bdm.optional", _MAPPING),
    Workaround("wire.post.ctype", form=Form(content_type="application/x-www-form-urlencoded")),
    Workaround("wire.verb", form=Form(verb="GET")),
    Workaround("inst.state.running", {"InstanceId": Placeholder.STOPPED}),
)
"""Workarounds in the order in which they are tried."""
RULE_OF_CODE = {
    "NoSuchVersion": "wire.version.value",
    "UnsupportedProtocol": "wire.verb",
    UNKNOWN: "wire.names",
}
"""The rule that a target breaks if it rejects the minimal request with such a code."""
DEFAULT_RULE = "inst.state.running"
"""The rule that a target breaks if no workaround helps: a running instance can be imaged."""


class Workarounds:
    """Whether a target accepts the minimal request, and the workaround that it needs if not."""

    def __init__(self, session: Session, covering: Sequence[Draft] = ()) -> None:
        """``covering`` requests are sent in one batch with the minimal request, if accepted."""
        self._session = session
        self._covering = covering
        self._tried = False
        self._minimal: Trial | None = None
        self._broken: str | None = None
        self._workaround: Workaround | None = None

    def apply(self, draft: Draft) -> Draft:
        """The draft with the workaround, unless it sets the same parameters itself."""
        if not self._tried:
            self._try()
        workaround = self._workaround
        if workaround is None:
            return draft
        if workaround.form != Form():
            return draft.sent(form=workaround.form) if draft.form == Form() else draft
        if "InstanceId" in workaround.params:
            uses_running = ("InstanceId", Placeholder.RUNNING) in draft.params
            return draft.having(workaround.params) if uses_running else draft
        present = any(name in workaround.params for name, _ in draft.params)
        return draft if present else draft.having(workaround.params)

    def excuses(self, own: str, judgement: Attributed, trial: Trial) -> Attributed | Undecided:
        """A judgement, made undecided if its request was rejected for the same reason as the
        minimal request."""
        if not self._tried:
            self._try()
        if self._broken is None or self._minimal is None or own == self._broken:
            return judgement
        if self._workaround is not None:
            if not (_is_alike(trial, self._minimal) and self._is_of_a_running_instance(trial)):
                return judgement
        elif not isinstance(trial.expectation, Accept):
            minimal, outcome = self._minimal.outcome, trial.outcome
            if not isinstance(outcome, Rejected) or outcome != minimal:
                return judgement
        return Undecided(masked_by(self._broken))

    def mask_of(self, trial: Trial) -> str:
        """The rule that explains the refusal of a conforming request, as of the minimal one.

        Empty if the target accepts the minimal request, or refused this one for another reason.
        """
        if not self._tried:
            self._try()
        if self._broken is None or self._minimal is None or trial.accepted:
            return ""
        alike = _is_alike(trial, self._minimal) and self._is_of_a_running_instance(trial)
        return self._broken if alike else ""

    def is_refused_alike(self, trial: Trial) -> bool:
        """Whether the target refused a request with the code of its refusal of the minimal one."""
        return self._minimal is not None and _is_alike(trial, self._minimal)

    @property
    def blocked(self) -> str:
        """The rule that the minimal request breaks if no workaround is known, or nothing.

        Nothing shows then what other features add to it.
        """
        return self._broken or "" if self._workaround is None else ""

    @property
    def minimal(self) -> Trial | None:
        """The trial of the minimal request, if it was sent."""
        return self._minimal

    def _is_of_a_running_instance(self, trial: Trial) -> bool:
        """Whether a conforming request asks for an image of a running instance.

        A target may have started the stopped instance that is its workaround. It then refuses
        each request for it, a conforming one or not.
        """
        source = trial.request.instance_id or ""
        if self._workaround is not None and "InstanceId" in self._workaround.params:
            instance = self._session.instances.refresh(source)
        elif isinstance(trial.expectation, Accept):
            instance = trial.before.instances.get(source)
        else:
            return False
        return instance is not None and instance.state == "running"

    def refused_for(self, own: str) -> Trial | None:
        """The minimal request's trial, if its rejection breaks this rule."""
        if not self._tried:
            self._try()
        return self._minimal if self._broken == own else None

    @property
    def needs_none(self) -> bool:
        """Whether the target is known to accept the minimal request as it is."""
        return self._minimal is not None and self._minimal.accepted

    def _try(self) -> None:
        """Send the minimal request and, if it is rejected, search for a workaround."""
        self._tried = True
        if self._covering:
            create_shared(self._session, create_image(), *self._covering)
        self._minimal = self._session.create(create_image())
        rejected = isinstance(self._minimal.outcome, Rejected)
        if self._minimal.accepted or (self._minimal.violations and not rejected):
            return  # a malformed answer is no rejection: its own rules report it
        judged = self._minimal.attributed_to(DEFAULT_RULE)
        default = judged.rule if isinstance(judged, Attributed) else DEFAULT_RULE
        self._broken = RULE_OF_CODE.get(bare(getattr(self._minimal.outcome, "code", "")), default)
        for candidate in CANDIDATES:
            try:
                draft = create_image().having(candidate.params).sent(form=candidate.form)
                trial = self._session.create(draft)
            except NotAvailable:
                continue
            if trial.accepted or trial.is_unreadable_success:
                self._broken, self._workaround = candidate.rule, candidate
                return


def _is_alike(one: Trial, other: Trial) -> bool:
    """Whether two requests were refused with the same code, or malformed in the same way."""
    first, second = one.outcome, other.outcome
    if isinstance(first, Malformed) and isinstance(second, Malformed):
        return first == second
    both = isinstance(first, Rejected) and isinstance(second, Rejected)
    return both and one.observed.code == other.observed.code
