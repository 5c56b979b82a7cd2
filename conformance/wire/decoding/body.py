"""The body of an answer: read to its end, unpacked, and never larger than it may be."""

from __future__ import annotations

import zlib

import urllib3

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes, unpacked. The longest honest answer is a DescribeImages page of a thousand images."""

_CHUNK = 64 * 1024
_MOST_ENCODINGS = 3
# zlib's window sizes: +16 reads gzip's header, +32 tells gzip and zlib apart by themselves.
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class UnreadableError(Exception):
    """A body that came and cannot be used; ``why`` is a few words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_body(raw: urllib3.BaseHTTPResponse, limit: int = BODY_LIMIT) -> bytes:
    """The whole body, its content encodings undone.

    Unpacked here, not by urllib3, whose older versions unpack a chunk to whatever size it has.
    Raises UnreadableError when it is too large or its encoding is unknown or broken, and urllib3's
    own errors when the connection fails.
    """
    # A length that is told is kept to: urllib3 reads no more, and takes less for broken.
    length = getattr(raw, "length_remaining", None)
    if length is not None and length <= limit:
        whole = raw.read(decode_content=False)
        return unpack(whole, raw.headers.get("Content-Encoding", ""), limit)
    packed = bytearray()
    for chunk in raw.stream(_CHUNK, decode_content=False):
        packed += chunk
        if len(packed) > limit:
            raise UnreadableError(f"body of more than {limit} bytes")
    return unpack(bytes(packed), raw.headers.get("Content-Encoding", ""), limit)


def unpack(data: bytes, encodings: str, limit: int = BODY_LIMIT) -> bytes:
    """A body without the content encodings that a header names. Raises UnreadableError."""
    names = [name.strip().lower() for name in encodings.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > _MOST_ENCODINGS:
        raise UnreadableError("too many content encodings")
    for name in reversed(names):
        if not data:
            break
        if name in ("gzip", "x-gzip"):
            data = _inflate(data, _GZIP, limit)
        elif name == "deflate":
            # Named for the zlib format; some servers send what is inside it alone.
            wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            data = _inflate(data, _ZLIB if wrapped else _RAW, limit)
        else:
            raise UnreadableError("unknown content encoding")
    return data


def _inflate(data: bytes, window: int, limit: int) -> bytes:
    out = bytearray()
    try:
        while data:  # a gzip body may have several members
            step = zlib.decompressobj(window)
            out += step.decompress(data, limit + 1 - len(out))
            if len(out) > limit:
                raise UnreadableError(f"body of more than {limit} bytes when unpacked")
            if not step.eof:
                raise UnreadableError("compressed body that ends too early")
            data = step.unused_data if window == _GZIP else b""
    except zlib.error:
        raise UnreadableError("body that is not compressed as its header says") from None
    return bytes(out)
