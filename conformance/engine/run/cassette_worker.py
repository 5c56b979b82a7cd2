"""The worker of `amiproof judge`: it runs each rule's property on the recorded responses."""

from __future__ import annotations

from pathlib import Path

from conformance.engine.client.cassette import Cassette
from conformance.engine.client.cassette_clients import CassettePlayback
from conformance.engine.client.guard import Guard
from conformance.engine.client.ledger import Ledger
from conformance.engine.core.effort import EFFORTS
from conformance.engine.core.record import Record
from conformance.engine.property.exercise import Exercise
from conformance.engine.property.generate import Generation
from conformance.engine.property.runner import Property, run
from conformance.engine.property.session_parts import SessionParts, open_session
from conformance.engine.run.plan import Plan
from conformance.engine.run.worker import Worker
from conformance.model.aws import adopt


class CassetteWorker(Worker):
    """Judges a recording in one process, with a session for each worker of the recorded run."""

    def __init__(self, plan: Plan, recording: Cassette) -> None:
        super().__init__(plan)
        self._recording = recording
        self._worker_of = {r: n for n, w in recording.workers.items() for r in w.rules}
        self._sessions: dict[str, SessionParts] = {}

    def exercise(self, rule_id: str) -> Exercise:
        plan, name = self.plan, self._worker_of[rule_id]
        if plan.config.judge == "aws":
            adopt()
        if name not in self._sessions:
            worker = self._recording.workers[name]
            ledger = Ledger(Path(plan.folder) / name, name)
            others = Ledger(ledger.folder, "others")
            for id in self._recording.made(besides=name):
                others.made("image", id)
            for kind, id in self._recording.launched():
                others.made(kind, id)
            others.close()
            before = {} if worker.before is None else {"image": worker.before}
            ledger.keep_before({**worker.listed, **before})
            client = CassettePlayback(worker, Guard(ledger))
            covering = self._batched(name) if self._recording.together else ()
            self._sessions[name] = open_session(
                plan.target, client, ledger, plan.run_id, first=worker.first, covering=covering,
                recorded=self._recording.histories, played=set(worker.made(played=True)),
                told=worker.told, wanted=self.wanted,
            )  # fmt: skip
            session = self._sessions[name].session
            session.api.is_large = worker.before is not None
        parts = self._sessions[name]
        parts.session.client.begin(rule_id)
        config = plan.config
        return Exercise(rule_id, parts, EFFORTS[plan.effort], Generation(config.seed))

    def run(self, check: Property, exercise: Exercise, *, last: bool) -> Record:
        rule_id = exercise.rule.id
        rules = self._recording.workers[self._worker_of[rule_id]].rules
        record = run(check, exercise, last=rules[-1] == rule_id)
        client = exercise.session.client
        return record.without(client.account) if isinstance(client, CassettePlayback) else record

    def close(self, *, finished: bool = True) -> None:
        for parts in self._sessions.values():
            parts.session.ledger.close()
