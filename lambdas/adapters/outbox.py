"""Sends what the table still owes, once to each channel.

Claim, send, mark: only a sender that dies between sending and marking makes a
repetition, which then carries the same `transition_id`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.adapters.table import IncidentTable, Owed
from lambdas.core.errors import SourceUnavailable
from lambdas.core.message import Alert

LATE = timedelta(minutes=10)
"""What is unsent this long was missed by the stream."""


class Channel(Protocol):
    """Somewhere that alerts are told."""

    @property
    def channel(self) -> str: ...

    def send(self, alert: Alert) -> None:
        """Deliver, or raise."""
        ...


def deliver(announcement: Owed, table: IncidentTable, channels: Sequence[Channel], now: datetime) -> None:
    """Send one announcement to every channel that lacks it; one channel's failure does not stop another.

    Raises:
        SourceUnavailable: When a channel failed; the announcement stays in the outbox.
    """
    failed: list[str] = []
    for channel in channels:
        if channel.channel not in announcement.channels or not table.claim(announcement, channel.channel, now):
            continue
        try:
            channel.send(announcement.message)
        except (ClientError, BotoCoreError, SourceUnavailable) as error:
            table.release(announcement)
            failed.append(f"{channel.channel}: {error}")
            continue
        table.mark(announcement, channel.channel, now)
    if failed:
        raise SourceUnavailable("; ".join(failed))


def sweep(table: IncidentTable, channels: Sequence[Channel], now: datetime, older_than: timedelta = LATE) -> int:
    """Send everything unsent for longer than `older_than`; returns how much was tried.

    Raises:
        SourceUnavailable: When something could not be sent, after everything was tried.
    """
    return _all(table.unsent(now - older_than), table, channels, now)


def _all(announcements: Iterable[Owed], table: IncidentTable, channels: Sequence[Channel], now: datetime) -> int:
    tried = 0
    failed: list[str] = []
    for announcement in list(announcements):
        tried += 1
        try:
            deliver(announcement, table, channels, now)
        except SourceUnavailable as error:
            failed.append(str(error))
    if failed:
        raise SourceUnavailable(f"{len(failed)} of {tried} announcements not sent: {failed[0]}")
    return tried
