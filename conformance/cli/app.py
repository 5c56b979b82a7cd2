"""The ``amiproof`` command.

Exit status: 0 conforms, 1 deviations, 2 usage, 3 cannot be tested, 4 incomplete, 5 something was
left behind.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from conformance import __version__
from conformance.cli import account, develop, results, rules, run
from conformance.engine.core.errors import AmiproofError, CutShort
from conformance.engine.core.settings import SOURCES

app = App(
    name="amiproof",
    help="Test whether an EC2-compatible endpoint's CreateImage conforms to the AWS documentation.",
    version=__version__,
    config=SOURCES,
)
for command in (
    run.run,
    run.plan,
    account.doctor,
    account.sweep,
    account.targets,
    results.report,
    results.replay,
    results.compare,
    results.baselines,
    rules.rules,
    rules.explain,
    develop.prove,
    develop.serve,
):
    app.command(command)
app.command(results.judge_recording, name="judge")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and exit with the command's status."""
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
    except CycloptsError:
        sys.exit(2)  # cyclopts has printed what is wrong
    sys.exit(status if isinstance(status, int) else 0)
