"""How sure a share is: the upper 95 % bound of what was seen (Wilson score interval, 1927)."""

from __future__ import annotations

import math

_Z2 = 3.8415
"""Square of the 97.5 % point of the normal distribution."""


def upper(failing: int, of: int) -> float:
    """The share that the true one is below, with the confidence of 97.5 %; 1 where nothing was seen."""
    if of <= 0:
        return 1.0
    share = failing / of
    centre = share + _Z2 / (2 * of)
    spread = math.sqrt(_Z2 * (share * (1 - share) + _Z2 / (4 * of)) / of)
    # rounding must not put the bound below what was seen
    return min(1.0, max(share, (centre + spread) / (1 + _Z2 / of)))


def messages_needed(failing: int, limit: float) -> int:
    """The fewest messages with which so many failing ones keep the bound at or below a limit."""
    least, most = max(failing, 1), max(failing, 1)
    while upper(failing, most) > limit:
        most *= 2
    while least < most:
        middle = (least + most) // 2
        if upper(failing, middle) > limit:
            least = middle + 1
        else:
            most = middle
    return least
