"""Signature version 2, which the documents still list. Only the rule ``sig.v2`` needs it.

botocore's version loses repeated parameters and reads the system's clock, so it is not used.
Source: "Signature Version 2 signing process".
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, unquote_to_bytes, urlsplit

from conformance.wire.encode import Encoded
from conformance.wire.signing.credentials import Credentials


def with_signature(
    encoded: Encoded, url: str, host: str, who: Credentials, moment: datetime
) -> tuple[Encoded, str]:
    """The request with the signature parameters appended, and the signature."""
    added = {
        "AWSAccessKeyId": who.access_key,
        "SignatureVersion": "2",
        "SignatureMethod": "HmacSHA256",
        "Timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if who.token:
        added["SecurityToken"] = who.token
    sent = encoded.query if encoded.body is None else encoded.body.decode("ascii")
    pairs = [pair for pair in sent.split("&") if pair]
    pairs += [f"{name}={quote(value, safe='')}" for name, value in added.items()]
    # The signed text sorts names by their unencoded bytes and has %20 for a space, whichever form
    # is sent.
    ordered = sorted(
        (unquote_to_bytes(name), name, value)
        for name, value in (pair.replace("+", "%20").partition("=")[::2] for pair in pairs)
    )
    query = "&".join(f"{name}={value}" for _, name, value in ordered)
    text = f"{encoded.method}\n{host}\n{urlsplit(url).path or '/'}\n{query}"
    digest = hmac.digest(who.secret_key.encode(), text.encode(), "sha256")
    signature = base64.b64encode(digest).decode()
    whole = "&".join([*pairs, f"Signature={quote(signature, safe='')}"])
    if encoded.body is None:
        return replace(encoded, query=whole), signature
    return replace(encoded, body=whole.encode("ascii")), signature
