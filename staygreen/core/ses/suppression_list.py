"""The suppression list of SES: whom it holds, and who is there for our address's sake.

SES puts a recipient on the list when mail to it bounces for good, whatever the
server said (Amazon SES Developer Guide, "Using the account-level suppression
list", not verified). A refusal of our address, range or pace is no fault of the
recipient's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from staygreen.core.replies.counters import Answered
from staygreen.core.replies.decode import Cause

BEFORE, AFTER = timedelta(days=1), timedelta(hours=1)
"""How far from the entry the refusal may be that made it: retries come before, clocks differ."""


class Reason(str, Enum):
    """Why a recipient is on the list, in SES's words."""

    BOUNCE = "BOUNCE"
    COMPLAINT = "COMPLAINT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the list."""

    recipient: str
    """The mail address."""
    reason: Reason
    at: datetime
    """When it was put there, or changed last (aware, UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wronged:
    """A recipient who is on the list only because our address was refused."""

    entry: Entry
    refusal: Answered
    """The newest refusal that explains the entry."""


def is_for_our_sake(cause: Cause) -> bool:
    """Whether a refusal was of our address, range or pace, and so says nothing about the recipient."""
    return cause.is_block or cause.is_throttle or cause is Cause.SERVER_BUSY


def wronged(entry: Entry, answers: Iterable[Answered]) -> Wronged | None:
    """Whether an entry is there for our sake alone; None when it is not, or when nothing proves it.

    Every refusal that may have made the entry must be of ours, and no server may ever
    have said that there is no such recipient.

    Args:
        entry: the entry.
        answers: everything that was said about its recipient (`ReplyCounters.answers`).
    """
    refused = [each for each in answers if each.refused]
    if entry.reason is not Reason.BOUNCE or any(each.combination.cause is _DEAD for each in refused):
        return None
    led = [each for each in refused if -AFTER <= entry.at - each.at <= BEFORE]
    if not led or not all(is_for_our_sake(each.combination.cause) for each in led):
        return None
    return Wronged(entry=entry, refusal=max(led, key=lambda each: each.at))


_DEAD = Cause.RECIPIENT_UNKNOWN
