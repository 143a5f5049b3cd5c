"""The mails of an mbox file (RFC 4155), each within a bound, in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

from staygreen.core.reports.containers.byte_source import ByteSource
from staygreen.core.reports.limits import LARGEST_MAIL

_BEGINS = re.compile(rb"\n\r?\n(?=From [^\n]{0,500}\n(?:>?[!-9;-~]{1,100}:|>From ))")
"""In front of a mail. A sentence of a mail may begin with the same word: no header field follows it."""
_LONGEST_BEGINNING = 700


def mails(source: ByteSource) -> Iterator[bytes]:
    """Each mail without its `From ` line; one that is too large is cut, which its reader sees."""
    held = bytearray()
    searched = 0
    for chunk in source:
        held += chunk
        while True:
            found = _BEGINS.search(held, searched)
            if found is None:
                break
            at, end = found.start(), found.end()
            del found  # it holds the bytes, which cannot be cut meanwhile
            yield _without_line(bytes(held[: at + 1]))
            del held[:end]
            searched = 0
        searched = max(0, len(held) - _LONGEST_BEGINNING)
        if len(held) > LARGEST_MAIL:
            del held[LARGEST_MAIL:]
            searched = max(0, len(held) - _LONGEST_BEGINNING)
    if held.strip():
        yield _without_line(bytes(held))


def _without_line(mail: bytes) -> bytes:
    return mail.partition(b"\n")[2] if mail.startswith(b"From ") else mail
