"""What was wrong with a report, gathered within bounds, and the quality that follows."""

from __future__ import annotations

from collections import Counter

from staygreen.core.reports.report import Quality

_MOST_REASONS = 20


class Faults:
    """Reasons, each with how often it was met."""

    def __init__(self) -> None:
        self._mended: Counter[str] = Counter()
        self._missing: Counter[str] = Counter()
        self.number = 0
        """How many were noted."""

    def note(self, reason: str, is_missing: bool = False) -> None:
        """Note a reason: something was mended, or is missing in what was read."""
        self.number += 1
        reasons = self._missing if is_missing else self._mended
        reasons[reason if reason in reasons or len(reasons) < _MOST_REASONS else "other faults"] += 1

    def include(self, other: Faults) -> None:
        """Add what was wrong with what this came in."""
        self.number += other.number
        self._mended.update(other._mended)
        self._missing.update(other._missing)

    @property
    def is_missing(self) -> bool:
        """Whether something is missing."""
        return bool(self._missing)

    @property
    def quality(self) -> Quality:
        """Whole, repaired or partial."""
        if self._missing:
            return Quality.PARTIAL
        return Quality.REPAIRED if self._mended else Quality.WHOLE

    @property
    def reasons(self) -> tuple[str, ...]:
        """Each reason once, with its number where it was met again; what is missing first."""
        both = (*self._missing.items(), *self._mended.items())
        return tuple(reason if times == 1 else f"{reason} ({times} times)" for reason, times in both)
