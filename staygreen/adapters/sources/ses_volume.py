"""Counts messages by day, of the account and of its parts.

The account's come from CloudWatch. A pool's are those of the configuration sets that send from it: CloudWatch counts
them where an event destination of each publishes `Send`, else Virtual Deliverability Manager where it is on. That alone
tells mail to Microsoft apart; the names of its dimension ISP are published nowhere (docs/assumptions.md, 116).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from staygreen.adapters.sources.ses_standing import account, configuration_sets, metrics
from staygreen.core.account_share import WHOLE, AccountShare
from staygreen.core.ses.standing import ACCOUNT, Volume, Volumes, Whose
from staygreen.core.ses.volume import LOOKS_BACK

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_sesv2.client import SESV2Client

_DAY = timedelta(days=1)
_MICROSOFT = ("Hotmail", "Outlook", "Microsoft")
"""What the ISP of Outlook.com and Microsoft 365 may be called; a guess."""
_QUERIES_AT_ONCE = 10
"""Of BatchGetMetricData (its own limit as third parties give it, read 2026-11-24)."""

Days = Mapping[date, int]


def volumes(ses: SESV2Client, cloudwatch: CloudWatchClient, now: datetime, share: AccountShare = WHOLE) -> Volumes:
    """Messages by day (UTC): of the account, and of its pools in a share."""
    midnight = datetime.combine(now.astimezone(UTC).date(), datetime.min.time(), UTC)
    span = (midnight - LOOKS_BACK, midnight + _DAY)
    of = account(ses)
    sets = [each for each in configuration_sets(ses) if each.pool and share.has_pool(each.pool)]
    wanted = [(each, "Send") for each in (ACCOUNT, *(one.name for one in sets))]
    by_set = {
        each: _by_day(values)
        for (each, _), values in metrics(cloudwatch, wanted, span, _DAY, "Sum").items()
        if values or each == ACCOUNT
    }
    if of.has_vdm:
        manager = _Manager(ses=ses, span=span)
        uncounted = [each.name for each in sets if each.name not in by_set]
        by_set |= manager.by("CONFIGURATION_SET", uncounted)
        to_microsoft = manager.to_microsoft()
    else:
        to_microsoft = Counter()
    counted = [Volume(whose=Whose.ACCOUNT, days=by_set[ACCOUNT])]
    for pool in sorted({each.pool for each in sets}):
        own = [by_set[each.name] for each in sets if each.pool == pool and each.name in by_set]
        if own:
            counted.append(Volume(whose=Whose.POOL, pool=pool, days=sum(map(Counter, own), Counter())))
    if to_microsoft:
        counted.append(Volume(whose=Whose.MICROSOFT, days=to_microsoft))
    return Volumes(sent_in_a_day=of.sent_in_a_day, counted=tuple(counted))


def to_microsoft(ses: SESV2Client, since: datetime, now: datetime) -> int | None:
    """Messages that the account sent to Microsoft from the day (UTC) of `since` on; None: nobody counts them."""
    if not account(ses).has_vdm:
        return None
    midnights = (datetime.combine(at.astimezone(UTC).date(), datetime.min.time(), UTC) for at in (since, now + _DAY))
    start, end = midnights
    return _Manager(ses=ses, span=(start, end)).to_microsoft().total() or None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manager:
    """Virtual Deliverability Manager's counts."""

    ses: SESV2Client
    span: tuple[datetime, datetime]

    def by(self, dimension: str, values: Iterable[str]) -> Mapping[str, Days]:
        """Messages by day, for each value of a dimension that has any."""
        wanted = list(values)
        found: dict[str, Days] = {}
        for start in range(0, len(wanted), _QUERIES_AT_ONCE):
            part = wanted[start : start + _QUERIES_AT_ONCE]
            queries = [self._query(f"q{at}", {dimension: value}) for at, value in enumerate(part)]
            for result in self.ses.batch_get_metric_data(Queries=queries).get("Results", []):
                values_by_day = zip(result.get("Timestamps", []), result.get("Values", []), strict=True)
                days = _by_day((at, float(value)) for at, value in values_by_day)
                if any(days.values()):
                    found[part[int(result.get("Id", "q0")[1:])]] = days
        return found

    def to_microsoft(self) -> Counter[date]:
        """Messages to Microsoft by day, by whichever names it goes."""
        return sum((Counter(each) for each in self.by("ISP", _MICROSOFT).values()), Counter())

    def _query(self, key: str, by: Mapping[str, str]) -> Any:
        start, end = self.span
        return {"Id": key, "Namespace": "VDM", "Metric": "SEND", "Dimensions": by, "StartDate": start, "EndDate": end}


def _by_day(values: Iterable[tuple[datetime, float]]) -> Days:
    counted: Counter[date] = Counter()
    for at, value in values:
        counted[at.astimezone(UTC).date()] += round(value)
    return counted
