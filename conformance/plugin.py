"""The pytest plugin: the suite's options and fixtures, and the results of its properties.

It is loaded into every pytest run where amiproof is installed, so importing it is cheap; all else
waits until ``--amiproof-target`` is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.engine.core.protocol import RECORD

if TYPE_CHECKING:
    from conformance.engine.property.target_exercise import TargetExercise
    from conformance.engine.run.controller import Controller
    from conformance.engine.run.worker import Worker

CONTROLLER: pytest.StashKey[Controller] = pytest.StashKey()
PART: pytest.StashKey[Worker] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("amiproof", "EC2 CreateImage conformance")
    add = group.addoption
    add("--amiproof-target", help="moto, reference, or the address of an endpoint")
    add("--amiproof-effort", default="quick", choices=("quick", "standard", "thorough"))
    add("--amiproof-judge", default="documents", choices=("documents", "aws"))
    add("--amiproof-baseline", help="file of known deviations, which do not fail the run")
    add("--amiproof-fail-on", default="detail", choices=("documented", "detail"))
    add("--amiproof-seed", type=int, default=1, help="fixes what is drawn (default: 1)")
    add("--amiproof-select", default="", help="rule ids to exercise, as shell patterns")
    add("--amiproof-shard", default="", help="2/5: only the second fifth of the rules")
    add("--amiproof-database", default="", help="redis://HOST:PORT/N or a folder: what failed")
    add("--amiproof-for", default="", help="how long to go on drawing: 90s, 30m, 2h")
    add("--amiproof-out", help="folder for results.json (default: nothing is written)")
    add("--amiproof-region", help="region to sign for")
    add("--amiproof-profile", help="profile of the AWS configuration to use")
    add("--amiproof-denied-profile", help="profile of somebody who may not create images")
    add("--amiproof-budget", default="", help="images=N,instances=N,calls=N,minutes=N")
    add("--amiproof-no-tags-profile", help="profile of somebody who may create images, not tags")
    add("--amiproof-image-id", help="image to launch source instances of")
    add("--amiproof-instance-id", help="running instance to use as the source")
    add("--amiproof-instance-type", help="type of the source instances (default: t3.micro)")
    add("--amiproof-subnet-id", help="subnet of the source instances")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--amiproof-target"):
        return
    from conformance.engine.run.controller import Controller
    from conformance.engine.run.worker import Worker

    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[PART] = Worker.from_json(worker["amiproof"], worker["workerid"])
        return
    from conformance.engine.core.errors import AmiproofError

    try:
        controller = _Running.controller or Controller.from_options(config.getoption)
        config.stash[CONTROLLER] = controller
        if not config.option.collectonly:
            controller.start()
            config.stash[PART] = controller.part()
    except AmiproofError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_configure_node(node: object) -> None:
    """Tell a worker of pytest-xdist what the controller has started."""
    config: pytest.Config = getattr(node, "config")  # noqa: B009 (xdist has no types)
    if CONTROLLER in config.stash:
        getattr(node, "workerinput")["amiproof"] = config.stash[CONTROLLER].part().to_json()  # noqa: B009


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        from conformance.engine.run.sharding import costliest_first

        items[:] = costliest_first(items, _rule_of)
    controller = config.stash.get(CONTROLLER, None)
    if controller is not None and controller.recording is not None:
        order = controller.recording.order()
        items.sort(key=lambda item: order.get(_rule_of(item) or "", len(order)))
    patterns = config.getoption("--amiproof-select").replace(",", " ").split()
    part = config.getoption("--amiproof-shard")
    if not patterns and not part:
        return
    from conformance.engine.core.selection import matches
    from conformance.engine.run.sharding import is_of, read_shard

    shard = read_shard(part)
    chosen = [
        item
        for item in items
        if (rule := _rule_of(item))
        and (not patterns or matches(rule, patterns))
        and (shard is None or is_of(rule, shard))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen


def pytest_collection_finish(session: pytest.Session) -> None:
    controller = session.config.stash.get(CONTROLLER, None)
    if controller is not None and session.items:
        controller.plan([rule for item in session.items if (rule := _rule_of(item))])
    part = session.config.stash.get(PART, None)
    if part is not None and not session.config.option.collectonly:
        from conformance.engine.run.sharding import are_many
        from strategies import covering, scenarios, unspecified

        recorded = controller is not None and controller.recording is not None
        if recorded or are_many([item.name for item in session.items]):
            part.covering, part.scenarios = (*covering.ALL, unspecified.ALL), scenarios.ALL


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """RuleScheduler rules over workers, unless another way of pytest-xdist's was asked for."""
    controller = config.stash.get(CONTROLLER, None)
    if controller is None or config.getoption("dist") != "load":
        return None
    from conformance.engine.run.scheduler import RuleScheduler

    return RuleScheduler(config, log, controller.until)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session):  # type: ignore[no-untyped-def]
    """Where there are no workers, go on until the time is over: see ``scheduler`` for those."""
    result = yield
    controller = session.config.stash.get(CONTROLLER, None)
    if controller is not None and not session.config.pluginmanager.has_plugin("dsession"):
        controller.go_on(session.items)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """A worker with one rule to draw more of exercises it again and again: it is set up anew."""
    if nextitem is item:
        item.session._setupstate.teardown_exact(None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: object, ids: list[str]) -> None:
    """With workers it is they who collect; a node id ends in its rule's."""
    if _Running.controller is not None and not _Running.planned:
        _Running.planned = True
        from conformance.engine.run.sharding import rule_of

        _Running.controller.plan([rule_of(id) for id in ids])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    record = dict(report.user_properties).get(RECORD) if report.when == "call" else None
    if record is not None and _Running.controller is not None:
        _Running.controller.collect(record)


def pytest_sessionstart(session: pytest.Session) -> None:
    _Running.controller = session.config.stash.get(CONTROLLER, None)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    part = session.config.stash.get(PART, None)
    if part is not None:
        part.close()
    controller = session.config.stash.get(CONTROLLER, None)
    if controller is None or session.config.option.collectonly:
        return
    interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
    crashed = exitstatus == pytest.ExitCode.INTERNAL_ERROR
    status = controller.finish(interrupted=interrupted or crashed)
    if exitstatus in (0, 1, 5) and not controller.errors:
        session.exitstatus = status


def pytest_unconfigure(config: pytest.Config) -> None:
    controller = config.stash.get(CONTROLLER, None)
    if controller is not None:
        controller.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    controller = terminalreporter.config.stash.get(CONTROLLER, None)
    if controller is not None and controller.results is not None:
        terminalreporter.section("amiproof")
        terminalreporter.write_line(controller.sentence())


def prepare(controller: Controller) -> None:
    """Let the next run have this conductor, started already."""
    _Running.controller = controller


class _Running:
    """The conductor of this process: one that was prepared, and for the hook with no config."""

    controller: Controller | None = None
    planned = False


def _rule_of(item: pytest.Item) -> str | None:
    """The id of the rule that a property of the suite is about."""
    call = getattr(item, "callspec", None)
    rule = call.params.get("rule_id") if call is not None else None
    return rule if isinstance(rule, str) else None


@pytest.fixture
def exercise(rule_id: str, request: pytest.FixtureRequest) -> object:
    """What a property works with: see :class:`conformance.engine.property.exercise.Exercise`."""
    part = request.config.stash.get(PART, None)
    if part is None:
        pytest.skip("give --amiproof-target")
    exercise: TargetExercise = part.exercise(rule_id)
    request.node.stash[EXERCISE] = exercise
    return exercise


EXERCISE: pytest.StashKey[TargetExercise] = pytest.StashKey()
LAST: pytest.StashKey[bool] = pytest.StashKey()
"""Whether no other property comes after this one in its process."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    item.stash[LAST] = nextitem is None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a property and hand in its record: the test fails when the property's rule is broken."""
    exercise = pyfuncitem.stash.get(EXERCISE, None)
    if exercise is None:
        return None
    from conformance.engine.run.controller import failure_text

    part = pyfuncitem.config.stash[PART]
    pyfuncitem.user_properties.clear()  # of an earlier round
    if not part.has_more(exercise):
        pytest.skip("nothing more is drawn")
    record = part.run(pyfuncitem.obj, exercise, last=pyfuncitem.stash.get(LAST, True))
    pyfuncitem.user_properties.append((RECORD, record.to_json()))
    if record.own():
        pytest.fail(failure_text(record), pytrace=False)
    if record.lacking or record.cut_short:
        pytest.skip(record.lacking or record.cut_short)
    if record.untested and not (record.keeps and record.breaks):
        pytest.skip("; ".join(record.untested))
    return True
