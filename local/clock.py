"""The local cloud's time: real time plus a shift that a file holds.

The file's name is in STAYGREEN_CLOCK_FILE; it holds a decimal number of seconds. The emulator's schedules, alarms,
metrics and expiry of items, and every deployed function, take their time from it; request signing keeps real time.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any


def shift(file: Path | None = None) -> timedelta:
    """How far the local time is ahead of the real one."""
    if file is None and "STAYGREEN_CLOCK_FILE" not in os.environ:
        return timedelta(0)
    try:
        return timedelta(seconds=float(_file(file).read_text().strip() or 0))
    except FileNotFoundError:
        return timedelta(0)


def advance(by: timedelta, file: Path | None = None) -> timedelta:
    """Move the local time on. Gives the whole shift.

    A schedule fires once for each call that passes its due time: to see every run of a longer time, call hour by hour.
    """
    whole = shift(file) + by
    target = _file(file)
    part = target.with_suffix(".part")
    part.write_text(f"{whole.total_seconds()}\n")
    part.replace(target)
    return whole


def _file(file: Path | None) -> Path:
    return file or Path(os.environ["STAYGREEN_CLOCK_FILE"])


class ShiftedTime:
    """Stands in for the module `time` in those parts of the emulator that live in the moved time."""

    def time(self) -> float:
        return time.time() + shift().total_seconds()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
