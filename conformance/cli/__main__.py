"""``python -m conformance.cli``."""

from conformance.cli.app import main

main()
