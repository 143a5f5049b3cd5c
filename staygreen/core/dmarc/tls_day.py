"""What is stored of TLS reports (RFC 8460): one summary for each report and policy domain, one value for a day."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from staygreen.core.dmarc.day import day_of
from staygreen.core.reports.report import Quality, TlsPolicy, TlsReport

MOST_FAILURES = 20
"""Kinds of failure of one policy that are kept, the largest first."""
MOST_REPORTS = 200
"""Reports of one day that are kept, those with the most failures first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedSessions:
    """Sessions that failed for one reason at one of our mail exchangers."""

    result: str
    """The result type (RFC 8460 section 4.3)."""
    receiving_mx: str
    sessions: int | None
    """None: the report does not say it, or not in a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySessions:
    """How sessions under one policy went."""

    type: str
    """sts, tlsa or no-policy-found."""
    is_enforced: bool
    """The MTA-STS policy in the report says `mode: enforce`, or it is one of DANE."""
    successful: int | None
    failed: int | None
    failures: tuple[FailedSessions, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSummary:
    """One TLS report, as far as it is about one domain."""

    identity: str
    domain: str
    org: str
    submitter: str
    is_proven: bool
    quality: Quality
    begin: datetime
    end: datetime
    policies: tuple[PolicySessions, ...] = ()

    @property
    def day(self) -> date:
        """The UTC day of the period's middle."""
        return day_of(self.begin, self.end)

    @property
    def failed(self) -> int:
        """Failed sessions, as far as the report gives numbers."""
        return sum(policy.failed or 0 for policy in self.policies)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsDay:
    """All TLS reports about one domain and UTC day."""

    domain: str
    day: date
    reports: tuple[TlsSummary, ...] = ()
    left_out: int = 0
    """Reports beyond `MOST_REPORTS`."""


def summaries(report: TlsReport, *, is_proven: bool) -> tuple[TlsSummary, ...]:
    """What is stored of a report: one summary for each domain in it; none for a report that was refused."""
    if report.quality is Quality.REFUSED or report.begin is None or report.end is None:
        return ()
    by_domain: dict[str, list[TlsPolicy]] = {}
    for policy in report.policies:
        by_domain.setdefault(policy.domain, []).append(policy)
    return tuple(
        TlsSummary(
            identity=_identity(report, domain),
            domain=domain,
            org=report.org,
            submitter=report.submitter,
            is_proven=is_proven,
            quality=report.quality,
            begin=report.begin,
            end=report.end,
            policies=tuple(_sessions(policy) for policy in policies),
        )
        for domain, policies in by_domain.items()
    )


def roll_up_tls(domain: str, day: date, reports: Iterable[TlsSummary]) -> TlsDay:
    """All TLS reports about a domain and day as one value, the same in whatever order they come."""
    ranked = sorted(reports, key=lambda each: (not each.is_proven, -each.failed, each.org, each.identity))
    return TlsDay(
        domain=domain, day=day, reports=tuple(ranked[:MOST_REPORTS]), left_out=max(0, len(ranked) - MOST_REPORTS)
    )


def _identity(report: TlsReport, domain: str) -> str:
    parts = (report.submitter, report.org, report.report_id, domain, str(report.begin), str(report.end))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _sessions(policy: TlsPolicy) -> PolicySessions:
    counted: Counter[tuple[str, str]] = Counter()
    unknown: set[tuple[str, str]] = set()
    for failure in policy.failures:
        key = (failure.result, failure.receiving_mx)
        counted[key] += failure.sessions or 0
        if failure.sessions is None:
            unknown.add(key)
    ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return PolicySessions(
        type=policy.type,
        is_enforced=policy.type == "tlsa" or any(_says_enforce(each) for each in policy.strings),
        successful=policy.successful,
        failed=policy.failed,
        failures=tuple(
            FailedSessions(result=result, receiving_mx=mx, sessions=None if (result, mx) in unknown else number)
            for (result, mx), number in ranked[:MOST_FAILURES]
        ),
    )


def _says_enforce(text: str) -> bool:
    name, _, value = text.partition(":")
    return name.strip().lower() == "mode" and value.strip().lower() == "enforce"
