"""How long a function may still ask."""

from __future__ import annotations

from math import inf

TO_WRITE_DOWN = 10.0
"""Seconds before the function's time-out at which the asking ends; what was not asked then is unknown."""


def seconds_left(context: object) -> float:
    """How long DNS may be asked: what is left of the invocation, but for the time to write down what was found."""
    return max(0.0, life_left(context) - TO_WRITE_DOWN)


def life_left(context: object) -> float:
    """Seconds until the invocation is ended; infinite where nothing ends it."""
    left = getattr(context, "get_remaining_time_in_millis", None)
    return inf if left is None else left() / 1000
