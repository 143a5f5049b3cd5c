"""Everything that the days of one domain say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.day import DomainDay, UnreadableReport
from staygreen.core.dmarc.judgement import silence, strangers
from staygreen.core.dmarc.judgement.own_mail import OwnFault, OwnResult, judge_own_mail
from staygreen.core.dmarc.judgement.reading import SES, DayReading, Reader
from staygreen.core.dmarc.judgement.silence import AbsenceResult, DifferenceResult, SilenceResult, UnreadableResult
from staygreen.core.dmarc.judgement.strangers import CampaignResult, Undeclared, UndeclaredResult
from staygreen.core.dmarc.store import LOOKED_BACK, StoredReports
from staygreen.core.finding import State
from staygreen.core.records.dmarc import DmarcRecord
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainResult:
    """What the reports of one domain say."""

    domain: str
    policy: str
    """none, quarantine or reject, as receivers find it; empty: no report says."""
    own: tuple[OwnResult, ...]
    undeclared: tuple[UndeclaredResult, ...]
    campaign: CampaignResult
    silence: SilenceResult
    absent: tuple[AbsenceResult, ...]
    difference: DifferenceResult | None


def read_days(
    stored: StoredReports, domain: str, present: Estate, services: Services, until: date, *, trusts_all: bool = False
) -> list[DayReading]:
    """The days of a domain in order, each read by what was ours on it; days without reports are empty."""
    by_day = {day.day: day for day in stored.days if day.domain == domain}
    readers: dict[Estate, Reader] = {}
    found = []
    first = min(by_day, default=until)
    for number in range((until - first).days + 1):
        day = first + timedelta(days=number)
        estate = stored.estate_of(day, present)
        reader = readers.setdefault(estate, Reader(estate, services))
        found.append(reader.read(by_day.get(day, DomainDay(domain=domain, day=day)), trusts_all=trusts_all))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a domain beside its reports."""

    declared: DmarcRecord | None
    policy_changed: datetime | None
    ttl: timedelta
    sent: Mapping[date, int] | None
    """Messages by day, as SES counts them; None: nobody counts those of this domain."""


def judge_domain(
    days: Sequence[DayReading], known: Circumstances, limits: DmarcLimits, now: datetime
) -> DomainResult | None:
    """What the days of one domain say; None: there are none.

    Args:
        days: The days in order, those without reports as well; today is left out, since it is not over.
        known: What is known beside.
        limits: The limits of the configuration.
        now: The time (aware, UTC).
    """
    over = [day for day in days if day.day < now.date() and day.day >= now.date() - LOOKED_BACK]
    if not over:
        return None
    own = tuple(judge_own_mail(over, limits))
    is_turned = any((each.fault, each.target, each.result.state) == (OwnFault.UNSIGNED, SES, State.BAD) for each in own)
    strange = [strangers.read(day) for day in over]
    undeclared = strangers.judge_undeclared(strange, limits, now.date())
    return DomainResult(
        domain=over[0].domain,
        policy=policy_of(over),
        own=own,
        # what was our own mail and lost its signature is told as that
        undeclared=tuple(each for each in undeclared if not (is_turned and each.kind is Undeclared.OTHER_SES_ACCOUNT)),
        campaign=strangers.judge_campaign(strange, limits),
        silence=silence.judge_silence(over, known.sent, limits, now),
        absent=tuple(silence.judge_absence(over, limits, now)),
        difference=silence.judge_difference(over, known.declared, known.policy_changed, known.ttl),
    )


def judge_unreadable(
    unreadable: Iterable[UnreadableReport], days: Sequence[DayReading], limits: DmarcLimits
) -> tuple[UnreadableResult, ...]:
    """Whether reporters that could be read, about any domain, no longer can."""
    return tuple(silence.judge_unreadable(unreadable, sorted(days, key=lambda day: day.day), limits))


def policy_of(days: Sequence[DayReading]) -> str:
    """The policy that most receivers find, on the last day that says so."""
    for day in reversed(days):
        found = Counter(policy.p for _, policy, _ in day.policies if policy.p)
        if found:
            return found.most_common(1)[0][0]
    return ""
