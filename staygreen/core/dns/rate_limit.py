"""What one list may be asked at this moment: in flight, per second, per sweep; and how it is left in peace.

Times are seconds of any one clock that never runs backwards. The window shrinks by half when
answers are lost, grows again by one with each answer, and a refusal stops the list for a while,
longer each time. How long an answer may take follows RFC 6298 §2: what answers took, and four
times how much that varied.
"""

from __future__ import annotations

from staygreen.core.dns.route import Limits

SHORTEST_WAIT = 0.5
"""Seconds. What answers take varies more than the first of them show (RFC 6298 §2.4 has a whole second)."""
FIRST_WAIT = 1.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
_BURST = 0.1
"""What was not used may be made up for within this many seconds, and not later."""


class Pace:
    """Lets at most so many through in a second; short bursts of a tenth of that."""

    __slots__ = ("_gap", "_next")

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    def delay(self, now: float) -> float:
        """Seconds until the next may go: 0 when it may go now."""
        return max(0.0, self._next - now)

    def room(self, now: float) -> int:
        """How many may go now."""
        start = max(self._next, now - _BURST)
        return int((now - start) / self._gap) + 1 if start <= now else 0

    def take(self, now: float, count: int = 1) -> None:
        """So many go."""
        self._next = max(self._next, now - _BURST) + self._gap * count


class Budget:
    """The budget of one list during sweeps.

    Args:
        limits: What the list allows at most.
        longest_wait: Seconds after which a single question counts as lost, whatever was measured.
    """

    __slots__ = (
        "_pace", "_pause", "_resume", "_shrunk", "_smooth", "_vary", "answered_at", "in_flight", "left",
        "longest_wait", "most", "window",
    )  # fmt: skip

    def __init__(self, limits: Limits, longest_wait: float) -> None:
        self.most = float(max(1, limits.in_flight))
        self.window = self.most
        self.in_flight = 0
        self.left = limits.questions
        self.longest_wait = longest_wait
        self._pace = Pace(limits.per_second) if limits.per_second else None
        self._pause = FIRST_PAUSE
        self._resume = 0.0
        self.answered_at = 0.0
        self._shrunk = 0.0
        self._smooth = 0.0
        self._vary = 0.0

    @property
    def is_spent(self) -> bool:
        """Whether this sweep's share of the quota is used up."""
        return self.left == 0

    def delay(self, now: float) -> float:
        """Seconds until another question may go, its place in the window aside: 0 when it may go now."""
        wait = self._resume - now
        if self._pace is not None:
            wait = max(wait, self._pace.delay(now))
        return max(wait, 0.0)

    def room(self, now: float) -> int:
        """How many questions may go now."""
        if now < self._resume:
            return 0
        room = int(self.window) - self.in_flight
        if self._pace is not None:
            room = min(room, self._pace.room(now))
        return room if self.left is None else min(room, self.left)

    def sent(self, now: float, count: int = 1) -> None:
        """So many questions went out, for the first time or again."""
        if self._pace is not None:
            self._pace.take(now, count)
        if self.left is not None:
            self.left -= count

    def answered(self, took: float, now: float, count: int = 1) -> None:
        """Answers to questions of one moment came after so many seconds: one measurement, however many."""
        self.answered_at = now
        if self.window < self.most:
            self.window = min(self.most, self.window + count)
            self._pause = FIRST_PAUSE
        if self._smooth:
            self._vary += (abs(took - self._smooth) - self._vary) * 0.25
            self._smooth += (took - self._smooth) * 0.125
        else:
            self._smooth, self._vary = max(took, 1e-9), took / 2

    def lost(self, now: float) -> None:
        """An answer did not come in time; losses of one moment count once."""
        if now >= self._shrunk:
            self.window = max(1.0, self.window / 2)
            self._shrunk = now + self.wait(0)

    def refused(self, now: float) -> None:
        """The list refused to answer: it is left in peace for a while."""
        self.window = 1.0
        if now >= self._resume:
            self._resume = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def wait(self, tries: int) -> float:
        """How many seconds an answer may take after so many tries before it."""
        measured = self._smooth + 4 * self._vary if self._smooth else FIRST_WAIT
        measured = max(measured, SHORTEST_WAIT)
        return min(self.longest_wait, measured * (1 << tries))
