"""Wording of times, lengths of time and counts, the same in every text for people."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_time(at: datetime) -> str:
    """Return a time such as ``14:05 UTC on 3 June 2026``."""
    utc = at.astimezone(UTC)
    return f"{utc:%H:%M} UTC on {utc.day} {utc:%B %Y}"


_TIME = re.compile(rf"\b([0-2]\d):([0-5]\d) UTC on (\d{{1,2}}) ({'|'.join(month_name[1:])}) (\d{{4}})\b", re.ASCII)


def with_times(text: str, written: Callable[[datetime, str], str]) -> str:
    """Return a text in which each time that `utc_time` wrote is written otherwise.

    Args:
        text: What holds the times.
        written: Gets a moment and its words, and gives what stands in their place.
    """

    def replaced(found: re.Match[str]) -> str:
        hour, minute, day, month, year = found.groups()
        try:
            moment = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), tzinfo=UTC)
        except ValueError:  # no such day: nothing of ours
            return found[0]
        return written(moment, found[0])

    return _TIME.sub(replaced, text)


_MONTHS = {name: number for number, name in enumerate(month_name) if name}


def duration(length: timedelta) -> str:
    """Return a length of time in its largest whole unit, such as ``2 hours``."""
    seconds = int(length.total_seconds())
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return plural(seconds // size, word)
    return plural(seconds, "second")


def named(identifier: str, label: str) -> str:
    """A subject with what people call it, such as ``203.0.113.5 (mail.example.com)``; the label may be empty."""
    return f"{identifier} ({label})" if label else identifier


def plural(number: int, word: str) -> str:
    """Return a count with its noun, such as ``1 day``, ``2 days`` or ``7,282 messages``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
