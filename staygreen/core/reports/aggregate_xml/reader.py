"""Reads one DMARC aggregate report, fed in chunks of XML.

The document is taken record by record. A record of a known shape never reaches expat (`record_shapes`); any other goes
through it. Where expat refuses one, what stands since the end of the last record is mended and read again
(`xml_repair`); what cannot be mended is left out, and the report is partial.
"""

from __future__ import annotations

import re
from dataclasses import replace
from xml.parsers.expat import ExpatError

from staygreen.core.reports import values
from staygreen.core.reports.aggregate_xml.charset import Transcoder
from staygreen.core.reports.aggregate_xml.record_parser import RecordParser, StrayRootError
from staygreen.core.reports.aggregate_xml.record_shapes import END, RecordShapes
from staygreen.core.reports.aggregate_xml.xml_repair import repaired
from staygreen.core.reports.faults import Faults
from staygreen.core.reports.limits import LONGEST_SILENCE, RefusedError
from staygreen.core.reports.report import (
    AggregateReport,
    Evidence,
    Generation,
    PublishedPolicy,
    Quality,
    Row,
)
from staygreen.core.reports.values import ValueFault

_HEAD = 1024
_ROOT = re.compile(rb"<feedback(?:\s[^<>]{0,4000})?>")
_SECTION = re.compile(rb"<!--|<!\[CDATA\[|<\?|<!")
_SECTION_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_MOST_STRAYS = 16
"""Ends of records in a row that end none, after which the document is taken in larger pieces: expat begins a comment
or a tag again with every piece."""
_MOST_MARKS = 100_000
"""Beginnings of markup in what is mended."""
_MOST_MENDED = 1_000
"""Faults that are mended in one report: each costs a parser of its own."""
_MOST_BUFFERED = 64 * 1024
_NEXT = re.compile(rb"<\?xml|<feedback[\s>]")
_MOST_EARLY = 10_000
"""Rows that wait for the policy."""
_BLANK = b" \t\r\n\0"
_POLICY = ("p", "sp", "np", "adkim", "aspf", "fo", "pct", "testing", "discovery")
_ONLY_RFC_9990 = ("testing", "discovery", "generator")


class AggregateReader:
    """One report. `feed` hands over rows; `close` the report that they belong to.

    Rows that were handed over are to be dropped when the report turns out to be refused.
    """

    def __init__(self, submitter: str = "", before: AggregateReader | None = None) -> None:
        self.faults = Faults()
        self.following = b""
        """What begins another report after the end of this one."""
        self._submitter = submitter
        # reports behind each other in one text are in the charset of the first
        self._transcoder: Transcoder = before._transcoder if before else Transcoder()
        self._replaced = self._transcoder.replaced
        self._evidence: dict[Evidence, Evidence] = {}
        self._parser = RecordParser(self.faults, self._evidence)
        self._shapes: RecordShapes | None = None
        self._start: bytes | None = None if before else b""
        self._buffer = b""
        self._held: bytearray | None = bytearray()
        self._root = self._section_end = b""
        self._scanned = self._mended = self._strays = 0
        self._is_between = self._is_broken = self._is_over = False
        self._error = self._refusal = ""
        self._early: list[Row] = []
        self._rows = self._messages = 0

    def feed(self, data: bytes) -> list[Row]:
        """The rows that are complete with these bytes."""
        if self._start is not None:
            self._start += data
            if len(self._start) < _HEAD:
                return []
            data = self._begun()
        return self._advanced(self._transcoder.utf_8(data), final=False)

    def refuse(self, reason: str) -> None:
        """Refuse the report for what it came in."""
        self._refusal = reason

    @property
    def is_refused(self) -> bool:
        """Whether what follows need not be read."""
        return bool(self._refusal)

    @property
    def policy(self) -> PublishedPolicy:
        """The policy as far as it was read: rows are handed over after it."""
        get = self._parser.header.get
        return PublishedPolicy(
            domain=values.name(get("policy_domain", "")), **{key: get(key, "").lower() for key in _POLICY}
        )

    def follow(self) -> tuple[AggregateReader, list[Row]]:
        """The reader of the report that begins behind this one, and its first rows."""
        reader = AggregateReader(self._submitter, before=self)
        return reader, reader._advanced(self.following, final=False)

    def close(self) -> tuple[list[Row], AggregateReport]:
        """The last rows, and the report."""
        data = self._begun() if self._start is not None else b""
        # the text goes on where another report follows
        rows = self._advanced(self._transcoder.utf_8(data, final=not self.following), final=True)
        if self._transcoder.replaced != self._replaced:
            self.faults.note("bytes that are not of the declared charset")
        if self._transcoder.fault:
            self.faults.note(self._transcoder.fault)
        self._parser.release()
        return rows, self._report()

    def _begun(self) -> bytes:
        start, self._start = self._start or b"", None
        start = start.lstrip(_BLANK) if not start.startswith((b"\0<", b"\xfe\xff", b"\xff\xfe")) else start
        return self._transcoder.begin(start).lstrip(b" \t\r\n")

    def _advanced(self, data: bytes, *, final: bool) -> list[Row]:
        if self._refusal:
            return []
        try:
            rows = [] if self._is_over else self._pieces(data, final=final)
        except RefusedError as error:
            self._refusal = str(error)
            return []
        if self._is_over:
            self._hand_over(rows)
        rows = self._after_policy(rows, final=final)
        self._rows += len(rows)
        self._messages += sum(row[1] for row in rows)
        return rows

    def _after_policy(self, rows: list[Row], *, final: bool) -> list[Row]:
        """Hold rows back until the policy was read: what is aligned depends on it."""
        if not self._early and ("policy_domain" in self._parser.header or final):
            return rows
        self._early += rows
        if "policy_domain" not in self._parser.header and not final:
            if len(self._early) <= _MOST_EARLY:
                return []
            self.faults.note("the policy stands behind the records", True)
        rows, self._early = self._early, []
        return rows

    def _pieces(self, data: bytes, *, final: bool) -> list[Row]:
        held = self._buffer + data if self._buffer else data
        pieces = [held] if self._strays > _MOST_STRAYS else held.split(END)
        self._buffer = pieces.pop()
        rows: list[Row] = []
        for number, piece in enumerate(pieces):
            if self._is_between and self._shapes is not None:
                row = self._shapes.row(piece)
                if row is not None:
                    rows.append(row)
                    continue
            self._read_record(piece, rows)
            if self.following:
                self.following += END.join((*pieces[number + 1 :], self._buffer))
                self._buffer = b""
                return rows
            if self._strays > _MOST_STRAYS:
                self._buffer = END.join((*pieces[number + 1 :], self._buffer))
                break
        self._read_rest(rows, final=final)
        if self.following:
            self.following, self._buffer = self.following + self._buffer, b""
        return rows

    def _read_record(self, piece: bytes, rows: list[Row]) -> None:
        """Put a record through expat, and remember its shape where it stands between two others without a fault."""
        is_between, faults, before = self._is_between, self.faults.number, len(rows)
        self._read(piece + END, rows, is_complete=True)
        self._strays = 0 if self._is_between else self._strays + 1
        is_alone = is_between and self._is_between and len(rows) == before + 1 and self.faults.number == faults
        if is_alone and self._shapes is not None:
            self._shapes.learn(piece, rows[-1].evidence)

    def _read_rest(self, rows: list[Row], *, final: bool) -> None:
        if final:
            rest, self._buffer = self._buffer, b""
            self._read(rest, rows, is_complete=True)
            self._finish()
        elif len(self._buffer) > _MOST_BUFFERED:
            rest, self._buffer = self._buffer[: -len(END)], self._buffer[-len(END) :]
            self._read(rest, rows, is_complete=False)
        if self._held is None or final:
            self._hand_over(rows)

    def _hand_over(self, rows: list[Row]) -> None:
        rows.extend(self._parser.rows)
        self._parser.rows.clear()

    def _read(self, data: bytes, rows: list[Row], *, is_complete: bool) -> None:
        """Put bytes through expat; a complete piece ends with a record or the document."""
        if self._is_over or not data:
            return
        if self._parser.is_root_closed:
            self._leave(data)
            return
        if self._held is not None:
            self._held += data
            self._held = self._held if len(self._held) <= LONGEST_SILENCE else None
        if not self._is_broken:
            self._parse(data)
        if self._is_broken and is_complete:
            self._mend(rows)
        is_whole = is_complete and not self._is_broken and not self._is_over
        self._is_between = is_whole and self._parser.depth == 1 and self._is_outside
        if self._is_between:
            self._settle(rows)

    @property
    def _is_outside(self) -> bool:
        """Whether what stands since the last record ends outside of comments, CDATA sections and instructions.

        Each byte is looked at once, however often this is asked.
        """
        held = self._held
        if held is None:
            return False
        while True:
            if self._section_end:
                end = held.find(self._section_end, self._scanned)
                if end < 0:
                    self._scanned = max(self._scanned, len(held) - len(self._section_end) + 1)
                    return False
                self._scanned, self._section_end = end + len(self._section_end), b""
            start = _SECTION.search(held, self._scanned)
            if start is None:
                self._scanned = max(self._scanned, len(held) - 1)
                return True
            self._scanned, self._section_end = start.end(), _SECTION_ENDS.get(start[0], b">")

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed(data)
        except (ExpatError, StrayRootError) as error:
            if self._parser.is_root_closed:
                self._leave(self._parser.unread)
            else:
                self._is_broken, self._error = True, str(error) or "a schema around the report"

    def _settle(self, rows: list[Row]) -> None:
        """Between records: what was read until now stands."""
        self._hand_over(rows)
        if not self._root:
            found = _ROOT.search(self._held or b"")
            self._root = found[0] if found else b""
        self._held = bytearray()
        self._scanned, self._section_end = 0, b""
        # a record was read: its elements are in the namespace that counts, and so is what follows
        if self._root and rows and self._shapes is None:
            self._shapes = RecordShapes(self._root)

    def _mend(self, rows: list[Row]) -> None:
        """Read again what stands since the last record, mended; else leave out the record that breaks."""
        self._is_broken = False
        self._mended += 1
        held = self._held or b""
        is_large = held.count(b"<") + held.count(b"&") > _MOST_MARKS
        if (self._held is None and not self._root) or self._mended > _MOST_MENDED or is_large:
            self._break_off()
            return
        fixed = repaired(bytes(self._held or b""), self._root)
        if self._held is not None and self._is_readable(self._root + fixed, self._parser.header if self._root else {}):
            self.faults.note(f"XML that is not well-formed, mended ({self._error.partition(':')[0]})")
            return
        self.faults.note(f"a record that cannot be read ({self._error.partition(':')[0]})", True)
        before = self._root or fixed[: max(0, fixed.rfind(b"<record"))]
        if not self._is_readable(before, self._parser.header if self._root else {}):
            self._break_off()
            return
        self._hand_over(rows)

    def _is_readable(self, xml: bytes, header: dict[str, str]) -> bool:
        """Read on with a new parser, where it can read this."""
        parser = RecordParser(self.faults, self._evidence, header)
        self._parser.release()
        try:
            parser.feed(xml)
        except (ExpatError, StrayRootError):
            if not parser.is_root_closed:
                parser.release()
                return False
            self._parser = parser
            self._leave(parser.unread)
            return True
        self._parser = parser
        return True

    def _break_off(self) -> None:
        self._is_over = True
        self.faults.note(f"the XML breaks off ({self._error})", True)

    def _leave(self, data: bytes) -> None:
        """Note what stands after the end of the root: another report, or nothing that counts."""
        rest = data.strip(_BLANK)
        if _NEXT.match(rest):
            self.following = rest
        elif rest:
            self._is_over = True
            self.faults.note("other bytes after the end of the report are ignored")

    def _finish(self) -> None:
        if self._is_over or self._parser.is_root_closed:
            return
        if not self._parser.is_root_open:
            raise RefusedError(f"no report: {self._error or 'the XML has no element'}")
        self.faults.note("the XML ends before the report does", True)

    def _report(self) -> AggregateReport:
        if self._refusal:
            return self._refused(self._refusal)
        header = self._parser.header
        if not header and not self._rows:
            return self._refused(f"nothing in it can be read{f': {self._error}' if self._error else ''}")
        try:
            begin, end, mended = values.period(header.get("begin", ""), header.get("end", ""))
        except ValueFault as error:
            return self._refused(f"its period cannot be used: {error}")
        for fault in mended:
            self.faults.note(fault)
        made = self._described(AggregateReport(quality=Quality.WHOLE, begin=begin, end=end))
        return replace(
            made, quality=self.faults.quality, reasons=self.faults.reasons, rows=self._rows, messages=self._messages
        )

    def _refused(self, reason: str) -> AggregateReport:
        return self._described(AggregateReport(quality=Quality.REFUSED, reasons=(reason,)))

    def _described(self, report: AggregateReport) -> AggregateReport:
        get = self._parser.header.get
        email = get("email", "")
        policy = self.policy
        if report.quality is not Quality.REFUSED:
            if not policy.domain:
                self.faults.note("no policy domain", True)
            if not get("report_id"):
                self.faults.note("no report id")
            if not get("org"):
                self.faults.note("no name of the reporter")
        return replace(
            report,
            org=get("org") or email.rpartition("@")[2].strip("<> "),
            email=email,
            report_id=get("report_id", ""),
            generation=_generation(self._parser.header),
            generator=get("generator", ""),
            policy=policy,
            submitter=self._submitter,
        )


def _generation(header: dict[str, str]) -> Generation:
    """Which standard the elements are of: some are of one alone; `np` was in use before the newer one."""
    if any(header.get(key) for key in _ONLY_RFC_9990):
        return Generation.RFC_9990
    return Generation.RFC_9990 if header.get("np") and not header.get("pct") else Generation.RFC_7489
