"""The days that a picture shows, and which of them a source says nothing about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import TypeVar

from staygreen.core.wording import plural

T = TypeVar("T")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days (UTC) from the first to the last, both included."""

    first: date
    last: date

    @classmethod
    def until(cls, now: datetime, length: timedelta) -> Period:
        """The days of a length of time that ends now, today included.

        Args:
            now: The present (aware).
            length: At least a day.
        """
        today = now.astimezone(UTC).date()
        return cls(today - timedelta(days=max(length.days, 1) - 1), today)

    @property
    def count(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def begin(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last, time(), UTC) + _DAY

    def __iter__(self) -> Iterator[date]:
        """Each day, the oldest first."""
        return (self.first + timedelta(days=n) for n in range(self.count))

    def __contains__(self, day: object) -> bool:
        """Whether it has a day."""
        return isinstance(day, date) and self.first <= day <= self.last

    def place(self, day: date) -> int:
        """The number of a day in it, from 0."""
        return (day - self.first).days

    def share(self, at: datetime) -> float:
        """Where a moment lies in it, from 0 to 1; what lies outside, at its edge."""
        return min(max((at - self.begin) / (self.end - self.begin), 0.0), 1.0)

    def overlaps(self, begun: datetime, ended: datetime | None) -> bool:
        """Whether a span of time, None: that goes on, touches it."""
        return begun < self.end and (ended is None or ended >= self.begin)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of which a source says nothing."""

    source: str
    """As a person calls it: ``SNDS``."""
    days: tuple[date, ...]
    why: str
    """Such as ``not read``."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        """Return what a person reads: ``3 Nov 2026`` or ``3 to 9 Nov 2026``."""
        if self.first == self.last:
            return day_text(self.first)
        begin = f"{self.first.day}" if _same_month(self) else f"{self.first.day} {self.first:%b}"
        begin += "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{begin} to {day_text(self.last)}"


def stretches(days: Iterable[date]) -> tuple[Stretch, ...]:
    """Days as stretches, the oldest first."""
    numbered = enumerate(sorted(set(days)))
    groups = ([day for _, day in group] for _, group in groupby(numbered, lambda each: each[1] - each[0] * _DAY))
    return tuple(Stretch(group[0], group[-1]) for group in groups)


def runs(values: Sequence[T]) -> Iterator[tuple[int, int, T]]:
    """Equal neighbours together: the place of the first, that after the last, and what they are."""
    start = 0
    for value, group in groupby(values):
        length = len(list(group))
        yield start, start + length, value
        start += length


def day_text(day: date) -> str:
    """A day such as ``3 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"


def gap_text(gap: Gap, most: int = 3) -> str:
    """One sentence that says which days are missing, of which source, and why."""
    found = stretches(gap.days)
    named = ", ".join(map(str, found[:most])) + (
        f" and {len(found) - most} more stretches" if len(found) > most else ""
    )
    return f"{gap.source}: no data of {plural(len(gap.days), 'day')} ({named}); {gap.why}."


def _same_month(stretch: Stretch) -> bool:
    return (stretch.first.year, stretch.first.month) == (stretch.last.year, stretch.last.month)
