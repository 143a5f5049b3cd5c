"""Undeclared senders are told once for each service, campaigns once for a domain."""

from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.judgement import strangers
from staygreen.core.dmarc.judgement.reading import SES, DayReading
from staygreen.core.dmarc.judgement.strangers import CampaignResult, Undeclared, UndeclaredResult
from staygreen.core.finding import State
from tests.unit.dmarc.days import GOOD, GOOGLE, SPOOF, at, day, seen_by

LIMITS = DmarcLimits()
SERVICE = GOOD._replace(row=16, source="Mailchimp", selector="", is_signed=False, by_spf=False)


def undeclared(days: list[DayReading], today: int = 40) -> dict[str, UndeclaredResult]:
    read = [strangers.read(each) for each in days]
    return {each.service: each for each in strangers.judge_undeclared(read, LIMITS, at(today))}


def campaign(days: list[DayReading]) -> CampaignResult:
    return strangers.judge_campaign([strangers.read(each) for each in days], LIMITS)


def test_a_service_is_told_after_two_days_or_one_large_one() -> None:
    once = [day(1, seen_by(SERVICE, google=60))]
    assert undeclared(once, 2)["Mailchimp"].state is State.OK
    twice = undeclared([*once, day(3, seen_by(SERVICE, google=60))], 4)["Mailchimp"]
    assert (twice.state, twice.first, twice.messages, twice.kind) == (State.BAD, at(1), 120, Undeclared.SERVICE)
    assert undeclared([day(1, seen_by(SERVICE, google=500))], 2)["Mailchimp"].state is State.BAD


def test_two_days_far_apart_confirm_nothing() -> None:
    days = [day(1, seen_by(SERVICE, google=60)), day(20, seen_by(SERVICE, google=60))]
    assert undeclared(days, 21)["Mailchimp"].state is State.OK


def test_one_reporter_that_nobody_knows_is_not_enough() -> None:
    days = [day(1, seen_by(SERVICE, small=900)), day(2, seen_by(SERVICE, small=900))]
    assert undeclared(days, 3)["Mailchimp"].state is State.OK
    assert undeclared([*days, day(3, seen_by(SERVICE, other_small=900))], 4)["Mailchimp"].state is State.BAD


def test_an_undeclared_sender_is_gone_after_a_month() -> None:
    days = [day(1, seen_by(SERVICE, google=900))]
    assert undeclared(days, 31)["Mailchimp"].state is State.BAD
    assert undeclared(days, 32)["Mailchimp"].state is State.OK


def test_a_key_that_somebody_published_is_told_by_its_selector() -> None:
    key = GOOD._replace(row=11, source="Mailchimp", selector="mk1")
    found = undeclared([day(1, seen_by(key, google=900))], 2)["mk1"]
    assert (found.kind, found.passing) == (Undeclared.KEY_IN_DNS, 900)


def test_mail_from_ses_without_a_signature_of_ours_is_another_account() -> None:
    other = SERVICE._replace(row=7, source=SES)
    assert undeclared([day(1, seen_by(other, google=900))], 2)[SES].kind is Undeclared.OTHER_SES_ACCOUNT
    broken = other._replace(selector="token")
    assert SES not in undeclared([day(1, seen_by(broken, google=900))], 2), "a signature of ours is our own mail"


def spoofed(number: int, messages: int) -> DayReading:
    return day(number, seen_by(SPOOF, google=messages, outlook=messages))


def test_a_campaign_is_much_more_than_usual_at_two_reporters() -> None:
    usual = [spoofed(number, 20) for number in range(28)]
    assert campaign([*usual, spoofed(28, 90)]).state is State.OK, "below five times the usual"
    found = campaign([*usual, spoofed(28, 150), spoofed(29, 400)])
    assert (found.state, found.first, found.messages, found.usual) == (State.BAD, at(28), 1_100, 40)
    assert found.is_stopped
    alone = [*usual, day(28, seen_by(SPOOF, google=900))]
    assert campaign(alone).state is State.OK, "one reporter alone"


def test_a_campaign_is_over_after_three_days_below() -> None:
    started = [spoofed(number, 5) for number in range(28)] + [spoofed(28, 900)]
    assert campaign([*started, spoofed(29, 5), spoofed(30, 5)]).state is State.BAD
    assert campaign([*started, spoofed(29, 5), spoofed(30, 5), spoofed(31, 5)]).state is State.OK
    assert campaign([*started, day(29), day(30), day(31)]).state is State.BAD, "silence ends nothing"


def test_a_campaign_that_is_let_in_is_worth_a_warning() -> None:
    let_in = SPOOF._replace(is_stopped=False)
    days = [spoofed(number, 5) for number in range(8)]
    found = campaign([*days, day(8, seen_by(let_in, google=400, outlook=400))])
    assert (found.state, found.is_stopped) == (State.BAD, False)
    assert found.reporters[0] in {GOOGLE, *found.reporters}
