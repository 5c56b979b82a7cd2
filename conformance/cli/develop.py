"""The commands about amiproof itself: prove and serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from conformance.cli.options import Seed
from conformance.engine.core.effort import EffortName


def prove(
    *,
    effort: EffortName = "quick",
    seed: Seed = 1,
    workers: int | None = None,
    select: str = "",
    part: str = "1/1",
    without: str = "",
    together: int = 0,
    rounds: int = 20,
    mutants: int = 0,
    whole_requests: int = 0,
    json: Path | None = None,
) -> int:
    """Measure the suite: run it against its seeded faults and its conforming variants.

    Parameters
    ----------
    effort
        How many generated requests to send in addition to the fixed ones.
    workers
        Runs at the same time. Default: one for each core.
    select
        Faults and variants to run, by id or by the rule they break: "name/ wire.bool".
    part
        Run one part of them: 1/4 is the first of four. The parts are the same on every machine.
    without
        Leave out a rule's property: the faults that nothing else finds survive. "each" leaves out
        one property after the other, and says what each one finds.
    together
        Serve this many faults at once, drawn from the seed, and run the suite against each set.
        Each fault must be found, or be masked by the rule of another that the reason names.
    rounds
        Sets to draw.
    mutants
        Change the reference's own code of CreateImage in one place, and run the suite against this
        many of such mutants, drawn from the seed. --select takes words of their ids. A mutant that
        no rule finds is printed.
    whole_requests
        Run the property of whole requests alone, at standard effort, against this many faults,
        drawn from the seed. It prints how many it finds, and after how many requests.
    json
        File for the whole matrix.
    """
    from conformance.prove.run import prove as start
    from conformance.prove.run import prove_mutants as start_mutants
    from conformance.prove.run import prove_together as start_together
    from conformance.prove.run import prove_whole as start_whole
    from conformance.prove.run import workers_by_default

    workers = workers or workers_by_default()
    if mutants:
        return start_mutants(effort, seed, workers, select, part, mutants, json)
    if whole_requests:
        return start_whole(seed, workers, select, part, whole_requests, json)
    if together:
        return start_together(effort, seed, workers, select, together, rounds, json)
    return start(effort, seed, workers, select, part, without, json)


def serve(
    *,
    port: int = 0,
    signatures: Annotated[bool, Parameter(negative="--no-signatures")] = True,
    change: str = "",
    persona: Literal["", "aws", "aws-deviating"] = "",
    latency: float = 0.0,
) -> int:
    """Serve the reference endpoint on loopback until Ctrl-C, and print its address.

    Parameters
    ----------
    port
        Port to listen on; 0 takes any free port.
    signatures
        Verify signatures. Without it, the access key alone names the caller.
    change
        A seeded fault or a conforming variant, such as name/accepts-129.
    persona
        Keep to the limits and delays of a real account: aws. With aws-deviating, the endpoint also
        deviates from the documents as AWS was seen to.
    latency
        Seconds to delay every response, like a distant endpoint.
    """
    from fixtures.reference.__main__ import main as reference

    arguments = ["--port", str(port), "--latency", str(latency)]
    arguments += [] if signatures else ["--no-signatures"]
    arguments += ["--persona", persona] if persona else []
    return reference([*arguments, *(["--change", change] if change else [])])
