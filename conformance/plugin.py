"""The pytest plugin: it runs the suite's properties, and a run around them.

``amiproof run`` hands pytest an :class:`AmiproofPlugin` with its run. ``pytest
--amiproof-target=...`` makes one from its options, and each worker of pytest-xdist a
:class:`WorkerPlugin` from the plan that the controller sends. Every pytest run where amiproof is
installed loads this module, so it imports next to nothing; all else waits for a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.engine.core.protocol import RECORD
from conformance.engine.run.config import RunConfig, options_for_pytest

if TYPE_CHECKING:
    from conformance.engine.core.record import Record
    from conformance.engine.property.exercise import Exercise
    from conformance.engine.run.controller import Controller
    from conformance.engine.run.worker import Worker

WORKER: pytest.StashKey[Worker] = pytest.StashKey()
EXERCISE: pytest.StashKey[Exercise] = pytest.StashKey()
LAST: pytest.StashKey[bool] = pytest.StashKey()
"""Whether no other property follows this one in its process."""
PLAN = "amiproof"
"""The key of the plan in what the controller sends to a worker of pytest-xdist."""
SHARE = "amiproof share"
"""The key of the worker's share there, if the workers deal requests among themselves."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare an option for each field of the run's configuration."""
    group = parser.getgroup("amiproof", "EC2 CreateImage conformance")
    for name, how in options_for_pytest():
        group.addoption(name, **how)


def pytest_configure(config: pytest.Config) -> None:
    """Make the plugin of this process: the controller's, or a worker's."""
    sent = getattr(config, "workerinput", None)
    if sent is not None:
        if PLAN in sent:
            from conformance.engine.core.share import ALL, Share
            from conformance.engine.run.plan import Plan
            from conformance.engine.run.worker import Worker

            share = Share(*sent[SHARE]) if SHARE in sent else ALL
            worker = Worker(Plan.from_json(sent[PLAN]), sent["workerid"], share=share)
            config.pluginmanager.register(WorkerPlugin(worker), "amiproof-worker")
    elif config.getoption("--amiproof-target"):
        from conformance.engine.core.errors import AmiproofError
        from conformance.engine.run.controller import Controller

        try:
            run = Controller(RunConfig.from_pytest(config.getoption))
        except AmiproofError as error:
            raise pytest.UsageError(str(error)) from None
        config.pluginmanager.register(AmiproofPlugin(run), "amiproof-run")


@pytest.fixture
def exercise(rule_id: str, request: pytest.FixtureRequest) -> object:
    """The context of a property: an ``Exercise``."""
    worker = request.config.stash.get(WORKER, None)
    if worker is None:
        pytest.skip("give --amiproof-target")
    exercise = worker.exercise(rule_id)
    request.node.stash[EXERCISE] = exercise
    return exercise


_BROKEN_OFF = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)


class WorkerPlugin:
    """Runs properties in this process."""

    def __init__(self, worker: Worker, *, recorded: bool = False) -> None:
        """``recorded``: the worker judges a recording."""
        self._worker, self._recorded = worker, recorded

    def pytest_configure(self, config: pytest.Config) -> None:
        """Give the ``exercise`` fixture its worker."""
        config.stash[WORKER] = self._worker

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """In a worker of pytest-xdist, select the same properties as the controller would."""
        if hasattr(config, "workerinput"):
            from conformance.engine.run.controller import selects
            from conformance.engine.run.sharding import costliest_first

            items[:] = costliest_first(items, _rule_of)
            options = self._worker.plan.config
            if options.select or options.shard:
                _keep(config, items, lambda rule: selects(options, rule))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """In a run of many rules, have covering requests and scenarios sent in batches."""
        from conformance.engine.run.sharding import are_many

        many = self._recorded or are_many([item.name for item in session.items])
        self._worker.expect([rule for item in session.items if (rule := _rule_of(item))], many=many)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Note whether a property is the last one of its process."""
        item.stash[LAST] = nextitem is None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Tear a property down completely when the worker runs the same one again."""
        if nextitem is item:
            item.session._setupstate.teardown_exact(None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run a property and hand in its record: the test fails when its own rule is broken."""
        exercise = pyfuncitem.stash.get(EXERCISE, None)
        if exercise is None:
            return None
        pyfuncitem.user_properties.clear()  # of an earlier round
        if not self._worker.has_more(exercise):
            pytest.skip("no more requests are generated")
        last = pyfuncitem.stash.get(LAST, True)
        record = self._worker.run(pyfuncitem.obj, exercise, last=last)
        pyfuncitem.user_properties.append((RECORD, record.to_json()))
        _report(record)
        return True

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Close the worker's session."""
        self._worker.close(finished=exitstatus not in _BROKEN_OFF)


class AmiproofPlugin:
    """Leads a run: starts it, selects its properties, collects their records, finishes it."""

    def __init__(self, run: Controller) -> None:
        self._run = run
        self._planned = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Start the run, unless pytest only collects. Raises UsageError."""
        if config.option.collectonly:
            return
        from conformance.engine.core.errors import AmiproofError

        try:
            self._run.start()
        except AmiproofError as error:
            raise pytest.UsageError(str(error)) from None
        recorded = self._run.order is not None
        worker = WorkerPlugin(self._run.worker(), recorded=recorded)
        config.pluginmanager.register(worker, "amiproof-worker")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send the plan to a worker of pytest-xdist, and its share where workers have shares."""
        sent = node.workerinput
        sent[PLAN] = self._run.plan.to_json()
        if self._is_dealt(node.config):
            of = sent["workercount"]
            sent[SHARE] = int(sent["workerid"].removeprefix("gw")) % of + 1, of

    def _is_dealt(self, config: pytest.Config) -> bool:
        """Whether the workers deal whole requests among themselves. A recording has one share."""
        return config.getoption("dist") == "load" and self._run.config.record is None

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the selected properties, in the recorded order where a recording is judged."""
        order = self._run.order
        if order is not None:
            items.sort(key=lambda item: order.get(_rule_of(item) or "", len(order)))
        else:
            from conformance.engine.core.effort import EFFORTS
            from conformance.engine.property.ahead import slowness
            from conformance.engine.property.turns import in_turn

            if not config.option.collectonly:  # a collection alone has no plan, and sends nothing
                plan = self._run.plan
                limited = slowness if plan.target.limits else None
                items[:] = in_turn(items, _rule_of, EFFORTS[plan.effort], limited)
        if order is not None or self._run.config.select or self._run.config.shard:
            _keep(config, items, self._run.selects)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Plan the collected rules. With pytest-xdist its workers collect, not this process."""
        if session.items and not session.config.option.collectonly:
            self._plan([rule for item in session.items if (rule := _rule_of(item))])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Plan the rules that the first worker has collected."""
        from conformance.engine.run.sharding import rule_of

        self._plan([rule_of(id) for id in ids])

    def _plan(self, rules: list[str]) -> None:
        if not self._planned:
            self._planned = True
            self._run.plan_rules(rules)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> object:
        """Schedule rules over workers, unless the user chose a distribution of pytest-xdist's."""
        if config.getoption("dist") != "load":
            return None
        from conformance.engine.run.scheduler import DEALT, RuleScheduler

        dealt = DEALT if self._is_dealt(config) else ()
        return RuleScheduler(config, log, self._run.until, dealt)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session):  # type: ignore[no-untyped-def]
        """Without workers, go on until the time is over; with them, the scheduler does."""
        result = yield
        if not session.config.pluginmanager.has_plugin("dsession"):
            self._run.go_on(session.items)
        return result

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say that a property begins, here or in a worker of pytest-xdist."""
        from conformance.engine.run.sharding import rule_of

        self._run.begin(rule_of(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the record of a property that has run."""
        record = dict(report.user_properties).get(RECORD) if report.when == "call" else None
        if record is not None:
            self._run.collect(record)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Finish the run. Its exit status becomes pytest's."""
        if session.config.option.collectonly:
            return
        status = self._run.finish(interrupted=exitstatus in _BROKEN_OFF)
        if exitstatus in (0, 1, 5) and not self._run.errors:
            session.exitstatus = status

    def pytest_unconfigure(self) -> None:
        """Stop the target, if the run started it."""
        self._run.stop()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the run's result in a line."""
        if self._run.results is not None:
            terminalreporter.section("amiproof")
            terminalreporter.write_line(self._run.summary())


def _keep(config: pytest.Config, items: list[pytest.Item], selects: Any) -> None:
    """Deselect properties outside the selection, and tests that are no property."""
    kept = [item for item in items if (rule := _rule_of(item)) and selects(rule)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _rule_of(item: pytest.Item) -> str | None:
    """The rule of a property; None for another test."""
    call = getattr(item, "callspec", None)
    rule = call.params.get("rule_id") if call is not None else None
    return rule if isinstance(rule, str) else None


def _report(record: Record) -> None:
    """Fail or skip the test, as the record of its property says."""
    if record.own():
        from conformance.engine.run.failure import failure_text

        pytest.fail(failure_text(record), pytrace=False)
    if record.needs or record.cut_short:
        pytest.skip(record.needs or record.cut_short)
    if record.reasons:
        pytest.skip(record.reasons)
