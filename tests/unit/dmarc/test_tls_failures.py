"""Failures of encryption towards us are told by result type, confirmed by a second reporter or day."""

from datetime import UTC, datetime, time, timedelta

import pytest

from staygreen.core.config.tables.monitors.tls_reports import TlsLimits
from staygreen.core.dmarc.judgement.tls_failures import TlsResult, judge_tls
from staygreen.core.dmarc.tls_day import FailedSessions, PolicySessions, TlsDay, TlsSummary
from staygreen.core.finding import State
from staygreen.core.reports.report import Quality
from tests.unit.dmarc.days import at

EXPIRED = "certificate-expired"


def summary(
    number: int,
    failed: int,
    of: int = 1_000,
    submitter: str = "google.com",
    *,
    proven: bool = True,
    enforced: bool = True,
) -> TlsSummary:
    failures = (FailedSessions(result=EXPIRED, receiving_mx="mx1.brand.example", sessions=failed),) if failed else ()
    policy = PolicySessions(type="sts", is_enforced=enforced, successful=of - failed, failed=failed, failures=failures)
    begin = datetime.combine(at(number), time(), UTC)
    return TlsSummary(
        identity=f"{submitter}{number}",
        domain="brand.example",
        org=submitter,
        submitter=submitter,
        is_proven=proven,
        quality=Quality.WHOLE,
        begin=begin,
        end=begin + timedelta(days=1),
        policies=(policy,),
    )


def judged(*days: tuple[TlsSummary, ...]) -> TlsResult | None:
    stored = [TlsDay(domain="brand.example", day=at(number), reports=each) for number, each in enumerate(days)]
    return next((each for each in judge_tls(stored, TlsLimits()) if each.result == EXPIRED), None)


def test_a_second_reporter_or_a_second_day_confirms() -> None:
    first = judged((summary(0, 50),))
    assert first is not None and first.state is State.UNKNOWN
    second_day = judged((summary(0, 50),), (summary(1, 30),))
    assert second_day is not None
    assert (second_day.state, second_day.first, second_day.failed, second_day.of) == (State.BAD, at(0), 80, 2_000)
    assert second_day.hosts == ("mx1.brand.example",)
    both = judged((summary(0, 50), summary(0, 50, submitter="microsoft.com")))
    assert both is not None and both.state is State.BAD


@pytest.mark.parametrize(("failed", "of"), [(9, 100), (50, 10_000)])
def test_little_is_no_incident(failed: int, of: int) -> None:
    found = judged((summary(0, failed, of),), (summary(1, failed, of),))
    assert found is not None and found.state is State.OK


def test_an_enforced_policy_makes_it_mail_that_does_not_come() -> None:
    for enforced in (True, False):
        found = judged((summary(0, 50, enforced=enforced),), (summary(1, 50, enforced=enforced),))
        assert found is not None and found.refuses_mail is enforced


def test_two_days_without_it_end_it_and_silence_does_not() -> None:
    bad = (summary(0, 50),), (summary(1, 50),)
    over = judged(*bad, (summary(2, 0),), (summary(3, 0),))
    assert over is not None and over.state is State.OK
    silent = judged(*bad, (), (), ())
    assert silent is not None and silent.state is State.BAD


def test_unproven_reports_say_nothing() -> None:
    assert judged((summary(0, 50, proven=False),), (summary(1, 50, proven=False),)) is None
