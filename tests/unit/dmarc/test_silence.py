"""Reports that stop, change or cannot be read are told; a receiver's holiday is not."""

from datetime import timedelta

from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.day import UnreadableReport
from staygreen.core.dmarc.judgement.reading import DayReading
from staygreen.core.dmarc.judgement.silence import (
    AbsenceResult,
    differs,
    judge_absence,
    judge_difference,
    judge_silence,
    judge_unreadable,
)
from staygreen.core.finding import State
from staygreen.core.records.dmarc import DmarcRecord, Policy
from staygreen.core.reports.report import PublishedPolicy
from tests.unit.dmarc.days import GOOD, GOOGLE, YAHOO, at, day, evening, seen_by

LIMITS = DmarcLimits()
HOUR = timedelta(hours=1)
QUARANTINE = DmarcRecord(policy=Policy.QUARANTINE)
FOUND = PublishedPolicy(domain="brand.example", p="quarantine")


def well(number: int) -> DayReading:
    return day(number, seen_by(GOOD, google=500, outlook=300, yahoo=100))


def quiet(number: int) -> DayReading:
    return day(number)


def test_no_report_for_three_days_is_told_where_mail_was_sent() -> None:
    days = [*map(well, range(10)), *map(quiet, range(10, 14))]
    sent = {at(number): 400 for number in range(15)}
    assert judge_silence(days, sent, LIMITS, evening(12)).state is State.OK, "the day after is still to be waited for"
    found = judge_silence(days, sent, LIMITS, evening(13))
    assert (found.state, found.last, found.sent, found.is_counted) == (State.BAD, at(9), 400, True)


def test_no_report_is_no_news_where_nothing_was_sent() -> None:
    days = [*map(well, range(10)), *map(quiet, range(10, 20))]
    assert judge_silence(days, {}, LIMITS, evening(20)).state is State.UNKNOWN


def test_where_nobody_counts_what_was_reported_before_is_taken() -> None:
    days = [*map(well, range(10)), *map(quiet, range(10, 20))]
    found = judge_silence(days, None, LIMITS, evening(20))
    assert (found.state, found.sent, found.is_counted) == (State.BAD, 900, False)


def test_a_domain_that_never_was_reported_on_is_not_said_to_have_stopped() -> None:
    assert judge_silence([quiet(1)], {at(1): 900}, LIMITS, evening(9)).state is State.UNKNOWN


def absence(days: list[DayReading], number: int) -> dict[str, AbsenceResult]:
    return {each.reporter.name: each for each in judge_absence(days, LIMITS, evening(number))}


def test_google_is_missed_after_four_days_on_which_others_came() -> None:
    without = [day(number, seen_by(GOOD, yahoo=100)) for number in range(10, 14)]
    days = [*map(well, range(10)), *without]
    found = absence(days, 15)
    assert (found["Google"].state, found["Google"].last) == (State.BAD, at(9))
    assert absence(days[:-1], 15)["Google"].state is State.UNKNOWN
    assert absence([*days, well(14)], 16)["Google"].state is State.OK
    assert "Yahoo" not in found, "only Google and Microsoft are missed"


def test_nobody_is_missed_on_days_without_any_report() -> None:
    assert absence([*map(well, range(10)), *map(quiet, range(10, 20))], 21)["Google"].state is State.OK


def test_who_came_now_and_then_is_not_missed() -> None:
    days = [day(n, seen_by(GOOD, yahoo=9) | (seen_by(GOOD, google=9) if n % 3 == 0 else {})) for n in range(10)]
    days += [day(n, seen_by(GOOD, yahoo=9)) for n in range(10, 20)]
    assert absence(days, 21)["Google"].state is not State.BAD


def published(number: int, found: PublishedPolicy) -> DayReading:
    return day(number, seen_by(GOOD, google=5, outlook=5), policy=found)


def test_another_policy_than_declared_is_told_when_two_reporters_find_it() -> None:
    weaker = PublishedPolicy(domain="brand.example", p="none")
    days = [published(1, FOUND), published(2, FOUND), published(3, weaker)]
    found = judge_difference(days, QUARANTINE, None, HOUR)
    assert found is not None
    assert (found.state, found.first, found.found, found.is_weaker) == (State.BAD, at(3), "p=none", True)
    alone = day(3, seen_by(GOOD, google=5), policy=weaker)
    one = judge_difference([*days[:2], alone], QUARANTINE, None, HOUR)
    assert one is not None and one.state is not State.BAD


def test_two_days_on_which_all_agree_end_it() -> None:
    weaker = PublishedPolicy(domain="brand.example", p="none")
    days = [published(1, weaker), published(2, FOUND), published(3, FOUND)]
    found = judge_difference(days, QUARANTINE, None, HOUR)
    assert found is not None and found.state is State.OK


def test_reports_of_the_days_around_a_change_say_nothing() -> None:
    before = PublishedPolicy(domain="brand.example", p="none")
    changed = evening(3)
    days = [published(number, before) for number in range(1, 6)]
    settled = judge_difference(days, QUARANTINE, changed, HOUR)
    assert settled is not None and settled.state is State.UNKNOWN
    late = judge_difference([*days, published(6, before)], QUARANTINE, changed, HOUR)
    assert late is not None and late.state is State.BAD


def test_the_policy_that_holds_for_subdomains_is_no_difference() -> None:
    assert not differs(PublishedPolicy(p="quarantine", sp="quarantine"), QUARANTINE)
    assert not differs(PublishedPolicy(), QUARANTINE), "what a report does not say is not another"
    assert differs(PublishedPolicy(p="quarantine", sp="none"), QUARANTINE)
    assert differs(PublishedPolicy(p="quarantine", adkim="s"), QUARANTINE)
    assert judge_difference([], None, None, HOUR) is None


def test_a_reporter_that_could_be_read_is_told_after_two_that_could_not() -> None:
    days = [well(number) for number in range(3)]
    reports = [UnreadableReport(submitter="Google", received=evening(n), reason="not XML") for n in (4, 5)]
    assert [each.state for each in judge_unreadable(reports[:1], days, LIMITS)] == [State.UNKNOWN]
    (found,) = judge_unreadable(reports, days, LIMITS)
    assert (found.state, found.reports, found.reason, found.last_read) == (State.BAD, 2, "not XML", at(2))
    (again,) = judge_unreadable(reports, [*days, well(5)], LIMITS)
    assert again.state is State.OK, "one read ends it"
    stranger = [UnreadableReport(submitter="x.example", received=evening(n), reason="no") for n in (4, 5)]
    assert not list(judge_unreadable(stranger, days, LIMITS)), "it never could be read"
    assert {GOOGLE, YAHOO} <= days[0].reporters
