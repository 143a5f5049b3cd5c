"""Sends what the table still owes, once to each channel.

Claim, send, mark: only a sender that dies between sending and marking makes a
repetition, which then carries the same `transition_id`. Each channel goes through
the announcements on its own: what one of them does to one announcement delays
neither the other announcements nor the other channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from math import inf
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from staygreen.adapters.store.incidents import CLAIM, Claim, IncidentTable, NoAnnouncement, Owed
from staygreen.core.alerts.alert import Alert
from staygreen.core.errors import SourceUnavailable, Undeliverable

LATE = timedelta(minutes=10)
"""What is unsent this long was missed by the stream."""
GIVEN_UP_AFTER = 3
"""After this many failures running a channel counts as down, and is left alone until the next sweep."""
STUCK_AFTER = timedelta(hours=6)
"""An announcement that a channel has failed to take for this long, while it takes others, is given up."""
DOWN_FOR = timedelta(hours=24)
"""One that a channel has failed to take for this long, as it takes none, is given up too."""
ENOUGH = 20.0
"""Seconds of its life that a sender keeps for what it has begun: the longest that a channel may take."""
REFUSED_BY_AWS = frozenset(
    {"InvalidParameter", "InvalidParameterValue", "ValidationException", "InvalidExecutionInput", "InvalidName"}
)
"""Codes of errors that say that the announcement is at fault, not the channel (API references of Amazon SNS, Publish,
and AWS Step Functions, StartExecution; recalled, not verified)."""

BY_THE_TABLE = (ClientError, BotoCoreError)
MARKED_WITHIN = 3
"""Attempts to record that a channel has an announcement."""

Now = Callable[[], datetime]
"""The present, asked again for each claim: a sweep may be long."""


class Channel(Protocol):
    """Somewhere that alerts are told."""

    @property
    def channel(self) -> str: ...

    def send(self, alert: Alert) -> None:
        """Deliver, or raise `Undeliverable` for what this alert is, anything else for what the channel is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a channel did not take, and why."""

    announcement: Owed
    channel: str
    reason: str


@dataclass(slots=True)
class Sent:
    """What came of a round."""

    order: Sequence[tuple[str, str]]
    """Keys of the announcements as they were handed in."""
    failures: list[Failure] = field(default_factory=list)
    """Tried again later."""
    given_up: list[Failure] = field(default_factory=list)
    """Tried no more, until `staygreen redrive`."""
    unreadable: list[str] = field(default_factory=list)
    """Where in the table something stands that is no announcement, and why."""
    postponed: list[Owed] = field(default_factory=list)
    """Left for another round: the channel is down, the time is over, or earlier news of the incident failed."""

    @property
    def unsent(self) -> Sequence[Owed]:
        """What some channel is to be tried for again; each once, in the order of the round."""
        left = {(each.pk, each.sk): each for each in (*(f.announcement for f in self.failures), *self.postponed)}
        return sorted(left.values(), key=lambda each: self.order.index((each.pk, each.sk)))

    @property
    def tried(self) -> int:
        """How many announcements there were."""
        return len(self.order)

    @property
    def reasons(self) -> str:
        """Why channels failed, one reason each."""
        told = {failure.channel: failure.reason for failure in (*self.failures, *self.given_up)}
        return "; ".join([*(f"{channel}: {reason}" for channel, reason in sorted(told.items())), *self.unreadable])


def sweep(
    table: IncidentTable,
    channels: Sequence[Channel],
    now: Now,
    older_than: timedelta = LATE,
    seconds_left: Callable[[], float] = lambda: inf,
) -> Sent:
    """Send everything unsent for longer than `older_than`, as far as the time goes."""
    found = list(table.unsent(now() - older_than))
    sent = deliver([each for each in found if isinstance(each, Owed)], table, channels, now, seconds_left)
    sent.unreadable += [str(each) for each in found if isinstance(each, NoAnnouncement)]
    return sent


def deliver(
    announcements: Sequence[Owed],
    table: IncidentTable,
    channels: Sequence[Channel],
    now: Now,
    seconds_left: Callable[[], float] = lambda: inf,
) -> Sent:
    """Send announcements to every channel that lacks them.

    Args:
        announcements: As they stood lately.
        table: Where they stand.
        channels: Each has an equal share of the time that those before it leave.
        now: The clock.
        seconds_left: How long the sender will live.
    """
    sent = Sent(order=[(each.pk, each.sk) for each in announcements])
    for n, channel in enumerate(channels):
        left = seconds_left()
        kept_for_others = 0.0 if left == inf else left * (1 - 1 / (len(channels) - n))
        turn = _Round(table=table, channel=channel, now=now, seconds_left=seconds_left)
        turn.go(announcements, sent, max(ENOUGH, kept_for_others))
    return sent


@dataclass(slots=True, kw_only=True)
class _Round:
    """One channel's way through the announcements."""

    table: IncidentTable
    channel: Channel
    now: Now
    seconds_left: Callable[[], float]
    failed: list[tuple[Claim, Exception]] = field(default_factory=list)
    unclaimed: list[tuple[Owed, Exception]] = field(default_factory=list)
    """What the table did not let be claimed or marked."""
    running: int = 0
    """Failures of the channel itself since it last took something."""
    taken: int = 0

    def go(self, announcements: Iterable[Owed], sent: Sent, until: float) -> None:
        """Try each until the channel is down or only `until` seconds are left."""
        for group in _in_order(announcements, self.channel.channel):
            is_waiting = False
            for announcement in group:
                if is_waiting or self.running >= GIVEN_UP_AFTER or self.seconds_left() < until:
                    sent.postponed.append(announcement)
                elif not self._send(announcement):
                    # later news of the same incident waits once, so that a short failure turns nothing round
                    is_waiting = not announcement.failures.get(self.channel.channel)
        for claim, error in self.failed:
            self._put_back(claim, error, sent)
        for announcement, error in self.unclaimed:
            told = f"the table: {reason(error)}"
            sent.failures.append(Failure(announcement=announcement, channel=self.channel.channel, reason=told))

    def _send(self, announcement: Owed) -> bool:
        lasting = min(CLAIM, timedelta(seconds=min(self.seconds_left(), CLAIM.total_seconds()) + ENOUGH))
        try:
            claim = self.table.claim(announcement, self.channel.channel, self.now(), lasting)
        except BY_THE_TABLE as error:
            self.unclaimed.append((announcement, error))
            return False
        if claim is None:
            return True
        try:
            self.channel.send(announcement.message)
        except Exception as error:  # noqa: BLE001 - whatever one channel does, the others go on; it is told and counted
            self.running += not is_of_announcement(error)
            self.failed.append((claim, error))
            return False
        self.running = 0
        self.taken += 1
        self._mark(claim)
        return True

    def _mark(self, claim: Claim) -> None:
        """Record that the channel has it: what is not recorded is sent again when the claim is over."""
        for attempt in range(MARKED_WITHIN):
            try:
                return self.table.mark(claim, self.now())
            except BY_THE_TABLE as error:
                if attempt == MARKED_WITHIN - 1:
                    self.unclaimed.append((claim.announcement, error))
        return None

    def _put_back(self, claim: Claim, error: Exception, sent: Sent) -> None:
        """Try it again later, unless it was tried for long enough."""
        now, name = self.now(), claim.channel
        failure = Failure(announcement=claim.announcement, channel=name, reason=reason(error))
        is_over = now - claim.announcement.failing_since.get(name, now) >= self._patience(error)
        # what the table does not take now leaves the claim, which ends by itself
        with suppress(*BY_THE_TABLE):
            if is_over:
                self.table.give_up(claim, failure.reason, now)
                sent.given_up.append(failure)
                return
            self.table.release(claim, now)
        sent.failures.append(failure)

    def _patience(self, error: Exception) -> timedelta:
        if isinstance(error, Undeliverable):
            return error.tried_for
        is_down = not self.taken and len(self.failed) > 1 and not is_of_announcement(error)
        return DOWN_FOR if is_down else STUCK_AFTER


def _in_order(announcements: Iterable[Owed], channel: str) -> Iterator[Sequence[Owed]]:
    """What a channel lacks, by incident: the seldom failed first, so that nothing stuck delays others; then the oldest.

    Of one incident, the order of its history.
    """
    lacking = [each for each in announcements if channel in each.channels]
    by_incident = groupby(sorted(lacking, key=lambda each: (each.pk, each.sk)), key=lambda each: each.pk)
    groups = [list(group) for _, group in by_incident]
    return iter(sorted(groups, key=lambda group: (group[0].failures.get(channel, 0), group[0].at, group[0].pk)))


def is_of_announcement(error: Exception) -> bool:
    """Whether a failure comes from what is sent: then it says nothing of what else the channel would take."""
    if isinstance(error, Undeliverable):
        return not error.is_any
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "") in REFUSED_BY_AWS
    return isinstance(error, ParamValidationError) or not isinstance(error, (BotoCoreError, SourceUnavailable, OSError))


def reason(error: Exception) -> str:
    """Why, in words that hold no secret: of what nobody foresaw, its kind alone."""
    if isinstance(error, (ClientError, BotoCoreError, SourceUnavailable, Undeliverable)):
        return str(error)
    return type(error).__name__
