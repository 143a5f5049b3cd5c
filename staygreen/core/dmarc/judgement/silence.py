"""Whether reports come as they should: at all, from each reporter, readable, and about the declared policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.day import UnreadableReport
from staygreen.core.dmarc.judgement.reading import DayReading
from staygreen.core.dmarc.judgement.reporters import Reporter, confirms, named
from staygreen.core.finding import State
from staygreen.core.records.dmarc import Alignment, DmarcRecord
from staygreen.core.reports.report import PublishedPolicy

REPORTS_TAKE = timedelta(hours=16)
"""Reports come on the day after the one that they are about, most of them in its first 16 hours."""
_USUAL_DAYS, _USUALLY = 7, 6
"""A reporter used to come when it was there on six of seven days."""
_SETTLES = timedelta(hours=48)
"""Receivers may find an old policy in caches for its time to live; some look it up once a day."""
_AGREEING_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceResult:
    """Whether reports come at all."""

    state: State
    last: date | None
    """The last day that any report was about; None: no day that was looked at."""
    sent: int = 0
    """Messages a day that went out all the same, the fewest."""
    is_counted: bool = False
    """SES counted them; else it is what reports said before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceResult:
    """Whether one reporter comes as it used to."""

    reporter: Reporter
    state: State
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceResult:
    """Whether receivers find the policy that is declared."""

    state: State
    first: date | None = None
    found: str = ""
    """What they find, as tags, such as ``p=none; sp=reject``."""
    declared: str = ""
    reporters: tuple[Reporter, ...] = ()
    is_weaker: bool = False
    """What they find asks for less than what is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableResult:
    """Whether a reporter's reports can still be read."""

    submitter: str
    state: State
    reports: int = 0
    reason: str = ""
    """Of the last one."""
    last_read: date | None = None


def judge_silence(
    days: Sequence[DayReading], sent: Mapping[date, int] | None, limits: DmarcLimits, now: datetime
) -> SilenceResult:
    """Whether reports come at all, although mail is sent.

    Args:
        days: The days of one domain in order.
        sent: Messages by day as SES counts them; None: nobody counts.
        limits: The limits of the configuration.
        now: The time (aware, UTC).
    """
    reported = [day for day in days if day.reporters]
    if not reported:
        return SilenceResult(state=State.UNKNOWN, last=None)
    last = reported[-1].day
    if now - _end(last) < limits.silence + REPORTS_TAKE:
        return SilenceResult(state=State.OK, last=last)
    missing = [last + timedelta(days=each + 1) for each in range((now.date() - last).days - 1)]
    if sent is not None:
        fewest = min((sent.get(day, 0) for day in missing), default=0)
        is_bad = fewest >= limits.silence_sent
        return SilenceResult(state=State.BAD if is_bad else State.UNKNOWN, last=last, sent=fewest, is_counted=True)
    usual = min(day.own for day in reported[-_USUAL_DAYS:])
    is_bad = usual >= limits.silence_sent and len(reported) >= _USUAL_DAYS
    return SilenceResult(state=State.BAD if is_bad else State.UNKNOWN, last=last, sent=usual)


def judge_absence(days: Sequence[DayReading], limits: DmarcLimits, now: datetime) -> Iterator[AbsenceResult]:
    """Whether Google and Microsoft come as they used to, on days on which others came."""
    reported = [day for day in days if day.reporters and now - _end(day.day) >= REPORTS_TAKE]
    seen = {reporter for day in reported for reporter in day.reporters if reporter.is_google or reporter.is_microsoft}
    for reporter in sorted(seen):
        places = [place for place, day in enumerate(reported) if reporter in day.reporters]
        last = places[-1]
        before = reported[max(0, last - _USUAL_DAYS + 1) : last + 1]
        came = sum(reporter in day.reporters for day in before)
        is_usual = came >= _USUALLY and (before[-1].day - before[0].day).days < _USUAL_DAYS
        gone = [day for day in reported[last + 1 :] if day.reporters - {reporter}]
        is_bad = is_usual and len(gone) >= limits.absent_days
        state = State.BAD if is_bad else (State.OK if not gone else State.UNKNOWN)
        yield AbsenceResult(reporter=reporter, state=state, last=reported[last].day)


def judge_difference(
    days: Sequence[DayReading], declared: DmarcRecord | None, settled_after: datetime | None, ttl: timedelta
) -> DifferenceResult | None:
    """Whether receivers find the declared policy; None: no policy is declared.

    Args:
        days: The days of one domain in order.
        declared: The policy in the configuration.
        settled_after: When the declared policy last changed; None: not within the days.
        ttl: The record's time to live.
    """
    if declared is None:
        return None
    since = settled_after + ttl + _SETTLES if settled_after else None
    differing: list[tuple[date, Reporter, PublishedPolicy]] = []
    agreeing = 0
    for day in days:
        settled = [
            (reporter, policy) for reporter, policy, part in day.policies if since is None or part.begin >= since
        ]
        wrong = [(reporter, policy) for reporter, policy in settled if differs(policy, declared)]
        if wrong:
            agreeing = 0
            differing.extend((day.day, reporter, policy) for reporter, policy in wrong)
        elif settled and any(reporter in day.whole for reporter, _ in settled):
            agreeing += 1
            if agreeing >= _AGREEING_DAYS:
                differing = []
    reporters = {reporter for _, reporter, _ in differing}
    if len(reporters) >= 2 and confirms(reporters):
        found = differing[-1][2]
        return DifferenceResult(
            state=State.BAD,
            first=differing[0][0],
            found=_tags(found),
            declared=_tags(_as_published(declared)),
            reporters=tuple(sorted(reporters)),
            is_weaker=_STRENGTH.get(found.p, 0) < _STRENGTH[declared.policy.value],
        )
    return DifferenceResult(state=State.OK if agreeing >= _AGREEING_DAYS else State.UNKNOWN)


def differs(found: PublishedPolicy, declared: DmarcRecord) -> bool:
    """Whether a published policy is another than the declared one, as far as the report says."""
    wanted = _as_published(declared)
    if found.p and found.p != wanted.p:
        return True
    # reporters write the policy that holds where the record says nothing
    if found.sp and found.sp not in (wanted.sp or wanted.p, wanted.p):
        return True
    if wanted.sp and found.sp and found.sp != wanted.sp:
        return True
    return bool(found.adkim and found.adkim != wanted.adkim) or bool(found.aspf and found.aspf != wanted.aspf)


_STRENGTH = {"none": 0, "quarantine": 1, "reject": 2}


def _as_published(declared: DmarcRecord) -> PublishedPolicy:
    return PublishedPolicy(
        p=declared.policy.value,
        sp=declared.subdomain_policy.value if declared.subdomain_policy else "",
        adkim="s" if declared.dkim_alignment is Alignment.STRICT else "r",
        aspf="s" if declared.spf_alignment is Alignment.STRICT else "r",
    )


def _tags(policy: PublishedPolicy) -> str:
    given = (("p", policy.p), ("sp", policy.sp), ("adkim", policy.adkim), ("aspf", policy.aspf))
    return "; ".join(f"{name}={value}" for name, value in given if value)


def judge_unreadable(
    unreadable: Iterable[UnreadableReport], days: Sequence[DayReading], limits: DmarcLimits
) -> Iterator[UnreadableResult]:
    """Whether a reporter that could be read can no longer be."""
    last_read: dict[str, date] = {}
    for day in days:
        for _, _, part in day.policies:
            last_read[part.submitter] = day.day
    refused: dict[str, list[UnreadableReport]] = {}
    for each in unreadable:
        refused.setdefault(each.submitter, []).append(each)
    for submitter, reports in refused.items():
        read = last_read.get(submitter)
        if read is None:
            continue  # it never could be read
        later = [each for each in reports if each.received >= _end(read) + REPORTS_TAKE]
        newest = max(reports, key=lambda each: each.received)
        yield UnreadableResult(
            submitter=named(submitter, "").name,
            state=State.BAD if len(later) >= limits.unreadable else (State.UNKNOWN if later else State.OK),
            reports=len(later),
            reason=newest.reason,
            last_read=read,
        )


def usual_reporters(days: Sequence[DayReading]) -> Counter[Reporter]:
    """On how many days each reporter came."""
    return Counter(reporter for day in days for reporter in day.reporters)


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
