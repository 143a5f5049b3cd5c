"""What is kept of SNDS, one row for each address and report date, and which dates to read next.

Rows are keyed by the date that was asked for, never by a date in the row: those name no zone.
Data for a day appears one to two days later, for single addresses later still.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import IPv4Address

from staygreen.core.snds.rows import Colour, ComplaintRate, DataRow

KEPT = timedelta(days=400)
WINDOW_DAYS = 30
_LATE_ROWS = timedelta(days=3)
_LATE_DAYS = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is known of one address on one report date. A count that its source lacks is None."""

    ip: IPv4Address
    on: date
    """The report date."""
    source: str
    filter_result: Colour | None
    rcpt_commands: int | None
    data_commands: int | None
    recipients: int | None
    complaint_rate: ComplaintRate | None
    trap_hits: int | None
    raw: str = ""

    @classmethod
    def of_row(cls, row: DataRow, day: date, source: str) -> Day:
        """The day that one row of a report for `day` tells of."""
        return cls(
            ip=row.ip,
            on=day,
            source=source,
            filter_result=row.filter_result,
            rcpt_commands=row.rcpt_commands,
            data_commands=row.data_commands,
            recipients=row.recipients,
            complaint_rate=row.complaint_rate,
            trap_hits=row.trap_hits,
            raw=row.raw,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """That a report date was read, and when."""

    read_at: datetime
    rows: int


def window(today: date) -> Iterator[date]:
    """The report dates that can be of interest, newest first: yesterday and the 29 days before it."""
    return (today - timedelta(days=back) for back in range(1, WINDOW_DAYS + 1))


def dates_to_read(now: datetime, marks: Mapping[date, Mark]) -> tuple[date, ...]:
    """The dates of the window whose rows are not all stored yet, oldest first.

    A date with rows is read again while single addresses can still be late; a date without rows
    is asked for until its sixth day, and once at any age.

    Args:
        now: The present (aware); its UTC date is today.
        marks: The dates that were read, by date.
    """
    return tuple(sorted(day for day in window(now.date()) if not _is_settled(day, marks.get(day), now)))


def _is_settled(day: date, mark: Mark | None, now: datetime) -> bool:
    if mark is None:
        return False
    midnight = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
    return mark.read_at >= midnight + (_LATE_ROWS if mark.rows else _LATE_DAYS)
