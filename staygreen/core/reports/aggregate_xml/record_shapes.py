"""Records that differ in address and count alone, read without parsing the rest again.

Real reports have few distinct records besides address and count. What follows the count, up to the end of the record,
is read once for each distinct text; the same text in the same document says the same. Whatever is not exactly of the
common form takes the ordinary way.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address

from staygreen.core.finding import IPAddress
from staygreen.core.reports import values
from staygreen.core.reports.aggregate_xml import plain_record
from staygreen.core.reports.report import Evidence, Row

END = b"</record>"
_HEAD = re.compile(
    rb"\s{0,200}<record>\s{0,200}<row>\s{0,200}<source_ip>([0-9A-Fa-f:.]{2,45})</source_ip>\s{0,200}"
    rb"<count>([0-9]{1,12})</count>"
)
_MOST_SHAPES = 1_000
_MOST_BYTES = 1 << 20
_MOST_ADDRESSES = 4_000


class Memory:
    """What ends of records mean under one root, within bounds: reports about one domain say the same every day."""

    def __init__(self) -> None:
        self.known: dict[bytes, Evidence] = {}
        self.addresses: dict[bytes, IPAddress] = {}
        self._bytes = 0

    def keep(self, rest: bytes, evidence: Evidence) -> None:
        """Remember one more, and forget all when it is too much."""
        if len(self.known) >= _MOST_SHAPES or self._bytes > _MOST_BYTES:
            self.known.clear()
            self._bytes = 0
        self.known[rest] = evidence
        self._bytes += len(rest)


@lru_cache(maxsize=3)
def memory(root: bytes) -> Memory:
    """The memory of all reports with the same start tag: under it the same text means the same."""
    del root
    return Memory()


class RecordShapes:
    """The records of one report."""

    def __init__(self, root: bytes) -> None:
        self._memory = memory(root)

    def row(self, piece: bytes) -> Row | None:
        """The row of a record without its end tag; None: the ordinary way has to read it."""
        head = _HEAD.match(piece)
        if head is None:
            return None
        rest = piece[head.end() :]
        evidence = self._memory.known.get(rest)
        if evidence is None:
            evidence = plain_record.evidence(rest)
            if evidence is None:
                return None
            self._memory.keep(rest, evidence)
        written, count = head.groups()
        source: IPAddress | None = self._memory.addresses.get(written)
        if source is None:
            source = self._address(written)
            if source is None:
                return None
        return Row(source, int(count), evidence)

    def learn(self, piece: bytes, evidence: Evidence) -> None:
        """Remember a record without its end tag that was read without a fault, between two records.

        What follows its count is then complete in itself, so it means the same in any other such record; comments,
        CDATA sections and instructions are left to the parser.
        """
        head = _HEAD.match(piece)
        if head is None or b"<!" in piece or b"<?" in piece:
            return
        self._memory.keep(piece[head.end() :], evidence)

    def _address(self, written: bytes) -> IPAddress | None:
        found = _parsed(written)
        if found is not None:
            if len(self._memory.addresses) >= _MOST_ADDRESSES:
                self._memory.addresses.clear()
            self._memory.addresses[written] = found
        return found


def _parsed(written: bytes) -> IPAddress | None:
    """The address, where it is written in the one usual way."""
    parts = written.split(b".")
    if len(parts) == 4 and all(part.isdigit() and (part[0] != 48 or part == b"0") for part in parts):
        first, second, third, fourth = map(int, parts)
        if max(first, second, third, fourth) > 255:
            return None
        return IPv4Address(first << 24 | second << 16 | third << 8 | fourth)
    found, fault = values.address(written.decode("ascii"))
    return None if fault else found
