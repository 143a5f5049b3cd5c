"""Step Functions Wait states end by the local clock: a wait of a day ends when the clock is moved on by a day.

Source: Amazon States Language, "Wait" (Timestamp, TimestampPath); not verified.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ministack.services import stepfunctions

from local import clock

_LOOK_SECONDS = 0.1


def install() -> None:
    """Let waits look at the moved time instead of sleeping through it."""
    stepfunctions._sleep_until = sleep_until


def sleep_until(timestamp: str) -> None:
    """Return once the local time has reached the timestamp."""
    until = datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    while datetime.now(UTC) + clock.shift() < until:
        time.sleep(_LOOK_SECONDS)
