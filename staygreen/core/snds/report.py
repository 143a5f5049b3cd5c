"""Reading SNDS exports: bytes in, rows and flaws out, in the order of the file.

An export is comma-separated text (RFC 4180 quoting), with CRLF or LF, with or without a header,
and is one of two reports, told apart by their shape: IP data has 14 columns, IP status has 4.
Whatever has another shape is refused with its line: a new column that is read as an old one would
give a wrong colour to a good address.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from staygreen.core.snds import rows
from staygreen.core.snds.rows import BadRow, CellError, DataRow, Flaw, StatusRow

Row = DataRow | StatusRow | BadRow

LONGEST_LINE_BYTES = 64 * 1024
LARGEST_EXPORT_BYTES = 256 * 1024 * 1024
# Nobody knows which zone the dates are in: a day of slack keeps an honest file readable.
_ZONE_SLACK = timedelta(days=1)
_MOST_LINES_IN_A_QUOTED_ROW = 8

_DATA_COLUMNS = (
    "ip",
    "activity_start",
    "activity_end",
    "rcpt_commands",
    "data_commands",
    "recipients",
    "filter_result",
    "complaint_rate",
    "trap_start",
    "trap_end",
    "trap_hits",
    "helo",
    "mail_from",
    "comments",
)
_REQUIRED_DATA_COLUMNS = frozenset(_DATA_COLUMNS[:8])
_STATUS_COLUMNS = ("first_ip", "last_ip", "blocked", "details")

# Headers in lower case with letters and digits only. Microsoft renamed some of them over the years.
_HEADERS = {
    "ip": "ip",
    "ipaddress": "ip",
    "activitystart": "activity_start",
    "activityperiodstart": "activity_start",
    "activityend": "activity_end",
    "activityperiodend": "activity_end",
    "rcptcommands": "rcpt_commands",
    "datacommands": "data_commands",
    "messagerecipients": "recipients",
    "recipients": "recipients",
    "filterresult": "filter_result",
    "complaintrate": "complaint_rate",
    "trapmessageperiodstart": "trap_start",
    "trapperiodstart": "trap_start",
    "trapmessageperiodend": "trap_end",
    "trapperiodend": "trap_end",
    "traphits": "trap_hits",
    "spamtraphits": "trap_hits",
    "samplehelo": "helo",
    "helo": "helo",
    "samplemailfrom": "mail_from",
    "mailfrom": "mail_from",
    "jmrp1sender": "mail_from",
    "jmrpp1sender": "mail_from",
    "comments": "comments",
    "samplecomments": "comments",
    "firstip": "first_ip",
    "beginningipaddress": "first_ip",
    "beginningip": "first_ip",
    "startip": "first_ip",
    "lastip": "last_ip",
    "endingipaddress": "last_ip",
    "endingip": "last_ip",
    "endip": "last_ip",
    "blocked": "blocked",
    "details": "details",
    "reason": "details",
}
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which cell holds which column."""

    names: tuple[str, ...]

    @property
    def is_data(self) -> bool:
        return self.names[0] == "ip" or "ip" in self.names

    @property
    def is_plain(self) -> bool:
        return self.names in (_DATA_COLUMNS, _STATUS_COLUMNS)


_DATA = _Layout(_DATA_COLUMNS)
_STATUS = _Layout(_STATUS_COLUMNS)


def parse(lines: Iterable[bytes], *, now: datetime, zone: tzinfo = UTC) -> Iterator[Row]:
    """Yield every row of one export, good and bad, in the order of the file.

    A bad row never stops the rows after it, unless it shows that the whole file has an unknown
    shape (`BadRow.is_final`): then it is the last value.

    Args:
        lines: The file as lines of bytes, with or without their line ends: an open binary file, or
            ``body.splitlines(keepends=True)``. Lines must be cut at LF.
        now: The present (aware); rows about the future are refused.
        zone: What to assume about dates, which name no zone.
    """
    return _Reader(now + _ZONE_SLACK, zone).read(lines)


@dataclass(slots=True)
class _Reader:
    latest: datetime
    zone: tzinfo
    layout: _Layout | None = None
    line: int = 0

    def read(self, lines: Iterable[bytes]) -> Iterator[Row]:
        source = iter(lines)
        for row in self._rows(source):
            yield row
            if isinstance(row, BadRow) and row.is_final:
                return

    def _rows(self, source: Iterator[bytes]) -> Iterator[Row]:
        for raw in source:
            self.line += 1
            if self.line == 1:
                raw, refusal = _without_mark(raw)
                if refusal:
                    yield refusal
                    return
            yield from self._from_line(raw, source)

    def _from_line(self, raw: bytes, source: Iterator[bytes]) -> Iterator[Row]:
        """The row of one line; a quoted cell may take in the lines after it."""
        if self.layout is None:
            refusal = _unknown_document(raw, self.line)
            if refusal:
                yield refusal
                return
        text = self._text(raw)
        if isinstance(text, BadRow):
            yield text
        elif not text or text.isspace():
            return
        elif '"' not in text:
            row = self._row(text.split(","), text, self.line)
            if row is not None:
                yield row
        elif text.count('"') % 2 == 0:
            row = self._quoted_row(text, self.line)
            if row is not None:
                yield row
        else:
            yield from self._row_over_lines(text, source)

    def _text(self, raw: bytes) -> str | BadRow:
        """One line as text, or why it cannot be."""
        if len(raw) > LONGEST_LINE_BYTES:
            return BadRow(
                line=self.line,
                flaw=Flaw.VALUE,
                reason=f"the line is longer than {LONGEST_LINE_BYTES} bytes",
            )
        if b"\0" in raw:
            return BadRow(line=self.line, flaw=Flaw.VALUE, reason="the line has NUL characters in it")
        try:
            return raw.rstrip(b"\r\n").decode()
        except UnicodeDecodeError as error:
            reason = f"the line is not UTF-8 (byte {error.start + 1}); save the file as UTF-8"
            return BadRow(line=self.line, flaw=Flaw.VALUE, reason=reason)

    def _row_over_lines(self, text: str, source: Iterator[bytes]) -> Iterator[Row]:
        """A row whose quoted cell goes on in the next lines, or one bad row and then those lines."""
        start, parts, following = self.line, [text], list[bytes]()
        for raw in source:
            self.line += 1
            following.append(raw)
            more = self._text(raw)
            if isinstance(more, BadRow):
                break
            parts.append(more)
            if more.count('"') % 2 == 1:
                row = self._quoted_row("\n".join(parts), start)
                if row is not None and not isinstance(row, BadRow):
                    yield row
                    return
                break
            if len(parts) > _MOST_LINES_IN_A_QUOTED_ROW:
                break
        yield BadRow(line=start, flaw=Flaw.VALUE, reason="a quoted value does not end", raw=text)
        self.line = start
        replay = iter(following)
        for raw in replay:
            self.line += 1
            yield from self._from_line(raw, replay)

    def _quoted_row(self, text: str, line: int) -> Row | None:
        try:
            cells = next(csv.reader([text], strict=True)) if "\n" not in text else next(_csv_over_lines(text))
        except csv.Error as error:
            return BadRow(line=line, flaw=Flaw.VALUE, reason=f"the quotes cannot be read ({error})", raw=text)
        return self._row(cells, text, line)

    def _row(self, cells: list[str], raw: str, line: int) -> Row | None:
        """One row from its cells; None for a header that is understood."""
        if self.layout is None:
            if _looks_like_header(cells):
                return self._header(cells, raw, line)
            layout = {len(_DATA_COLUMNS): _DATA, len(_STATUS_COLUMNS): _STATUS}.get(len(cells))
            if layout is None:
                return _wrong_width(cells, raw, line, "14 (data) or 4 (status)")
        else:
            layout = self.layout
            if len(cells) != len(layout.names):
                return _wrong_width(cells, raw, line, str(len(layout.names)))
        try:
            row: Row = self._data(cells, raw, line, layout) if layout.is_data else _status(cells, raw, line, layout)
        except CellError as error:
            return BadRow(line=line, flaw=Flaw.VALUE, reason=str(error), raw=raw)
        self.layout = layout
        return row

    def _header(self, cells: list[str], raw: str, line: int) -> BadRow | None:
        names = tuple(_HEADERS.get(_NOT_ALPHANUMERIC.sub("", cell.casefold()), "") for cell in cells)
        known = set(names)
        complete = known >= _REQUIRED_DATA_COLUMNS or known == set(_STATUS_COLUMNS)
        if "" in known or len(known) != len(names) or not complete or {"ip", "first_ip"} <= known:
            strange = [cell.strip() for cell, name in zip(cells, names, strict=True) if not name]
            detail = f"unknown: {', '.join(strange)[:200]}" if strange else "columns are missing or double"
            return BadRow(line=line, flaw=Flaw.HEADER, reason=f"a header of unknown shape ({detail})", raw=raw)
        self.layout = _Layout(names)
        return None

    def _data(self, cells: list[str], raw: str, line: int, layout: _Layout) -> DataRow:
        if not layout.is_plain:
            by_name = dict(zip(layout.names, cells, strict=True))
            cells = [by_name.get(name, "") for name in _DATA_COLUMNS]
        zone = self.zone
        start, end = rows.instant(cells[1], zone), rows.instant(cells[2], zone)
        if end < start:
            raise CellError("the activity ends before it starts")
        if end > self.latest:
            raise CellError(f"the activity ends in the future ({cells[2].strip()})")
        return DataRow(
            ip=rows.address(cells[0]),
            activity_start=start,
            activity_end=end,
            rcpt_commands=rows.count(cells[3]),
            data_commands=rows.count(cells[4]),
            recipients=rows.count(cells[5]),
            filter_result=rows.colour(cells[6]),
            complaint_rate=rows.complaint_rate(cells[7]),
            trap_start=rows.instant_or_none(cells[8], zone),
            trap_end=rows.instant_or_none(cells[9], zone),
            trap_hits=rows.count_or_none(cells[10]),
            helo=cells[11].strip(),
            mail_from=cells[12].strip(),
            comments=cells[13].strip(),
            line=line,
            raw=raw,
        )


def _status(cells: list[str], raw: str, line: int, layout: _Layout) -> StatusRow:
    by_name = dict(zip(layout.names, cells, strict=True))
    first, last = rows.address(by_name["first_ip"]), rows.address(by_name["last_ip"])
    if last < first:
        raise CellError("the range ends before it starts")
    return StatusRow(
        first_ip=first,
        last_ip=last,
        blocked=rows.boolean(by_name["blocked"]),
        details=by_name["details"].strip(),
        line=line,
        raw=raw,
    )


def _csv_over_lines(text: str) -> Iterator[list[str]]:
    return csv.reader(text.splitlines(keepends=True), strict=True)


def _without_mark(raw: bytes) -> tuple[bytes, BadRow | None]:
    """The first line without its byte order mark; UTF-16 and UTF-32 are refused."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        reason = "the file is UTF-16 or UTF-32; save it as UTF-8"
        return raw, BadRow(line=1, flaw=Flaw.ENCODING, reason=reason)
    return raw.removeprefix(b"\xef\xbb\xbf"), None


def _unknown_document(raw: bytes, line: int) -> BadRow | None:
    """Refuse what is no table at all: JSON (no public sample exists) and HTML (a login page)."""
    start = raw.lstrip()[:1]
    if start in (b"{", b"["):
        return BadRow(line=line, flaw=Flaw.JSON, reason="JSON, whose shape is not known; expected CSV")
    if start == b"<":
        return BadRow(line=line, flaw=Flaw.HTML, reason="HTML (a login or error page?); expected CSV")
    return None


def _looks_like_header(cells: list[str]) -> bool:
    """Words in every cell and an address in none: no data row is like that."""
    return len(cells) > 1 and all(cell.strip()[:1].isalpha() for cell in cells)


def _wrong_width(cells: list[str], raw: str, line: int, expected: str) -> BadRow:
    columns = "1 column" if len(cells) == 1 else f"{len(cells)} columns"
    return BadRow(line=line, flaw=Flaw.COLUMNS, reason=f"{columns} instead of {expected}", raw=raw)
