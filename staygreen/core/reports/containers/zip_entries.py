"""The entries of a zip file, read from its front in one pass (PKWARE APPNOTE 4.3).

Local headers alone are followed: the directory at the end is not needed, so a cut file yields what it holds, sizes that
lie are never believed, and entries cannot overlap.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from staygreen.core.reports.containers.byte_source import ByteSource
from staygreen.core.reports.containers.deflate import Note, inflated
from staygreen.core.reports.limits import MOST_ENTRIES, Inflation, RefusedError

LOCAL = b"PK\x03\x04"
DIRECTORY = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06")
_DESCRIPTOR = b"PK\x07\x08"
_HEADER = struct.Struct("<4sHHHHHIIIHH")
_STORED, _DEFLATED = 0, 8
_ZIP64 = 0xFFFFFFFF


class _Stored(NamedTuple):
    """A local header."""

    signature: bytes
    version: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    size: int
    content_size: int
    name_length: int
    extra_length: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; its content is to be read to the end before the next entry."""

    name: str
    content: Iterator[bytes]

    @property
    def is_report(self) -> bool:
        """Whether it may hold one: directories and what macOS adds do not."""
        base = self.name.rpartition("/")[2]
        return (
            bool(base) and not self.name.startswith("__MACOSX/") and not base.startswith("._") and base != ".DS_Store"
        )


def entries(source: ByteSource, inflation: Inflation, note: Note) -> Iterator[Entry]:
    """The entries in their order."""
    seen = 0
    while source.peek(4) == LOCAL:
        seen += 1
        if seen > MOST_ENTRIES:
            note(f"more than {MOST_ENTRIES} entries in one zip", True)
            return
        head = source.take(_HEADER.size)
        if len(head) < _HEADER.size:
            note("the zip is cut short", True)
            return
        stored = _Stored(*_HEADER.unpack(head))
        name = source.take(stored.name_length).decode("utf-8", "replace")
        source.take(stored.extra_length)
        if stored.flags & 1:
            note(f"{name or 'an entry'} of the zip is encrypted", True)
            return
        content = _content(source, inflation, note, stored)
        yield Entry(name, content)
        for _ in content:
            pass
    if source.peek(4) not in DIRECTORY:
        note("the zip lacks its directory", not source.peek(1) and not seen)
    for _ in source:
        pass


def _content(source: ByteSource, inflation: Inflation, note: Note, entry: _Stored) -> Iterator[bytes]:
    has_descriptor = bool(entry.flags & 8)
    crc = entry.crc
    if entry.method == _DEFLATED:
        made = inflated(source, inflation, note)
    elif entry.method == _STORED and entry.size != _ZIP64 and not (has_descriptor and not entry.size):
        made = _stored(source, entry.size, inflation, note)
    else:
        raise RefusedError("a zip entry that is stored in a way nobody needs")
    checksum = 0
    for chunk in made:
        checksum = zlib.crc32(chunk, checksum)
        yield chunk
    if has_descriptor:
        crc = _skip_descriptor(source, checksum)
    if crc != checksum and source.peek(1):
        note("the zip checksum is wrong", False)


def _stored(source: ByteSource, size: int, inflation: Inflation, note: Note) -> Iterator[bytes]:
    while size:
        chunk = source.some()
        if not chunk:
            note("the zip is cut short", True)
            return
        source.give_back(chunk[size:])
        chunk = chunk[:size]
        size -= len(chunk)
        inflation.take(len(chunk))
        inflation.make(len(chunk))
        yield chunk


def _skip_descriptor(source: ByteSource, checksum: int) -> int:
    """Skip what stands behind an entry whose sizes were not known; its checksum."""
    if source.peek(4) == _DESCRIPTOR:
        source.take(4)
    found = int.from_bytes(source.take(4), "little")
    for width in (8, 16):
        if source.peek(width + 2)[width:] == b"PK":
            source.take(width)
            return found
    return checksum if not source.peek(1) else found
