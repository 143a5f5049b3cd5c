"""The rows of SNDS exports, and what their cells may say.

Columns and formats as collected from public clients of the old export and of the REST API that
replaced it in June 2026 (14 columns of IP data, 4 of IP status; verified 2026-11-23). Microsoft
publishes no specification: a cell that is none of the known forms is refused, never guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address
from typing import Literal

Operator = Literal["<", "=", ">", ">="]


class Colour(str, Enum):
    """The filter result: how much of a day's mail was judged to be spam."""

    GREEN = "GREEN"
    """Less than 10 %."""
    YELLOW = "YELLOW"
    """10 % to 90 %."""
    RED = "RED"
    """More than 90 %."""


class Flaw(Enum):
    """Why a row, or all that follows it, cannot be read."""

    VALUE = "value"
    """A cell is none of the known forms."""
    COLUMNS = "columns"
    HEADER = "header"
    JSON = "json"
    HTML = "html"
    ENCODING = "encoding"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class ComplaintRate:
    """A complaint rate as SNDS bounds it: ``< 0.1%`` is below 0.001, and not 0.001.

    `value` is a fraction, 0 to 1. A range is ``>=`` its low end.
    """

    op: Operator
    value: float

    @property
    def at_least(self) -> float:
        """The rate that is certain to be reached; 0 when only an upper bound is known."""
        return 0.0 if self.op == "<" else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRow:
    """What SNDS says of one address on one day.

    Counts are for the activity period. The file names no zone for its dates; they carry the zone
    that the reader was told to assume.
    """

    ip: IPv4Address
    activity_start: datetime
    activity_end: datetime
    rcpt_commands: int
    data_commands: int
    recipients: int
    filter_result: Colour | None
    complaint_rate: ComplaintRate | None
    trap_start: datetime | None
    trap_end: datetime | None
    trap_hits: int | None
    """None when the cell is empty, which is not 0: Microsoft stopped counting in July 2026."""
    helo: str
    mail_from: str
    comments: str
    line: int
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """A range of addresses that Microsoft treats as not normal."""

    first_ip: IPv4Address
    last_ip: IPv4Address
    blocked: bool
    details: str
    line: int
    raw: str

    @property
    def junked(self) -> bool:
        """Whether mail goes to the junk folder. The report lists only what is not normal: not blocked is junked."""
        return not self.blocked or "junked" in self.details.casefold()

    def covers(self, address: IPv4Address) -> bool:
        """Whether `address` is in the range; ranges are compared, never expanded."""
        return self.first_ip <= address <= self.last_ip


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be read, by its line (from 1), with the reason for a person."""

    line: int
    flaw: Flaw
    reason: str
    raw: str = ""

    @property
    def is_final(self) -> bool:
        """Whether nothing after it was read: the whole file has an unknown shape."""
        return self.flaw in (Flaw.HEADER, Flaw.JSON, Flaw.HTML, Flaw.ENCODING, Flaw.SIZE)


class CellError(ValueError):
    """When a cell is none of the known forms; the text is for a person."""


# .NET prints U+202F before AM and PM on some systems; \s covers it.
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp])\.?[Mm]\.?", re.ASCII)
_US_DATE_UNICODE_SPACE = re.compile(r"[\u00a0\u2009\u202f]")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_RATE = re.compile(r"([<>])?\s*(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)
_RATE_RANGE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%?\s*[-\u2013]\s*(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)
_LARGEST_COUNT = 10**12
_BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}


@lru_cache(maxsize=1 << 16)
def address(text: str) -> IPv4Address:
    """An IPv4 address; SNDS has no IPv6 (verified 2026-11-23)."""
    try:
        return IPv4Address(text.strip())
    except AddressValueError:
        raise CellError(f"{_quoted(text)} is not an IPv4 address") from None


@lru_cache(maxsize=1 << 14)
def instant(text: str, zone: tzinfo) -> datetime:
    """A date and time: ``9/11/2026 8:00 AM`` (month first), or ISO 8601.

    Args:
        text: The cell.
        zone: What to assume where the text names no zone, which is always so in the known files.
    """
    found = _US_DATE.fullmatch(_US_DATE_UNICODE_SPACE.sub(" ", text.strip()))
    try:
        if found:
            return _american(found, zone)
        if _ISO_DATE.fullmatch(text.strip()):
            read = datetime.fromisoformat(text.strip())
            return read if read.tzinfo else read.replace(tzinfo=zone)
    except ValueError:
        raise CellError(f"{_quoted(text)} is not a date that exists") from None
    raise CellError(f"{_quoted(text)} is not a date of the form 9/11/2026 8:00 AM")


def _american(found: re.Match[str], zone: tzinfo) -> datetime:
    month, day, year, hour, minute = (int(part) for part in found.group(1, 2, 3, 4, 5))
    if not 1 <= hour <= 12:
        raise ValueError("hours with AM or PM are 1 to 12")
    afternoon = 12 if found[7] in "Pp" else 0
    return datetime(year, month, day, hour % 12 + afternoon, minute, int(found[6] or 0), tzinfo=zone)


def instant_or_none(text: str, zone: tzinfo) -> datetime | None:
    """As `instant`; None when the cell is empty."""
    return instant(text, zone) if text and not text.isspace() else None


def count(text: str) -> int:
    """A count, 0 or more."""
    if text.isdigit() and text.isascii():
        number = int(text) if len(text) <= 13 else _LARGEST_COUNT + 1
        if number <= _LARGEST_COUNT:
            return number
        raise CellError(f"{_quoted(text)} is too large for a count")
    trimmed = text.strip()
    if trimmed != text:
        return count(trimmed)
    if trimmed.startswith("-") and trimmed[1:].isdigit():
        raise CellError(f"{_quoted(text)} is a negative count")
    raise CellError(f"{_quoted(text)} is not a count")


def count_or_none(text: str) -> int | None:
    """As `count`; None when the cell is empty."""
    return count(text) if text and not text.isspace() else None


@lru_cache(maxsize=64)
def colour(text: str) -> Colour | None:
    """A filter result; None when the cell is empty."""
    if not text.strip():
        return None
    try:
        return Colour(text.strip().upper())
    except ValueError:
        raise CellError(f"{_quoted(text)} is not a filter result (GREEN, YELLOW, RED)") from None


@lru_cache(maxsize=4096)
def complaint_rate(text: str) -> ComplaintRate | None:
    """A complaint rate: ``< 0.1%``, ``0.4%``, ``> 5%``, ``0.1-0.3%``; None when the cell is empty."""
    trimmed = text.strip()
    if not trimmed:
        return None
    if found := _RATE.fullmatch(trimmed):
        op: Operator = "<" if found[1] == "<" else ">" if found[1] == ">" else "="
        return ComplaintRate(op, _fraction(found[2], text))
    if found := _RATE_RANGE.fullmatch(trimmed):
        low, high = _fraction(found[1], text), _fraction(found[2], text)
        if low <= high:
            return ComplaintRate(">=", low)
    raise CellError(f"{_quoted(text)} is not a complaint rate such as < 0.1% or 0.4%")


def _fraction(percent: str, cell: str) -> float:
    # Decimal: 0.1 / 100 in floats is not the float that 0.001 reads as.
    value = float(Decimal(percent) / 100)
    if value > 1:
        raise CellError(f"{_quoted(cell)} is more than 100 %")
    return value


def boolean(text: str) -> bool:
    """Yes, No, True or False, in any case."""
    try:
        return _BOOLEANS[text.strip().casefold()]
    except KeyError:
        raise CellError(f"{_quoted(text)} is neither yes nor no") from None


def _quoted(text: str) -> str:
    shown = text if len(text) <= 60 else text[:57] + "..."
    return repr(shown)
