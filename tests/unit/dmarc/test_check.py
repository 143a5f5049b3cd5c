"""The checks tell what the judgement found, with source, first day, share, reporters and the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.checks import dmarc, tls_reports
from staygreen.core.codec import encoded
from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.config.tables.monitors.tls_reports import TlsLimits
from staygreen.core.dmarc.day import DomainDay, ReportSummary
from staygreen.core.dmarc.roll_up import roll_up
from staygreen.core.dmarc.store import StoredReports
from staygreen.core.dmarc.summarize import Summarizer
from staygreen.core.dmarc.tls_day import FailedSessions, PolicySessions, TlsDay, TlsSummary
from staygreen.core.finding import Finding, Severity, State
from staygreen.core.incidents.incident import Kind
from staygreen.core.incidents.run import Run, settle
from staygreen.core.reports.estate import DeclaredSender, Estate
from staygreen.core.reports.report import (
    AggregateReport,
    DkimResult,
    Evidence,
    PublishedPolicy,
    Quality,
    Row,
    Rows,
    SpfResult,
)
from tests.unit.dmarc.days import at, evening

ESTATE = Estate(
    domains=frozenset({"brand.example"}),
    networks=(ip_network("192.0.2.0/28"),),
    ses_ranges=(ip_network("203.0.113.0/24"),),
    selectors=frozenset({("brand.example", "s1")}),
)
GOOD = Evidence(
    "brand.example", None, None, "none", "pass", "fail", (), (DkimResult("brand.example", "s1", "pass"),), ()
)
UNSIGNED = GOOD._replace(dkim=(), eval_dkim="fail", disposition="quarantine")
THROUGH_SES = UNSIGNED._replace(spf=(SpfResult("amazonses.com", "mfrom", "pass"),))
OURS, SES = ip_address("192.0.2.1"), ip_address("203.0.113.9")
STRANGER = ip_address("198.18.0.1")


def report(
    number: int, rows: list[Row], submitter: str, *, proven: bool = True, p: str = "quarantine"
) -> ReportSummary:
    policy = PublishedPolicy(domain="brand.example", p=p)
    begin = datetime.combine(at(number), time(), UTC)
    summarizer = Summarizer(ESTATE)
    summarizer.add(Rows(policy, rows))
    made = summarizer.end(
        AggregateReport(
            quality=Quality.WHOLE,
            org=submitter,
            report_id=str(number),
            begin=begin,
            end=begin + timedelta(hours=24),
            policy=policy,
            rows=len(rows),
            messages=sum(row.messages for row in rows),
            submitter=submitter,
        ),
        is_proven=proven,
    )
    assert made is not None
    return made


def stored(number: int, *rows: Row, proven: bool = True, p: str = "quarantine") -> DomainDay:
    """A day on which Google and Yahoo report the same."""
    reports = [report(number, list(rows), each, proven=proven, p=p) for each in ("google.com", "yahooinc.com")]
    return roll_up("brand.example", at(number), reports, ESTATE)


def well(number: int) -> DomainDay:
    return stored(number, Row(OURS, 500, GOOD))


def settings(**changed: object) -> Mapping[str, Any]:
    return {
        "table": "reports",
        "incidents": "incidents",
        "domains": ["brand.example"],
        "estate": encoded(ESTATE),
        "declared": {"brand.example": "v=DMARC1; p=quarantine"},
        "rules": [],
        "counted": "",
        "limits": encoded(DmarcLimits()),
        **changed,
    }


def findings(days: list[DomainDay], now: int, **changed: Any) -> dict[str, Finding]:
    known = StoredReports(days=tuple(days), **changed)
    found = dmarc.run(settings(), MemoryAsk(at=evening(now), found_reports=known))
    return {each.cause: each for each in found.findings if each.state is State.BAD}


def test_an_address_that_stops_signing_is_told_with_all_that_is_known() -> None:
    days = [*map(well, range(8)), stored(8, Row(OURS, 200, UNSIGNED), Row(OURS, 300, GOOD))]
    found = findings(days, 9)["unsigned"]
    assert found.severity is Severity.CRITICAL
    assert found.began_at == datetime.combine(at(9), time(), UTC), "by the end of the first day it had begun"
    assert found.advice is not None
    assert found.advice.consequence == (
        "Mail of brand.example from 192.0.2.1 has no signature of ours: 400 of 1,000 messages since 9 March 2026. "
        "Your policy "
        "asks receivers to quarantine mail that fails."
    )
    assert found.evidence[0].text == "192.0.2.1: 400 of 1,000 messages (40 %) since 9 March 2026, by Google and Yahoo"
    assert found.evidence[1].text == "Google: 200 of 500 on 9 March 2026"
    assert found.advice.runbook == "dmarc#unsigned"


def test_the_same_under_a_policy_that_stops_nothing_is_a_warning() -> None:
    bad = UNSIGNED._replace(disposition="none")
    days = [stored(number, Row(OURS, 500, GOOD), p="none") for number in range(8)]
    days.append(stored(8, Row(OURS, 500, bad), p="none"))
    assert findings(days, 9)["unsigned"].severity is Severity.WARNING


def test_our_mail_that_receivers_stopped_is_told_of_each_receiver() -> None:
    days = [*map(well, range(8)), stored(8, Row(OURS, 500, UNSIGNED))]
    assert {"stopped_google", "stopped_yahoo"} <= findings(days, 9).keys()


def test_unproven_reports_open_nothing() -> None:
    days = [*map(well, range(8)), stored(8, Row(OURS, 500, UNSIGNED), proven=False)]
    assert not findings(days, 9)


def test_mail_from_ses_that_is_not_ours_is_said_to_be_another_account() -> None:
    days = [*map(well, range(8)), stored(8, Row(OURS, 500, GOOD), Row(SES, 300, THROUGH_SES))]
    (found,) = [each for cause, each in findings(days, 9).items() if cause.startswith("other_ses_account")]
    assert found.advice is not None
    assert "another AWS account of the company" in found.advice.meaning


def test_a_sender_that_is_declared_later_re_judges_what_was_reported_before() -> None:
    service = UNSIGNED._replace(spf=(SpfResult("sendgrid.net", "mfrom", "pass"),))
    days = [*map(well, range(8)), stored(8, Row(OURS, 500, GOOD), Row(STRANGER, 900, service))]
    assert any(cause.startswith("undeclared_service") for cause in findings(days, 9))
    sender = DeclaredSender(name="news", spf_domains=frozenset({"sendgrid.net"}))
    known = StoredReports(days=tuple(days), estates={at(8): ESTATE})
    declared = settings(estate=encoded(replace(ESTATE, senders=(sender,))))
    after = dmarc.run(declared, MemoryAsk(at=evening(9), found_reports=known))
    assert not [each for each in after.findings if each.cause.startswith("undeclared") and each.state is State.BAD]


def test_what_was_ours_on_the_day_of_the_report_counts_not_what_is_ours_today() -> None:
    gone = ip_address("198.51.100.7")
    days = [*map(well, range(8)), stored(8, Row(OURS, 500, GOOD), Row(gone, 900, UNSIGNED))]
    assert "campaign" in findings(days, 9)
    then = replace(ESTATE, networks=(*ESTATE.networks, ip_network("198.51.100.7")))
    found = findings(days, 9, estates={at(number): then for number in range(9)})
    assert "campaign" not in found
    assert "unsigned" in found


def test_a_rule_that_is_missing_is_named_when_reports_stop() -> None:
    found = findings([well(number) for number in range(10)], 14, missing_rules=("staygreen-dmarc",))["reports_stopped"]
    assert found.advice is not None
    assert found.evidence[1].text == "not in SES's active receipt rule set: staygreen-dmarc"
    assert found.advice.steps[0].startswith("Put our receipt rules")


def test_one_look_opens_and_looking_again_tells_nothing_new() -> None:
    days = [*map(well, range(8)), stored(8, Row(OURS, 500, UNSIGNED))]
    ask = MemoryAsk(at=evening(9), found_reports=StoredReports(days=tuple(days)))
    first = settle(dmarc.run(settings(), ask), {}, _run(evening(9), "0"))
    known = {change.after.id: change.after for change in first.changes}
    opened = [change.transition.kind for change in first.changes if change.transition]
    assert opened and set(opened) <= {Kind.OPENED, Kind.BASELINE}
    later = replace(ask, at=evening(9) + timedelta(hours=1))
    again = settle(dmarc.run(settings(), later), known, _run(later.at, "1"))
    assert not [change.transition for change in again.changes if change.transition]


def _run(now: datetime, identifier: str) -> Run:
    return Run(check="dmarc", id=identifier, at=now, rule=dmarc.AT_ONCE, last=None, unfinished=())


def test_failures_of_encryption_are_told_with_result_and_host() -> None:
    failure = FailedSessions(result="certificate-expired", receiving_mx="mx1.brand.example", sessions=40)
    policy = PolicySessions(type="sts", is_enforced=True, successful=960, failed=40, failures=(failure,))
    begin = datetime.combine(at(0), time(), UTC)
    summary = TlsSummary(
        identity="1",
        domain="brand.example",
        org="Google Inc.",
        submitter="google.com",
        is_proven=True,
        quality=Quality.WHOLE,
        begin=begin,
        end=begin + timedelta(days=1),
        policies=(policy,),
    )
    days = tuple(TlsDay(domain="brand.example", day=at(number), reports=(summary,)) for number in (0, 1))
    wanted = {"table": "reports", "domains": ["brand.example"], "limits": encoded(TlsLimits())}
    report = tls_reports.run(wanted, MemoryAsk(at=evening(3), found_reports=StoredReports(tls_days=days)))
    (found,) = report.findings
    assert (found.state, found.severity) == (State.BAD, Severity.CRITICAL)
    assert found.advice is not None
    assert found.advice.consequence == (
        "Mail to brand.example meets failures of encryption at mx1.brand.example: certificate-expired, 80 of 2,000 "
        "sessions "
        "since 1 March 2026. Servers that honour your policy do not deliver."
    )


def test_mail_through_ses_whose_key_nobody_could_look_up_is_no_other_account() -> None:
    """That is a fault of DNS, at the receiver or with us."""
    unknown = THROUGH_SES._replace(dkim=(DkimResult("brand.example", "s1", "temperror"),))
    days = [*map(well, range(8)), stored(8, Row(OURS, 500, GOOD), Row(SES, 300, unknown))]
    assert findings(days, 9).keys() == {"not_looked_up"}
