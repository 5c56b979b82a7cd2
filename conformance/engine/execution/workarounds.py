"""What to do when an endpoint refuses the plainest request of all.

Every property's requests are the plainest one with a thing varied. If that is refused, all of them
are, and forty rules would fail for one defect. So the plainest request is tried first. Where it is
refused, the next plainest are: the first that is accepted shows which rule is broken, and what it
has more is added to every other request, so that the rest can still be tested.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conformance.engine.execution.batch import create_together
from conformance.engine.execution.session import Session
from conformance.engine.observation.trial import Trial
from conformance.engine.resources.instances import NotAvailable
from conformance.model.answer import Outcome, Rejected
from conformance.model.attribution import Attributed, Decided, Undecided
from conformance.model.expectation import Accept, Expectation
from conformance.model.request import Draft, Form, Placeholder, Value, create_image


@dataclass(frozen=True, slots=True)
class Workaround:
    """What a request has to have more than the documents ask for, and whose fault that is."""

    rule: str
    params: Mapping[str, Value] = field(default_factory=dict)
    form: Form = field(default_factory=Form)
    """Another form than the plainest request's, where that is what helps."""


_A_TAG = {
    "TagSpecification.1.ResourceType": "image",
    "TagSpecification.1.Tag.1.Key": "purpose",
    "TagSpecification.1.Tag.1.Value": "test",
}
_A_MAPPING = {
    "BlockDeviceMapping.1.DeviceName": Placeholder.ROOT_DEVICE,
    "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
}
CRUTCHES = (
    Workaround("noreboot.optional", {"NoReboot": "true"}),
    Workaround("noreboot.optional", {"NoReboot": "false"}),
    Workaround("desc.optional", {"Description": "amiproof"}),
    Workaround("dryrun.optional", {"DryRun": "false"}),
    Workaround("tag.optional", _A_TAG),
    Workaround("bdm.optional", _A_MAPPING),
    Workaround("wire.post.ctype", form=Form(content_type="application/x-www-form-urlencoded")),
    Workaround("wire.verb", form=Form(verb="GET")),
    Workaround("inst.state.running", {"InstanceId": Placeholder.STOPPED}),
)
TELLING = {"NoSuchVersion": "wire.version.value", "UnsupportedProtocol": "wire.verb"}
"""The rule that is broken when the plainest request is refused with such a code."""
OTHERWISE = "inst.state.running"
"""The rule that is broken when nothing helps: an image can be made of a running instance."""


class Workarounds:
    """Whether the plainest request is accepted by a session's target, and what helps if not."""

    def __init__(self, session: Session, covering: Sequence[Draft] = ()) -> None:
        """``covering`` requests are sent together with the minimal request, once it is accepted."""
        self._session = session
        self._covers = covering
        self._tried = False
        self._plainest: Trial | None = None
        self._broken: str | None = None
        self._crutch: Workaround | None = None

    def _try(self) -> None:
        if self._tried:
            return
        self._tried = True
        if self._covers:
            create_together(self._session, create_image(), *self._covers)
        self._plainest = self._session.create(create_image())
        if self._plainest.accepted or self._plainest.violations:
            return  # an answer in the wrong form refuses nothing: its own rules tell
        self._broken = TELLING.get(getattr(self._plainest.outcome, "code", ""), OTHERWISE)
        for crutch in CRUTCHES:
            try:
                draft = create_image().having(crutch.params).sent(form=crutch.form)
                helped = self._session.create(draft)
            except NotAvailable:
                continue
            if helped.accepted:
                self._broken, self._crutch = crutch.rule, crutch
                return

    def apply(self, draft: Draft) -> Draft:
        """The draft with what helps, unless it says something about that itself."""
        self._try()
        crutch = self._crutch
        if crutch is None:
            return draft
        if crutch.form != Form():
            return draft.sent(form=crutch.form) if draft.form == Form() else draft
        if "InstanceId" in crutch.params:
            leans = ("InstanceId", Placeholder.RUNNING) in draft.params
            return draft.having(crutch.params) if leans else draft
        present = any(name in crutch.params for name, _ in draft.params)
        return draft if present else draft.having(crutch.params)

    def excuses(
        self, own: str, judgement: Attributed, due: Expectation, outcome: Outcome
    ) -> Attributed | Decided | Undecided:
        """The judgement on a good request that was refused, given that the plainest one was, or
        on a bad one that was refused with the same code."""
        self._try()
        if self._broken is None or self._crutch is not None or own == self._broken:
            return judgement
        if not isinstance(due, Accept):
            minimal = self._plainest.outcome if self._plainest else None
            if not isinstance(outcome, Rejected) or outcome != minimal:
                return judgement
        return Undecided(f"the plainest request is refused: see {self._broken}")

    def refused_for(self, own: str) -> Trial | None:
        """The plainest request's trial, where it is refused for the sake of this rule."""
        self._try()
        return self._plainest if self._broken == own else None
