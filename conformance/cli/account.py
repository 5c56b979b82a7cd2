"""The commands about targets and accounts: targets, doctor and sweep."""

from __future__ import annotations

from conformance.cli.options import NO_OPTIONS, Options, Target


def targets() -> int:
    """List the named targets: the built-in and the configured ones."""
    from conformance.commands.doctor import targets as show

    return show()


def doctor(target: Target = None, *, options: Options = NO_OPTIONS) -> int:
    """Check that TARGET can be tested, and print its account, its actions and what it lacks.

    No request changes anything. The last line is the command to run. Exit status 3 if a run would
    end with 3.
    """
    from conformance.commands.doctor import doctor as examine

    return examine(target, options.overrides())


def sweep(target: Target = None, *, options: Options = NO_OPTIONS) -> int:
    """Remove what interrupted runs left at TARGET, and nothing else.

    A resource is removed only if a run's ledger names it and its tag or name confirms it. Runs that
    are still going are not touched. Exit status 5 if something is left.
    """
    from conformance.commands.sweep import sweep as start

    return start(target, options.overrides())
