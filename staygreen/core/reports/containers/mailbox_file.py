"""The mails of an mbox file (RFC 4155), each within a bound, in one pass."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.reports.containers.byte_source import ByteSource
from staygreen.core.reports.limits import LARGEST_MAIL

_MARKS = (b"\n\nFrom ", b"\n\r\nFrom ")


def mails(source: ByteSource) -> Iterator[bytes]:
    """Each mail without its `From ` line; one that is too large is cut, which its reader sees."""
    held = bytearray()
    searched = 0
    for chunk in source:
        held += chunk
        while True:
            at = min((found for mark in _MARKS if (found := held.find(mark, searched)) >= 0), default=-1)
            if at < 0:
                break
            yield _without_line(bytes(held[: at + 1]))
            del held[: held.index(b"From ", at)]
            searched = 0
        searched = max(0, len(held) - 8)
        if len(held) > LARGEST_MAIL:
            del held[LARGEST_MAIL:]
            searched = max(0, len(held) - 8)
    if held.strip():
        yield _without_line(bytes(held))


def _without_line(mail: bytes) -> bytes:
    return mail.partition(b"\n")[2] if mail.startswith(b"From ") else mail
