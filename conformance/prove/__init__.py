"""The suite against seeded faults and conforming variants of the reference endpoint.

What it proves is the instrument: each fault has to be found and blamed on its own rule, and no
variant may raise an alarm.
"""
