"""What is stored of aggregate reports: one summary a report, one value for a domain and day.

Both hold evidence, never a class. A report counts on the UTC day of its period's middle, and its counts are never
split. What does not fit is lumped: its messages stay in exact totals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from staygreen.core.finding import IPAddress
from staygreen.core.reports.report import Evidence, Generation, PublishedPolicy, Quality, Row

MOST_CELLS = 200
"""Cells of one report."""
MOST_DAY_CELLS = 1_000
MOST_PARTS = 200
"""Reporters of one day, each as often as it found another policy."""
SETTLES_AFTER = timedelta(hours=72)
"""Reports that come later than this after a day's end are rare; a day is provisional until then."""


class Cell(NamedTuple):
    """Messages of one source with the same evidence."""

    source: IPAddress | None
    evidence: int
    """Place in the report's `evidence`."""
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Messages that stand in no cell."""

    messages: int = 0
    aligned: int = 0
    """Of these, messages of which SPF or DKIM passes and is aligned."""
    stopped: int = 0
    """Of these, messages that were quarantined or rejected."""

    def __add__(self, other: Rest) -> Rest:
        return Rest(
            messages=self.messages + other.messages,
            aligned=self.aligned + other.aligned,
            stopped=self.stopped + other.stopped,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSummary:
    """One aggregate report."""

    identity: str
    """The same for a report that comes again, and for no other."""
    org: str
    submitter: str
    """Domain of the mail's From header; empty when it did not come by mail."""
    is_proven: bool
    """The mail passed DMARC, and its From domain is the reporter's."""
    generation: Generation
    quality: Quality
    policy: PublishedPolicy
    begin: datetime
    end: datetime
    rows: int
    messages: int
    """Of the records about our domains."""
    evidence: tuple[Evidence, ...] = ()
    cells: tuple[Cell, ...] = ()
    """At most `MOST_CELLS`: what claims to be ours first, then the largest."""
    rest: Rest = Rest()
    foreign_messages: int = 0
    """Messages of records about domains that are not ours: left out of all else."""

    @property
    def day(self) -> date:
        """The UTC day of the period's middle."""
        return day_of(self.begin, self.end)

    def counted(self) -> Iterator[Row]:
        """The cells as rows."""
        return (Row(cell.source, cell.messages, self.evidence[cell.evidence]) for cell in self.cells)


class DayCell(NamedTuple):
    """Messages of one source with the same evidence, in one part of a day."""

    part: int
    """Place in the day's `parts`."""
    source: IPAddress | None
    evidence: int
    """Place in the day's `evidence`."""
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one reporter reported of a domain's day under one policy."""

    org: str
    submitter: str
    is_proven: bool
    generation: Generation
    policy: PublishedPolicy
    begin: datetime
    """The earliest begin of its reports."""
    end: datetime
    """The latest end of its reports."""
    reports: int
    partial: int
    """Of these, reports of which something is missing. They clear nothing."""
    messages: int
    rest: Rest = Rest()

    @property
    def reporter(self) -> tuple[str, str]:
        """Submitter and organization: what tells a reporter from another."""
        return self.submitter, self.org


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainDay:
    """All reports about one policy domain and one UTC day."""

    domain: str
    day: date
    parts: tuple[Part, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    cells: tuple[DayCell, ...] = ()
    others: Rest = Rest()
    """Of reporters beyond `MOST_PARTS`."""

    @property
    def messages(self) -> int:
        """All messages of the day."""
        return sum(part.messages for part in self.parts) + self.others.messages

    def is_provisional(self, now: datetime) -> bool:
        """Whether reports of the day may still come."""
        return now < datetime.combine(self.day + timedelta(days=1), time(), UTC) + SETTLES_AFTER

    def counted(self) -> Iterator[tuple[Part, Row]]:
        """The cells as rows, each with its part."""
        for cell in self.cells:
            yield self.parts[cell.part], Row(cell.source, cell.messages, self.evidence[cell.evidence])


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableReport:
    """A report of any kind that was refused: it has no day, and of its domain nothing is known."""

    submitter: str
    received: datetime
    reason: str


def day_of(begin: datetime, end: datetime) -> date:
    """The UTC day of a period's middle."""
    return (begin + (end - begin) / 2).astimezone(UTC).date()
