"""Quiet hours: hours of the day, UTC, in which nothing is repaired."""

from __future__ import annotations

import re
from datetime import timedelta

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def parse(text: str) -> tuple[timedelta, timedelta] | None:
    """Start and end of quiet hours such as ``22:00-06:00``, after midnight UTC; None when it is no such text."""
    found = _HOURS.fullmatch(text)
    if found is None or found[1] + found[2] == found[3] + found[4]:
        return None
    hours = [int(part) for part in found.groups()]
    return timedelta(hours=hours[0], minutes=hours[1]), timedelta(hours=hours[2], minutes=hours[3])
