"""How a request is signed, in words."""

from __future__ import annotations

from conformance.model.request import Signing

SIGNED = {
    Signing.QUERY: "with the signature in the query string",
    Signing.QUERY_WRONG_SECRET: "with the signature of a wrong secret in the query string",
    Signing.V2: "with signature version 2",
    Signing.V2_WRONG_SECRET: "with signature version 2 and a wrong secret",
    Signing.WRONG_SECRET: "with a valid key and a wrong secret",
    Signing.MALFORMED: "with an Authorization header that lacks the signature",
    Signing.UNKNOWN_KEY: "with an unknown access key",
    Signing.PAST: "with a date in the past",
    Signing.FUTURE: "with a date in the future",
    Signing.OTHER_DAY: "with the day before the date in the credential scope",
    Signing.HOST_UNSIGNED: "without the Host header among the signed headers",
    Signing.DENIED: "with credentials that do not permit ec2:CreateImage",
    Signing.NO_TAGS: "with credentials that permit ec2:CreateImage but not ec2:CreateTags",
}
"""How a request is signed unless with a valid signature version 4 header; completes "signed"."""

LACKING = (Signing.DENIED, Signing.NO_TAGS)
"""Valid signatures by credentials that lack a permission."""


def how_signed(signing: Signing) -> str:
    """How a request is signed, as a phrase after "signed"."""
    return SIGNED.get(signing, f"in the way called {signing.value!r}")


def lacking_note(signing: Signing) -> list[str]:
    """A comment that says which credentials LACKING_ACCESS_KEY_ID names, if a script needs them."""
    if signing not in LACKING:
        return []
    return [f"# LACKING_ACCESS_KEY_ID, LACKING_SECRET_ACCESS_KEY: {SIGNED[signing][5:]}"]
