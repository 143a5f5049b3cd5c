"""Sends what the table still owes, once to each channel.

Claim, send, mark: only a sender that dies between sending and marking makes a
repetition, which then carries the same `transition_id`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters.store.incidents import IncidentTable, Owed
from staygreen.core.alerts.alert import Alert
from staygreen.core.errors import SourceUnavailable

LATE = timedelta(minutes=10)
"""What is unsent this long was missed by the stream."""
GIVEN_UP_AFTER = 3
"""After this many failures in one sweep a channel counts as down."""

Now = Callable[[], datetime]
"""The present, asked again for each claim: a sweep may be long."""


class Channel(Protocol):
    """Somewhere that alerts are told."""

    @property
    def channel(self) -> str: ...

    def send(self, alert: Alert) -> None:
        """Deliver, or raise."""
        ...


def deliver(announcement: Owed, table: IncidentTable, channels: Sequence[Channel], now: Now) -> None:
    """Send one announcement to every channel that lacks it; one channel's failure does not stop another.

    Raises:
        SourceUnavailable: When a channel failed; the announcement stays in the outbox.
    """
    failed = _try(announcement, table, channels, now)
    if failed:
        raise SourceUnavailable("; ".join(f"{channel}: {reason}" for channel, reason in failed.items()))


def _try(announcement: Owed, table: IncidentTable, channels: Iterable[Channel], now: Now) -> Mapping[str, str]:
    """Send it; gives the channels that failed, and why."""
    failed: dict[str, str] = {}
    for channel in channels:
        if channel.channel not in announcement.channels:
            continue
        claim = table.claim(announcement, channel.channel, now())
        if claim is None:
            continue
        try:
            channel.send(announcement.message)
        except (ClientError, BotoCoreError, SourceUnavailable) as error:
            table.release(claim)
            failed[channel.channel] = str(error)
            continue
        table.mark(claim, now())
    return failed


def sweep(table: IncidentTable, channels: Sequence[Channel], now: Now, older_than: timedelta = LATE) -> int:
    """Send everything unsent for longer than `older_than`; returns how much was tried.

    Raises:
        SourceUnavailable: When something could not be sent, after everything was tried.
    """
    announcements = list(table.unsent(now() - older_than))
    failures: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for announcement in announcements:
        # A channel that is down would take the time of every announcement; a later sweep asks it again.
        up = [channel for channel in channels if failures[channel.channel] < GIVEN_UP_AFTER]
        failed = _try(announcement, table, up, now)
        failures.update(failed.keys())
        reasons.update(failed)
    if reasons:
        told = "; ".join(f"{channel}: {reason}" for channel, reason in sorted(reasons.items()))
        raise SourceUnavailable(f"not all of {len(announcements)} unsent announcements could be sent: {told}")
    return len(announcements)
