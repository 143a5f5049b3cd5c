"""Content of gzip (RFC 1952), zlib (RFC 1950) and zip members, inflated in slices within bounds.

The inflater is raw: a checksum that is wrong, bytes that follow and a missing end are reported, not raised, since
receivers send all of them and the content is there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from staygreen.core.reports.containers.byte_source import ByteSource
from staygreen.core.reports.limits import SLICE, Inflation, RefusedError

Note = Callable[[str, bool], None]
"""Takes a reason, and whether content is missing for it."""
GZIP = b"\x1f\x8b"
_LONGEST_NAME = 64 * 1024


def inflated(source: ByteSource, inflation: Inflation, note: Note) -> Iterator[bytes]:
    """The content of one raw deflate stream; what follows it stays in the source."""
    inflater = zlib.decompressobj(-15)
    while not inflater.eof:
        data = source.some()
        if not data:
            note("the compressed data is cut short", True)
            return
        inflation.take(len(data))
        while data or inflater.unconsumed_tail:
            before = inflater.copy()
            try:
                made = inflater.decompress(data, SLICE)
            except zlib.error:
                made = _until_damage(before, data)
                inflation.make(len(made))
                yield made
                note("the compressed data is damaged, and what follows is not read", True)
                # where it would go on cannot be known
                for _ in source:
                    pass
                return
            if made:
                inflation.make(len(made))
                yield made
            if inflater.eof:
                break
            data = inflater.unconsumed_tail
            if not made and not data:
                break
    inflation.take(-len(inflater.unused_data))
    source.give_back(inflater.unused_data)


def _until_damage(inflater: zlib._Decompress, data: bytes) -> bytes:
    """What stands before the byte that cannot be inflated: zlib itself throws away all that came with it."""
    made = bytearray()
    try:
        for at in range(len(data)):
            made += inflater.decompress(data[at : at + 1], SLICE)
            while inflater.unconsumed_tail and len(made) < 4 * SLICE:
                made += inflater.decompress(inflater.unconsumed_tail, SLICE)
    except zlib.error:
        pass
    return bytes(made)


def gzip(source: ByteSource, inflation: Inflation, note: Note) -> Iterator[bytes]:
    """The content of a gzip file, of all its members."""
    while source.peek(2) == GZIP:
        _skip_gzip_header(source)
        checksum, length = 0, 0
        is_cut = False

        def noted(reason: str, is_missing: bool) -> None:
            nonlocal is_cut
            is_cut = True
            note(reason, is_missing)

        for made in inflated(source, inflation, noted):
            checksum = zlib.crc32(made, checksum)
            length += len(made)
            yield made
        if is_cut:
            return
        _check_trailer(source.take(8), checksum, length, note)
        _skip_zeros(source)
    if source.peek(1):
        if source.peek(512).strip():
            note("other bytes after the end of the gzip data are ignored", False)
        for _ in source:
            pass


def zlib_stream(source: ByteSource, inflation: Inflation, note: Note) -> Iterator[bytes]:
    """The content of a zlib stream."""
    source.take(2)
    yield from inflated(source, inflation, note)


def _check_trailer(trailer: bytes, checksum: int, length: int, note: Note) -> None:
    if len(trailer) < 8:
        note("the gzip data lacks its checksum", False)
    elif int.from_bytes(trailer[:4], "little") != checksum:
        note("the gzip checksum is wrong", False)
    elif int.from_bytes(trailer[4:], "little") != length & 0xFFFFFFFF:
        note("the gzip length is wrong", False)


def _skip_zeros(source: ByteSource) -> None:
    while source.peek(1) == b"\0":
        source.give_back(source.some().lstrip(b"\0"))


def _skip_gzip_header(source: ByteSource) -> None:
    head = source.take(10)
    if len(head) < 10 or head[2] != 8:
        raise RefusedError("no gzip data behind a gzip signature")
    flags = head[3]
    if flags & 4:
        source.take(int.from_bytes(source.take(2), "little"))
    for flag in (8, 16):
        if flags & flag:
            _skip_text(source)
    if flags & 2:
        source.take(2)


def _skip_text(source: ByteSource) -> None:
    looked = 512
    while True:
        head = source.peek(looked)
        end = head.find(b"\0")
        if end >= 0:
            source.take(end + 1)
            return
        if len(head) < looked or looked > _LONGEST_NAME:
            raise RefusedError("a gzip header without an end")
        looked *= 2
