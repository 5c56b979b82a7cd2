"""The suite against seeded faults and conforming variants of the reference endpoint.

The proof tests the suite itself: each fault must be attributed to its own rule, and no conforming
variant may fail a rule.
"""
