"""Days of TLS reports keep sessions by result type and mail exchanger."""

import json
from datetime import UTC, date, datetime, timedelta

from staygreen.core.codec import decoded, encoded
from staygreen.core.dmarc.tls_day import MOST_REPORTS, FailedSessions, TlsDay, roll_up_tls, summaries
from staygreen.core.reports.report import Quality, TlsFailure, TlsPolicy, TlsReport

BEGIN = datetime(2026, 3, 4, tzinfo=UTC)


def policy(domain: str = "brand.example", *failures: TlsFailure, strings: tuple[str, ...] = ()) -> TlsPolicy:
    failed = sum(each.sessions or 0 for each in failures)
    return TlsPolicy(
        type="sts", domain=domain, mx_hosts=(), strings=strings, successful=100, failed=failed, failures=failures
    )


def report(*policies: TlsPolicy, report_id: str = "1", quality: Quality = Quality.WHOLE) -> TlsReport:
    return TlsReport(
        quality=quality,
        org="Google Inc.",
        report_id=report_id,
        begin=BEGIN,
        end=BEGIN + timedelta(days=1),
        policies=policies,
        submitter="google.com",
    )


def test_failures_are_added_up_by_result_type_and_mail_exchanger() -> None:
    failures = (
        TlsFailure(result="certificate-expired", sessions=3, receiving_mx="mx1.brand.example"),
        TlsFailure(result="certificate-expired", sessions=4, receiving_mx="mx1.brand.example"),
        TlsFailure(result="sts-webpki-invalid", sessions=None),
    )
    (made,) = summaries(report(policy("brand.example", *failures)), is_proven=True)
    (sessions,) = made.policies
    assert sessions.failures == (
        FailedSessions(result="certificate-expired", receiving_mx="mx1.brand.example", sessions=7),
        FailedSessions(result="sts-webpki-invalid", receiving_mx="", sessions=None),
    )
    assert made.day == date(2026, 3, 4)


def test_a_report_about_two_domains_makes_a_summary_of_each() -> None:
    made = summaries(report(policy("a.example"), policy("b.example")), is_proven=False)
    assert [each.domain for each in made] == ["a.example", "b.example"]
    assert made[0].identity != made[1].identity


def test_the_mode_of_a_policy_is_read_from_its_text() -> None:
    texts = {("version: STSv1", "mode: enforce"): True, ("mode:testing",): False, (): False}
    for strings, is_enforced in texts.items():
        (made,) = summaries(report(policy(strings=strings)), is_proven=True)
        assert made.policies[0].is_enforced is is_enforced


def test_a_refused_report_makes_none() -> None:
    assert summaries(TlsReport(quality=Quality.REFUSED), is_proven=True) == ()


def test_a_day_is_bounded_read_again_as_it_was_and_the_same_in_any_order() -> None:
    failure = TlsFailure(result="certificate-expired", sessions=9)
    made = [summaries(report(policy(), report_id=str(n)), is_proven=True)[0] for n in range(MOST_REPORTS)]
    made += summaries(report(policy("brand.example", failure), report_id="bad"), is_proven=True)
    day = roll_up_tls("brand.example", date(2026, 3, 4), made)
    assert (len(day.reports), day.left_out) == (MOST_REPORTS, 1)
    assert day.reports[0].failed == 9, "reports with failures are kept first"
    assert day == roll_up_tls("brand.example", date(2026, 3, 4), reversed(made))
    assert decoded(TlsDay, json.loads(json.dumps(encoded(day)))) == day
