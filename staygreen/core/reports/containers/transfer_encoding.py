"""Bodies of mail parts without their transfer encoding, slice by slice (RFC 2045 section 6)."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator

_SLICE = 64 * 1024
_SPACE = b" \t\r\n"
_BASE64_STARTS = (b"H4sI", b"UEsDB", b"PD94", b"PGZl", b"PD9Y", b"77u/PD94", b"eyJ", b"ewog", b"ew0K", b"RmVlZGJhY2st")
"""How gzip, zip, XML, JSON and feedback reports begin in base64."""
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=]{16,1000}\r?\n|[A-Za-z0-9+/=]{16,}$")


def decoded(data: bytes | bytearray, start: int, end: int, encoding: str) -> Iterator[bytes]:
    """The content of `data[start:end]`; nothing larger than a slice is made but of quoted-printable."""
    word = encoding.strip().lower()
    if word == "base64" or (word != "quoted-printable" and looks_base64(bytes(data[start : min(end, start + 200)]))):
        yield from _base64(data, start, end)
    elif word == "quoted-printable":
        yield quopri.decodestring(bytes(data[start:end]))
    else:
        for at in range(start, end, _SLICE):
            yield bytes(data[at : min(end, at + _SLICE)])


def looks_base64(head: bytes) -> bool:
    """Whether a body is base64 though nothing says so: only where what it begins with is a report's beginning."""
    bare = head.lstrip(_SPACE)
    return bare.startswith(_BASE64_STARTS) and _BASE64_LINE.match(bare) is not None


def _base64(data: bytes | bytearray, start: int, end: int) -> Iterator[bytes]:
    carried = b""
    for at in range(start, end, _SLICE):
        text = carried + bytes(data[at : min(end, at + _SLICE)]).translate(None, _SPACE)
        whole = len(text) - len(text) % 4
        carried = text[whole:]
        yield _bytes(text[:whole])
    if carried:
        yield _bytes(carried + b"=" * (-len(carried) % 4))


def _bytes(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text)
    except binascii.Error:
        bare = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
        bare = bare[: len(bare) - (len(bare) % 4 == 1)]
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))
