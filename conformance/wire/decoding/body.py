"""Reads the body of a response, decompresses it and limits its size."""

from __future__ import annotations

import zlib

import urllib3

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes, decompressed. The longest regular response is a page of a thousand images."""

_CHUNK = 64 * 1024
_MOST_ENCODINGS = 3
# zlib's window sizes: +16 selects the gzip format, a negative size the raw format.
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


OVERFLOW = "body of more than"
"""How the reason begins of a body that is too large."""


class UnreadableError(Exception):
    """A body that cannot be used. ``why`` says so in a few words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_body(raw: urllib3.BaseHTTPResponse, limit: int = BODY_LIMIT) -> bytes:
    """The whole body, decoded by its Content-Encoding.

    urllib3 does not decode it: its older versions do not limit the size of a decompressed chunk.
    Raises UnreadableError for a body that is too large or whose encoding is unknown or broken, and
    urllib3's errors when the connection fails.
    """
    # urllib3 reads no more than a declared length, and raises when less comes.
    length = getattr(raw, "length_remaining", None)
    if length is not None and length <= limit:
        whole = raw.read(decode_content=False)
        return unpack(whole, raw.headers.get("Content-Encoding", ""), limit)
    packed = bytearray()
    for chunk in raw.stream(_CHUNK, decode_content=False):
        packed += chunk
        if len(packed) > limit:
            raise UnreadableError(f"{OVERFLOW} {limit} bytes")
    return unpack(bytes(packed), raw.headers.get("Content-Encoding", ""), limit)


def unpack(data: bytes, encodings: str, limit: int = BODY_LIMIT) -> bytes:
    """Decode a body by its Content-Encoding header. Raises UnreadableError."""
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
            # The name means the zlib format, but some servers send the raw format.
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
                raise UnreadableError(f"{OVERFLOW} {limit} bytes when unpacked")
            if not step.eof:
                raise UnreadableError("compressed body that ends too early")
            data = step.unused_data if window == _GZIP else b""
    except zlib.error:
        raise UnreadableError("body that is not compressed as its header says") from None
    return bytes(out)
