"""The session: binds each draft, sends it once and keeps its trial.

It imports ``observation`` and the packages below. ``scenarios`` and the packages above import it.
"""
