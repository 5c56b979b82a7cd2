"""``amiproof run`` and ``amiproof plan``."""

from __future__ import annotations

from conformance.cli.options import (
    NO_OPTIONS,
    Effort,
    Options,
    Run,
    Seed,
    Select,
    Shard,
    Target,
)
from conformance.engine.run.config import RunConfig

DEFAULTS = RunConfig()


def run(config: Run = DEFAULTS) -> int:
    """Test the rules against TARGET and report which ones hold."""
    from conformance.engine.run.fork_server import forked_workers

    with forked_workers(config.workers) as with_workers:  # it imports while this process does
        from conformance.commands.run import run as start

        return start(config, with_workers)


def plan(
    target: Target = None,
    *,
    effort: Effort = None,
    seed: Seed = DEFAULTS.seed,
    shard: Shard = "",
    select: Select = "",
    options: Options = NO_OPTIONS,
    policy: bool = False,
) -> int:
    """Print what a run against TARGET would do and cost, and the IAM policy it needs.

    Nothing is sent to the target. The same run is made against the reference endpoint and measured.

    Parameters
    ----------
    policy
        Print the policy alone, ready to attach.
    """
    from conformance.commands.plan import plan as show

    config = RunConfig(target, effort=effort, seed=seed, shard=shard, select=select)
    return show(config.overriding(options.overrides()), only_policy=policy)
