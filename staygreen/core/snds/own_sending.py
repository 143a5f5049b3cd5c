"""What is known of our own sending, for the question whether silence of SNDS means anything.

AWS counts what a whole account sends through SES, not to whom and not from which address. That
sending went on is therefore a reason to look, and no proof that mail to Microsoft did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

_BEFORE = timedelta(days=7)
_REGULAR_DAYS = 5
"""This many days of data in the last week of data make an address one that Microsoft reports on regularly."""
_GOES_ON = 0.5
"""Sending goes on when it is at least this share of what it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """Messages sent on each day (UTC), by everything that the counter covers."""

    of: str
    """Whose they are, for people: ``the account, to all recipients``."""
    by_day: Mapping[date, int]
    """A day that is absent had none."""

    def went_on(self, with_data: Sequence[date], today: date) -> str:
        """How sending went on after the last day with data, in one clause; empty when it did not, or nobody can say.

        Args:
            with_data: The days that Microsoft reported on.
            today: Not over yet, so it counts for nothing.
        """
        last = max(with_data, default=today)
        week = [last - timedelta(days=back) for back in range(_BEFORE.days)]
        since = [last + timedelta(days=ahead) for ahead in range(1, (today - last).days)]
        if not since or len(set(week) & set(with_data)) < _REGULAR_DAYS:
            return ""
        before, after = (fmean(self.by_day.get(day, 0) for day in days) for days in (week, since))
        if before == 0 or after < _GOES_ON * before:
            return ""
        return f"{after:,.0f} messages a day since, {before:,.0f} in the week before (of {self.of})"
