"""The command line: one module to a group of commands. Each parses, calls and prints.

A command imports what it runs only when it is called, so ``amiproof --help`` is quick.
"""

from __future__ import annotations

from conformance.cli.app import app, main

__all__ = ["app", "main"]
