"""The history of one sequence: its requests, its images, and the deviations that they show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.session import Session
from conformance.engine.observation.deviation import deviation_of
from conformance.engine.observation.trial import Trial
from conformance.model import Arm
from conformance.model.expectation import Expectation
from conformance.model.request import Draft, UniqueName, create_image
from conformance.model.world import Image, Instance
from reports.results import Observed, expected_of

SHAPE = "amiproof-seq-00000000"
"""The shape of the names that a sequence gives to its images."""


class SequenceEnded(Exception):
    """The target's state differs from the model's though no rule is violated: the sequence ends."""


@dataclass(slots=True)
class SequenceHistory:
    """The steps of one sequence so far, and their results."""

    session: Session
    source: Instance
    known: frozenset[str]
    """Rules that the minimal request violates: a sequence says nothing more of them."""
    names: dict[int, str] = field(default_factory=dict)
    """The names that the sequence uses, by number."""
    trials: list[Trial] = field(default_factory=list)
    unchecked: list[Trial] = field(default_factory=list)
    """Rejected requests that were not yet checked for orphans."""
    images: list[Trial] = field(default_factory=list)
    """The accepted requests, each with its image."""
    available: dict[str, Image] = field(default_factory=dict)
    """Images that became available, by id."""
    deregistered: set[str] = field(default_factory=set)
    launched: list[str] = field(default_factory=list)
    """Instances of the sequence's images."""
    deviations: list[RuleDeviation] = field(default_factory=list)

    def draft(self, number: int) -> Draft:
        """The request with the name of this number."""
        if number not in self.names:
            self.names[number] = self.session.names.fresh(UniqueName(SHAPE))
        return create_image(InstanceId=self.source.id, Name=self.names[number])

    def execute(self, draft: Draft) -> Trial:
        """Send a draft, though the sequence may have sent it before."""
        return self.session.executor.execute(draft, self.session.binder.bind(draft))

    def image(self, number: int) -> Trial:
        """The trial of the image of this number. Raises SequenceEnded if the target made fewer
        images than the model."""
        if number >= len(self.images):
            raise SequenceEnded
        return self.images[number]

    def available_image(self, trial: Trial) -> Image:
        """A trial's image once it is available. Raises SequenceEnded if it never is: the
        documents do not say what such an image can do."""
        image_id = trial.image_id or ""
        if image_id not in self.available:
            image = self.session.observer.complete(image_id)
            if image is None or image.state != "available":
                raise SequenceEnded
            self.available[image_id] = image
        return self.available[image_id]

    def earlier(self, trial: Trial) -> list[Trial]:
        """The requests of the sequence with the same name as a later one."""
        return [t for t in self.trials if t.request.name == trial.request.name]

    def deviates(
        self,
        rule_id: str,
        arm: Arm,
        trial: Trial,
        observed: str | Observed,
        due: Expectation | None = None,
        before: Iterable[Trial] | None = None,
    ) -> None:
        """Record that a trial deviates from a rule, unless the minimal request does too.

        ``before`` are the requests that must be sent first; by default, those with its name.
        """
        if rule_id in self.known:
            return
        expected = expected_of(due) if due is not None else None
        earlier = self.earlier(trial) if before is None else before
        earlier = [t for t in earlier if t is not trial]
        names = tuple(self.names.values())
        self.deviations.append(
            deviation_of(
                rule_id, arm, trial, observed, expected, earlier, names=names, scenario=True
            )
        )


def error_code(trial: Trial) -> str:
    """The error code of a rejected request, or nothing."""
    return getattr(trial.outcome, "code", "")


def is_dry_run(trial: Trial) -> bool:
    """Whether a request asks for a dry run."""
    return trial.request.dry_run == "true"
