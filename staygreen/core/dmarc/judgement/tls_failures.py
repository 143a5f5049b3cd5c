"""Whether mail to our domains could be encrypted as we ask for, by result type (RFC 8460 section 4.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from staygreen.core.config.tables.monitors.tls_reports import TlsLimits
from staygreen.core.dmarc.judgement.reporters import Reporter, confirms, named
from staygreen.core.dmarc.tls_day import FailedSessions, PolicySessions, TlsDay, TlsSummary
from staygreen.core.finding import State
from staygreen.core.reports.report import Quality

_QUIET_DAYS = 2
_REFUSES_MAIL = frozenset(
    {
        "certificate-host-mismatch",
        "certificate-expired",
        "certificate-not-trusted",
        "sts-policy-invalid",
        "sts-webpki-invalid",
        "tlsa-invalid",
        "dnssec-invalid",
        "dane-required",
    }
)
"""Failures for which a sender that honours an enforced policy does not deliver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsResult:
    """One result type of one domain."""

    result: str
    state: State
    first: date | None = None
    failed: int = 0
    """Sessions since then."""
    of: int = 0
    """All sessions since then."""
    hosts: tuple[str, ...] = ()
    """Our mail exchangers at which it failed."""
    reporters: tuple[Reporter, ...] = ()
    refuses_mail: bool = False
    """Senders that honour our policy do not deliver."""


@dataclass(slots=True)
class _ResultDay:
    day: date
    failed: int
    hosts: Counter[str]
    reporters: set[Reporter]
    is_enforced: bool


def judge_tls(days: Sequence[TlsDay], limits: TlsLimits) -> Iterator[TlsResult]:
    """Each result type that was seen in the days of one domain, in order."""
    proven = [(day.day, [each for each in day.reports if each.is_proven]) for day in days]
    results = dict.fromkeys(
        failure.result for _, reports in proven for each in reports for _, failure in _failures(each)
    )
    for result in results:
        yield _judged(result, proven, limits)


def _judged(result: str, days: Sequence[tuple[date, list[TlsSummary]]], limits: TlsLimits) -> TlsResult:
    opened: list[_ResultDay] = []
    bad: list[_ResultDay] = []
    sessions, quiet = Counter[date](), 0
    for day, reports in days:
        if not reports:
            continue
        found = _of_day(result, day, reports)
        sessions[day] = _sessions(reports)
        is_bad = found.failed >= limits.sessions and found.failed >= limits.share * sessions[day]
        if is_bad:
            quiet = 0
            bad.append(found)
            if opened or _is_confirmed(bad):
                opened = bad
        elif all(each.quality is not Quality.PARTIAL for each in reports):
            quiet += 1
            if quiet >= _QUIET_DAYS:
                opened, bad = [], []
    if not opened:
        return TlsResult(result=result, state=State.OK if quiet >= _QUIET_DAYS else State.UNKNOWN)
    hosts = sum((each.hosts for each in opened), Counter[str]())
    first = opened[0].day
    return TlsResult(
        result=result,
        state=State.BAD,
        first=first,
        failed=sum(each.failed for each in opened),
        of=sum(number for day, number in sessions.items() if day >= first),
        hosts=tuple(host for host, _ in hosts.most_common(5) if host),
        reporters=tuple(sorted(set().union(*(each.reporters for each in opened)))),
        refuses_mail=result in _REFUSES_MAIL and any(each.is_enforced for each in opened),
    )


def _is_confirmed(bad: Sequence[_ResultDay]) -> bool:
    """By a second reporter or a second day."""
    sayers = set().union(*(each.reporters for each in bad))
    return len(bad[-1].reporters) >= 2 or (len(bad) >= 2 and confirms(sayers))


def _of_day(result: str, day: date, reports: Sequence[TlsSummary]) -> _ResultDay:
    made = _ResultDay(day, 0, Counter(), set(), False)
    for each in reports:
        for policy, failure in _failures(each):
            if failure.result == result and failure.sessions:
                made.failed += failure.sessions
                made.hosts[failure.receiving_mx] += failure.sessions
                made.reporters.add(named(each.submitter, each.org))
                made.is_enforced |= policy.is_enforced
    return made


def _failures(report: TlsSummary) -> Iterator[tuple[PolicySessions, FailedSessions]]:
    for policy in report.policies:
        for failure in policy.failures:
            yield policy, failure


def _sessions(reports: Sequence[TlsSummary]) -> int:
    policies = [policy for each in reports for policy in each.policies]
    return sum((policy.successful or 0) + (policy.failed or 0) for policy in policies)
