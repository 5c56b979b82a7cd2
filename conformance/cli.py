"""The ``amiproof`` command. Exit status: 0 conforms, 1 deviations, 2 usage, 3 cannot be tested,
4 incomplete, 5 something was left behind."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from conformance import __version__, cli_files
from conformance.cli_files import given
from conformance.engine.core.settings import SOURCES

app = App(
    name="amiproof",
    help="Does an EC2-compatible endpoint's CreateImage do what the AWS documentation says?",
    version=__version__,
    config=SOURCES,
)


@app.command
def run(
    target: str | None = None,
    *,
    effort: Literal["quick", "standard", "thorough"] = "quick",
    seed: int = 1,
    workers: int = 1,
    shard: str = "",
    select: str = "",
    judge: Literal["documents", "aws"] = "documents",
    out: Path = Path("amiproof-report"),
    budget: str = "",
    baseline: Path | None = None,
    fail_on: Literal["documented", "detail"] = "detail",
    yes: bool = False,
    record: Path | None = None,
    database: str = "",
    duration: Annotated[str, Parameter(name="--for")] = "",
    region: str | None = None,
    profile: str | None = None,
    denied_profile: str | None = None,
    no_tags_profile: str | None = None,
    image_id: str | None = None,
    instance_id: str | None = None,
    instance_type: str | None = None,
    subnet_id: str | None = None,
) -> int:
    """Exercise the rules against TARGET and say which hold.

    Parameters
    ----------
    target
        moto, reference, or an endpoint's address; AWS_ENDPOINT_URL_EC2 or AWS_ENDPOINT_URL when
        left out.
    effort
        How many requests are drawn beside those that are always sent.
    seed
        Fixes what is drawn: the same seed gives the same verdicts.
    workers
        Processes that share the rules.
    shard
        A part of the rules, always the same one, for several machines to share a run: 1/4 is the
        first of four; amiproof report --merge makes one of their results.
    select
        Rule ids to exercise, as shell patterns or prefixes: "name.* desc".
    judge
        What is expected: what the documents say, or what AWS does where that is known.
    out
        Folder for results.json and report.html, summary.md, junit.xml and badge.json.
    budget
        What the run may use at most: "images=10,instances=4,calls=500,minutes=30".
    baseline
        File of known deviations, which do not fail the run; see amiproof baseline.
    fail_on
        The lowest grade of which a broken rule fails the run.
    yes
        Do not ask before a real account is used.
    record
        File that every exchange is written to, to be judged later: see amiproof judge.
    database
        Hypothesis' example database, a folder or redis://HOST:PORT/NUMBER: what failed at one
        machine is tried first by all.
    lasting
        How long to go on drawing once all rules were exercised: 90s, 30m, 2h.
    region
        Region to sign for.
    profile
        Profile of the AWS configuration to use.
    denied_profile
        Profile of somebody who may not create images.
    no_tags_profile
        Profile of somebody who may create images and not tag them.
    image_id
        Image to launch source instances of.
    instance_id
        Running instance to use as the source.
    instance_type
        Type of the source instances.
    subnet_id
        Subnet of the source instances.
    """
    from conformance.engine.run.fork_server import forked_workers

    overrides = given(
        region=region,
        profile=profile,
        denied_profile=denied_profile,
        no_tags_profile=no_tags_profile,
        image_id=image_id,
        instance_id=instance_id,
        instance_type=instance_type,
        subnet_id=subnet_id,
    )
    with forked_workers(workers) as with_workers:  # it imports while this process does
        from conformance.commands.run import run as start

        return start(
            target, effort, seed, workers, select, out, overrides, budget, judge,
            baseline=baseline, fail_on=fail_on, yes=yes, record=record, shard=shard,
            database=database, duration=duration, with_workers=with_workers,
        )  # fmt: skip


@app.command
def plan(
    target: str,
    *,
    effort: Literal["quick", "standard", "thorough"] = "quick",
    seed: int = 1,
    shard: str = "",
    select: str = "",
    region: str | None = None,
    profile: str | None = None,
    instance_id: str | None = None,
    policy: bool = False,
) -> int:
    """Say what a run against TARGET would do and cost, and print the IAM policy it needs.

    The target is sent nothing: the same run is made against the reference endpoint and counted.

    Parameters
    ----------
    target
        moto, reference, aws, a name of the configuration's, or an endpoint's address.
    effort
        As for run.
    seed
        As for run.
    shard
        As for run.
    select
        As for run.
    region
        Region of the run.
    profile
        Profile of the AWS configuration to use.
    instance_id
        Running instance to use as the source, which the policy then names.
    policy
        Print the policy alone, ready to attach.
    """
    from conformance.commands.plan import plan as show

    chosen = given(region=region, profile=profile, instance_id=instance_id)
    return show(target, effort, seed, select, chosen, shard=shard, only_policy=policy)


@app.command
def sweep(target: str, *, region: str | None = None, profile: str | None = None) -> int:
    """Remove what interrupted runs left at TARGET; never anything else.

    What the ledger names and the run's tag or name confirms is removed. Runs that are still going
    are not touched. Exit status 5 where something is left.

    Parameters
    ----------
    target
        An endpoint's address, as it was given to the run.
    region
        Region that the run signed for.
    profile
        Profile of the AWS configuration to use.
    """
    from conformance.commands.sweep import sweep as start

    return start(target, given(region=region, profile=profile))


@app.command
def targets() -> int:
    """List the targets that have a name: those that come with amiproof, and the configured ones."""
    from conformance.commands.doctor import targets as show

    return show()


@app.command
def doctor(target: str, *, region: str | None = None, profile: str | None = None) -> int:
    """Say whether TARGET is reachable, who we are there, what it can do and what it lacks.

    Nothing that is sent makes or changes anything.

    Parameters
    ----------
    target
        moto, reference, aws, a name of the configuration's, or an endpoint's address.
    region
        Region to sign for.
    profile
        Profile of the AWS configuration to use.
    """
    from conformance.commands.doctor import doctor as examine

    return examine(target, given(region=region, profile=profile))


@app.command
def rules(id: str | None = None, *, uncovered: bool = False, drift: bool = False) -> int:
    """Show the catalogue, or one rule with its sources and how it is exercised.

    Parameters
    ----------
    id
        A rule's id.
    uncovered
        Only the rules that no request exercises, with the reason.
    drift
        Only what has changed in the installed botocore since the rules were written, and which of
        them to read again; status 1 if anything has.
    """
    from conformance.commands.rules import show

    return show(id, uncovered=uncovered, drift=drift)


@app.command
def prove(
    *,
    effort: Literal["quick", "standard", "thorough"] = "quick",
    seed: int = 1,
    workers: int | None = None,
    select: str = "",
    part: str = "1/1",
    without: str = "",
    json: Path | None = None,
) -> int:
    """Run the suite against its own seeded faults and conforming variants: what is it worth?

    Parameters
    ----------
    effort
        How many requests are drawn beside those that are always sent.
    seed
        Fixes what is drawn.
    workers
        Processes at the same time; twice as many as there are cores when left out.
    select
        Faults and variants to run, by id or by the rule they break: "name/ wire.bool".
    part
        A part of them, always the same one: 1/4 is the first of four.
    without
        A rule whose property is left out: the faults that nothing else finds survive. "each"
        leaves out one after the other, and says what each is for.
    json
        File for the whole matrix.
    """
    from conformance.prove.run import prove as start
    from conformance.prove.run import workers_by_default

    return start(effort, seed, workers or workers_by_default(), select, part, without, json)


@app.command
def serve(
    *,
    port: int = 0,
    signatures: Annotated[bool, Parameter(negative="--no-signatures")] = True,
    change: str = "",
    latency: float = 0.0,
) -> int:
    """Serve the reference endpoint on loopback until Ctrl-C; its address is printed.

    Parameters
    ----------
    port
        Port to listen on; 0 takes any free one.
    signatures
        Verify signatures, or believe the access key without proof.
    change
        A seeded fault or a conforming variant, such as name/accepts-129.
    latency
        Seconds that every answer takes on its way, as from an endpoint far away.
    """
    from fixtures.reference.__main__ import main as reference

    arguments = [
        "--port",
        str(port),
        "--latency",
        str(latency),
        *([] if signatures else ["--no-signatures"]),
    ]
    return reference([*arguments, *(["--change", change] if change else [])])


app.command(cli_files.judge_recording, name="judge")
app.command(cli_files.report)
app.command(cli_files.replay)
app.command(cli_files.compare)
app.command(cli_files.baselines)


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script."""
    from conformance.engine.core.errors import AmiproofError, CutShort

    try:
        status = app(arguments, exit_on_error=False, result_action="return_value")
    except AmiproofError as error:
        print(f"amiproof: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except CutShort as why:
        print(f"amiproof: {why}", file=sys.stderr)
        sys.exit(4)
    except KeyboardInterrupt:
        sys.exit(4)
    except Exception as error:
        from cyclopts import CycloptsError

        if isinstance(error, CycloptsError):
            sys.exit(2)  # cyclopts has said what is wrong
        raise
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
