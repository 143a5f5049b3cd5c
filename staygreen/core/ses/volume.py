"""What is a sudden change of volume, the one cause for throttling that Microsoft's staff name: pure judgements.

A day is compared with the larger of two medians: of the 14 days before it, and of the same weekday in them. Days before
a silence of a week count for nothing, since the receiver has forgotten them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from staygreen.core.finding import State
from staygreen.core.ses.reputation import Measured

JUMP, AFTER_SILENCE = "volume_jump", "volume_after_silence"
LOOKS_BACK = timedelta(days=15)
"""How far before today days are needed: today and yesterday are judged, each by its fortnight."""
_WEEK, _FORTNIGHT = 7, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """From where on a volume is sudden."""

    factor: float = 2.0
    """Times the median."""
    minimum: int = 500
    """Messages a day below which nothing is sudden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    on: date
    sent: int
    before: tuple[int, ...]
    """The days before it, the nearest first, as far back as they count."""

    @property
    def expected(self) -> float:
        """What is usual."""
        same_weekday = self.before[_WEEK - 1 :: _WEEK]
        return max(median(self.before), median(same_weekday or (0,))) if self.before else 0.0


def judge(days: Mapping[date, int], today: date, usual: Usual, what: str) -> Iterator[Measured]:
    """Judge today, and yesterday too: a change is over when a whole day was within what is usual.

    Args:
        days: Messages by day; one that is absent had none.
        today: Not over yet.
        usual: From where on a volume is sudden.
        what: Whose messages they are, for people.
    """
    looked_at = [_day(days, day) for day in (today, today - timedelta(days=1))]
    sudden = [each for each in looked_at if each.sent >= usual.minimum]
    jumps = [each for each in sudden if each.before and each.sent > usual.factor * each.expected]
    yield _measured(JUMP, jumps, looked_at[0], what, "{expected:,.0f} a day is usual")
    woken = [each for each in sudden if not each.before]
    yield _measured(AFTER_SILENCE, woken, looked_at[0], what, "after a week without any")


def _day(days: Mapping[date, int], on: date) -> _Day:
    before = [days.get(on - timedelta(days=back), 0) for back in range(1, _FORTNIGHT + 1)]
    silence = next((at for at in range(_FORTNIGHT - _WEEK + 1) if not any(before[at : at + _WEEK])), None)
    counting = before[:silence]
    while counting and not counting[-1]:
        counting.pop()
    return _Day(on=on, sent=days.get(on, 0), before=tuple(counting))


def _measured(cause: str, bad: list[_Day], today: _Day, what: str, beside: str) -> Measured:
    told = bad or [today]
    text = "; ".join(
        f"{what} sent {each.sent:,} messages on {each.on}, {beside.format(expected=each.expected)}" for each in told
    )
    worst = max(told, key=lambda each: each.sent)
    return Measured(cause=cause, state=State.BAD if bad else State.OK, text=text, data={"sent": str(worst.sent)})
