"""The commands about targets and accounts: targets, doctor and sweep."""

from __future__ import annotations

from conformance.cli.options import Profile, Region, Target, given


def targets() -> int:
    """List the named targets: the built-in and the configured ones."""
    from conformance.commands.doctor import targets as show

    return show()


def doctor(target: Target, *, region: Region = None, profile: Profile = None) -> int:
    """Check that TARGET is reachable, and print its account, its actions and what it lacks.

    No request creates or changes anything.
    """
    from conformance.commands.doctor import doctor as examine

    return examine(target, given(region=region, profile=profile))


def sweep(target: Target, *, region: Region = None, profile: Profile = None) -> int:
    """Remove what interrupted runs left at TARGET, and nothing else.

    A resource is removed only if a run's ledger names it and its tag or name confirms it. Runs that
    are still going are not touched. Exit status 5 if something is left.
    """
    from conformance.commands.sweep import sweep as start

    return start(target, given(region=region, profile=profile))
