"""The account's suppression list in SES, and whom it holds for our address's sake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from staygreen.adapters.ses.pages import pages
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.core.finding import Subject
from staygreen.core.ses import suppression_list as rules
from staygreen.core.ses.suppression_list import Entry, Reason, Wronged

if TYPE_CHECKING:
    from mypy_boto3_sesv2.client import SESV2Client

PAGE = 1000
MOST = 10_000
"""Entries that are looked at for one subject: more, since its refusals began, than anybody goes through."""
_WORKERS = 8


def entries(client: SESV2Client, reason: Reason, since: datetime) -> Iterator[Entry]:
    """The entries of one reason that were made or changed since a time.

    Args:
        client: of SES's API version 2; needs `ses:ListSuppressedDestinations`.
        reason: of the entries.
        since: aware.
    """
    for page in pages(client.list_suppressed_destinations, size=PAGE, Reasons=[reason.value], StartDate=since):
        for each in page.get("SuppressedDestinationSummaries", []):
            at = each["LastUpdateTime"].astimezone(UTC)
            yield Entry(recipient=each["EmailAddress"].lower(), reason=Reason(each["Reason"]), at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class WronglySuppressed:
    """Finds the recipients who are on the list only because an address of ours was refused.

    A repair takes its recipients from here: `of` gives mail addresses, which are for the list alone and
    belong into no log, metric or message.
    """

    client: SESV2Client
    counters: ReplyCounters
    hashed: Callable[[str], str]
    """Of `staygreen.adapters.aws.recipient_hash.hasher`, with the environment's key."""

    def of(self, subject: Subject, since: datetime) -> tuple[Wronged, ...]:
        """Those whom refusals of one subject put on the list, the oldest entry first.

        Args:
            subject: an IP, the pool `tally.SHARED`, or a log group's pool: what the refusals charged.
            since: the first refusal; entries that are older cannot come from it.
        """
        found = islice(entries(self.client, Reason.BOUNCE, since), MOST)
        with ThreadPoolExecutor(_WORKERS) as workers:
            judged = workers.map(self._judged, found)
            mine = [each for each in judged if each and each.refusal.combination.subject.key == subject.key]
        return tuple(sorted(mine, key=lambda each: (each.entry.at, each.entry.recipient)))

    def _judged(self, entry: Entry) -> Wronged | None:
        return rules.wronged(entry, self.counters.answers(self.hashed(entry.recipient)))
