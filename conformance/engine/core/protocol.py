"""Constants of the protocol between the processes of a run."""

RECORD = "amiproof"
"""The user property in which a property's record travels from a worker to the controller."""

ACCOUNT = "[account]"
"""Replaces the account id in records and recordings."""
