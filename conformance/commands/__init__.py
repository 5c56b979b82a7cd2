"""What the commands do: run, plan, sweep, doctor, report, baseline, rules, drift.

Only the command line, ``publish``, ``replay``, ``comparison`` and ``prove`` import this package.
"""
