"""Records that differ in address and count alone, read without parsing the rest again.

Real reports have few distinct records besides address and count. What follows the count, up to the end of the record,
is parsed once for each distinct text; the same text in the same document says the same. Whatever is not exactly of the
common form takes the ordinary way.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from xml.parsers.expat import ExpatError

from staygreen.core.finding import IPAddress
from staygreen.core.reports import values
from staygreen.core.reports.aggregate_xml.record_parser import RecordParser
from staygreen.core.reports.faults import Faults
from staygreen.core.reports.limits import RefusedError
from staygreen.core.reports.report import Evidence, Quality, Row

END = b"</record>"
_HEAD = re.compile(
    rb"\s{0,200}<record>\s{0,200}<row>\s{0,200}<source_ip>([0-9A-Fa-f:.]{2,45})</source_ip>\s{0,200}"
    rb"<count>([0-9]{1,12})</count>"
)
_SAMPLE = b"<record><row><source_ip>192.0.2.1</source_ip><count>1</count>"
_MOST_SHAPES = 1_000
_MOST_BYTES = 1 << 20
_MOST_ADDRESSES = 4_000
_TRIAL = 200
_LEAST_KNOWN = 0.5


class RecordShapes:
    """The memory of one report."""

    def __init__(self, root: bytes, evidence: dict[Evidence, Evidence]) -> None:
        self._root = root
        self._known: dict[bytes, Evidence | None] = {}
        self._bytes = 0
        self._addresses: dict[bytes, IPAddress] = {}
        self._interned = evidence
        self._asked = self._parsed = 0

    def row(self, piece: bytes) -> Row | None:
        """The row of a record without its end tag; None: the ordinary way has to read it."""
        head = _HEAD.match(piece)
        if head is None:
            return None
        rest = piece[head.end() :]
        evidence = self._known.get(rest)
        if evidence is None:
            evidence = self._learned(rest)
            if evidence is None:
                return None
        self._asked += 1
        written, count = head.groups()
        source: IPAddress | None = self._addresses.get(written)
        if source is None:
            found = self._address(written)
            if found is None:
                return None
            source = found
        return Row(source, int(count), evidence)

    @property
    def is_useful(self) -> bool:
        """Whether enough records were known: else the memory costs more than it saves."""
        return self._parsed < _TRIAL or self._asked > self._parsed / (1 - _LEAST_KNOWN)

    def _learned(self, rest: bytes) -> Evidence | None:
        self._parsed += 1
        if b"<!" in rest or b"<?" in rest or rest in self._known:
            return None
        evidence = self._evidence(rest)
        if len(self._known) >= _MOST_SHAPES or self._bytes > _MOST_BYTES:
            self._known.clear()
            self._bytes = 0
        self._known[rest] = evidence
        self._bytes += len(rest)
        return evidence

    def _evidence(self, rest: bytes) -> Evidence | None:
        """What a record with this end says; None: it is not complete in itself, or has a fault."""
        faults = Faults()
        parser = RecordParser(faults, self._interned)
        try:
            parser.feed(self._root + _SAMPLE + rest + END)
            if not parser.is_between_records:
                return None
        except (ExpatError, RefusedError):
            return None
        if faults.quality is not Quality.WHOLE or len(parser.rows) != 1:
            return None
        return parser.rows[0].evidence

    def _address(self, written: bytes) -> IPAddress | None:
        found = _parsed(written)
        if found is not None:
            if len(self._addresses) >= _MOST_ADDRESSES:
                self._addresses.clear()
            self._addresses[written] = found
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
