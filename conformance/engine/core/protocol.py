"""Names that processes of a run agree on."""

RECORD = "amiproof"
"""The user property in which a property's record travels from a worker to the controller."""

ACCOUNT = "[account]"
"""What stands in the place of the account's id."""
