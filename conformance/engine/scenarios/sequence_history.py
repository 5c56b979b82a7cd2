"""The history of one sequence: its requests, its images, and the deviations that they show."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.engine.core.record import RuleDeviation
from conformance.engine.execution.session import Session
from conformance.engine.observation.deviation import deviation_of
from conformance.engine.observation.trial import Trial
from conformance.model.request import Draft, UniqueName, create_image
from conformance.model.sequence_judge import Contradiction, Judged
from conformance.model.world import Image, Instance
from reports.results import expected_of

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

    def judge(self, judged: Judged) -> None:
        """Record what a step contradicts. Raises SequenceEnded where the sequence cannot go on."""
        self.record(judged)
        if judged.ends:
            raise SequenceEnded

    def record(self, judged: Judged) -> None:
        """Record what a step contradicts, unless the minimal request does too."""
        for found in judged.contradictions:
            if found.rule not in self.known and isinstance(found.of, Trial):
                self._deviates(found, found.of)

    def _deviates(self, found: Contradiction, trial: Trial) -> None:
        before = [t for t in self.trials if t.request.name == trial.request.name]
        if found.before is not None:
            before = [each for each in found.before if isinstance(each, Trial)]
        self.deviations.append(
            deviation_of(
                found.rule,
                found.arm,
                trial,
                found.observed or trial.observed,
                expected_of(found.due) if found.due is not None else None,
                [t for t in before if t is not trial],
                names=tuple(self.names.values()),
                scenario=True,
            )
        )
