"""Our own mail that breaks is told once it is confirmed, and in order again only after days on which it was."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from staygreen.core.config.tables.monitors.dmarc import DmarcLimits
from staygreen.core.dmarc.judgement.own_mail import OwnFault, judge_own_mail
from staygreen.core.dmarc.judgement.reading import SES, DayReading, Kind
from staygreen.core.dmarc.judgement.share import ShareResult
from staygreen.core.finding import State
from tests.unit.dmarc.days import (
    BROKEN,
    BY_SPF,
    GOOD,
    GOOGLE,
    NOT_LOOKED_UP,
    SMALL,
    UNSIGNED,
    at,
    day,
    seen_by,
    without_reports,
)

LIMITS = DmarcLimits()
SES_SIGNED = GOOD._replace(row=6, source=SES, selector="token")
SES_UNSIGNED = SES_SIGNED._replace(row=7, selector="", is_signed=False, by_spf=False)


def well(number: int, messages: int = 1_000) -> DayReading:
    return day(number, seen_by(GOOD, google=messages, outlook=messages))


def week() -> list[DayReading]:
    return [well(number) for number in range(7)]


def result(days: list[DayReading], fault: OwnFault, target: str = "192.0.2.1") -> ShareResult | None:
    found = {(each.fault, each.target): each.result for each in judge_own_mail(days, LIMITS)}
    return found.get((fault, target))


def state(days: list[DayReading], fault: OwnFault, target: str = "192.0.2.1") -> State | None:
    found = result(days, fault, target)
    return found.state if found else None


def failing(number: int, kind: Kind, messages: int, of: int = 1_000, **more: int) -> DayReading:
    """A day on which Google counts some messages of a kind, and all others are good."""
    counted = {**seen_by(GOOD, google=of - messages), **seen_by(kind, google=messages, **more)}
    return day(number, {**counted, **seen_by(GOOD, outlook=of)})


def test_an_address_that_stops_signing_is_told_when_two_reporters_see_it() -> None:
    both = day(7, seen_by(UNSIGNED, google=30, outlook=30) | seen_by(GOOD, google=470, outlook=470))
    found = result([*week(), both], OwnFault.UNSIGNED)
    assert found is not None
    assert (found.state, found.first, found.faulty, found.of) == (State.BAD, at(7), 60, 1_000)
    assert {each.name for each in found.reporters} == {"Google", "Microsoft (Outlook.com)"}


def test_one_reporter_is_confirmed_by_a_second_day_not_by_a_second_look() -> None:
    once = [*week(), failing(7, UNSIGNED, 140)]
    assert state(once, OwnFault.UNSIGNED) is not State.BAD
    assert state(once, OwnFault.UNSIGNED) is not State.BAD, "to look again proves nothing"
    twice = result([*once, failing(8, UNSIGNED, 140)], OwnFault.UNSIGNED)
    assert twice is not None
    assert (twice.state, twice.first) == (State.BAD, at(7))


def test_a_known_reporter_that_sees_half_of_it_fail_is_believed_alone() -> None:
    half = seen_by(UNSIGNED, google=150) | seen_by(GOOD, google=100)
    assert state([*week(), day(7, half)], OwnFault.UNSIGNED) is State.BAD
    nobody = {kind._replace(reporter=SMALL): number for kind, number in half.items()}
    assert state([*week(), day(7, nobody)], OwnFault.UNSIGNED) is not State.BAD


@pytest.mark.parametrize(
    ("messages", "of"), [pytest.param(19, 200, id="too few"), pytest.param(40, 1_000, id="too small a share")]
)
def test_little_is_no_incident(messages: int, of: int) -> None:
    days = [
        *week(),
        *(
            day(
                number,
                seen_by(UNSIGNED, google=messages // 2, outlook=messages - messages // 2) | seen_by(GOOD, google=of),
            )
            for number in (7, 8, 9)
        ),
    ]
    assert state(days, OwnFault.UNSIGNED) is not State.BAD


def test_what_was_never_quite_in_order_does_not_open() -> None:
    uneasy = [failing(number, UNSIGNED, 25, 1_000, outlook=25) for number in range(7)]
    assert state([*uneasy, failing(7, UNSIGNED, 140), failing(8, UNSIGNED, 140)], OwnFault.UNSIGNED) is not State.BAD


def test_two_days_in_order_close() -> None:
    bad = [*week(), failing(7, UNSIGNED, 200), failing(8, UNSIGNED, 200)]
    assert state([*bad, well(9)], OwnFault.UNSIGNED) is State.BAD
    assert state([*bad, well(9), well(10)], OwnFault.UNSIGNED) is State.OK


def test_days_with_too_little_mail_close_nothing() -> None:
    bad = [*week(), failing(7, UNSIGNED, 200), failing(8, UNSIGNED, 200)]
    assert state([*bad, well(9, 5), well(10, 5), well(11, 5)], OwnFault.UNSIGNED) is State.BAD


@given(some.lists(some.booleans(), min_size=1, max_size=20))
def test_silence_and_partial_reports_never_close(kinds: list[bool]) -> None:
    bad = [*week(), failing(7, UNSIGNED, 200), failing(8, UNSIGNED, 200)]
    assert state(bad, OwnFault.UNSIGNED) is State.BAD
    after = [
        replace(well(9 + number), whole=frozenset()) if is_partial else without_reports(well(9 + number))
        for number, is_partial in enumerate(kinds)
    ]
    assert state([*bad, *after], OwnFault.UNSIGNED) is State.BAD


@given(some.lists(some.tuples(some.integers(0, 400), some.integers(0, 400)), max_size=25))
def test_what_is_in_order_at_every_reporter_never_opens(counts: list[tuple[int, int]]) -> None:
    days = [day(number, seen_by(GOOD, google=one, outlook=other)) for number, (one, other) in enumerate(counts)]
    assert all(each.result.state is not State.BAD for each in judge_own_mail(days, LIMITS))


def test_a_broken_signature_is_told_of_its_selector() -> None:
    days = [*week(), failing(7, BROKEN, 200), failing(8, BROKEN, 200)]
    assert state(days, OwnFault.BROKEN_SIGNATURE, "s1") is State.BAD
    assert state(days, OwnFault.UNSIGNED) is not State.BAD


def test_spf_alone_is_told_after_three_days_in_a_row() -> None:
    by_spf = [failing(number, BY_SPF, 800) for number in (7, 8, 9)]
    assert state([*week(), *by_spf[:2]], OwnFault.SPF_ALONE) is not State.BAD
    found = result([*week(), *by_spf], OwnFault.SPF_ALONE)
    assert found is not None
    assert (found.state, found.failing) == (State.BAD, 0)
    between = [by_spf[0], well(8), failing(9, BY_SPF, 800), failing(10, BY_SPF, 800)]
    assert state([*week(), *between], OwnFault.SPF_ALONE) is not State.BAD


def test_a_declared_sender_that_breaks_is_told_by_its_name() -> None:
    fine = GOOD._replace(row=8, source="crm")
    broken = fine._replace(row=9, is_signed=False, by_spf=False)
    days = [day(number, seen_by(fine, google=100, outlook=100)) for number in range(7)]
    days.append(day(7, seen_by(broken, google=90, outlook=90)))
    assert state(days, OwnFault.DECLARED_BROKEN, "crm") is State.BAD


def test_keys_that_receivers_cannot_look_up_are_no_broken_mail() -> None:
    """Two reporters are needed: one receiver's DNS says nothing of ours."""
    one = [*week(), failing(7, NOT_LOOKED_UP, 400), failing(8, NOT_LOOKED_UP, 400), failing(9, NOT_LOOKED_UP, 400)]
    assert state(one, OwnFault.NOT_LOOKED_UP, "") is not State.BAD
    both = [*week(), day(7, seen_by(NOT_LOOKED_UP, google=100, outlook=100) | seen_by(GOOD, google=900, outlook=900))]
    assert state(both, OwnFault.NOT_LOOKED_UP, "") is State.BAD
    assert state(both, OwnFault.UNSIGNED) is not State.BAD
    assert state(both, OwnFault.STOPPED, "Google") is not State.BAD


def test_own_mail_that_a_receiver_quarantines_is_told_of_the_receiver() -> None:
    stopped = GOOD._replace(is_stopped=True)
    days = [*week(), failing(7, stopped, 30), failing(8, stopped, 30)]
    found = result(days, OwnFault.STOPPED, "Google")
    assert found is not None
    assert (found.state, found.reporters) == (State.BAD, (GOOGLE,))
    assert state(days, OwnFault.STOPPED, "Microsoft (Outlook.com)") is State.OK


def test_mail_through_ses_that_loses_its_signature_is_ours_where_signed_mail_became_less() -> None:
    before = [day(number, seen_by(SES_SIGNED, google=500, outlook=500)) for number in range(7)]
    turned = day(7, seen_by(SES_UNSIGNED, google=480, outlook=490))
    assert state([*before, turned], OwnFault.UNSIGNED, SES) is State.BAD
    beside = day(7, seen_by(SES_SIGNED, google=500, outlook=500) | seen_by(SES_UNSIGNED, google=480, outlook=490))
    assert state([*before, beside], OwnFault.UNSIGNED, SES) is None, "another account sends beside it"


def test_what_breaks_on_a_day_with_little_mail_is_told_when_there_is_enough() -> None:
    """The fault itself is not what was wrong in the week before it."""
    little = [day(number, seen_by(UNSIGNED, google=9) | seen_by(GOOD, google=21)) for number in (7, 8)]
    before = [well(number, 60) for number in range(7)]
    monday = day(9, seen_by(UNSIGNED, google=20, outlook=20) | seen_by(GOOD, google=40, outlook=40))
    found = result([*before, *little, monday], OwnFault.UNSIGNED)
    assert found is not None and found.state is State.BAD


def test_a_key_that_breaks_on_many_addresses_is_told_though_each_sends_little() -> None:
    addresses = [f"192.0.2.{number}" for number in range(1, 5)]
    fine = {kind: n for each in addresses for kind, n in seen_by(GOOD._replace(source=each), google=40).items()}
    broken = {kind: n for each in addresses for kind, n in seen_by(BY_SPF._replace(source=each), google=40).items()}
    days = [day(number, fine) for number in range(7)] + [day(number, broken) for number in (7, 8, 9)]
    assert state(days, OwnFault.SPF_ALONE, "192.0.2.1") is not State.BAD
    assert state(days, OwnFault.SPF_ALONE, "selector s1") is State.BAD


def test_one_message_at_a_small_reporter_confirms_nothing() -> None:
    one = seen_by(NOT_LOOKED_UP, google=60, small=1) | seen_by(GOOD, google=900, small=29)
    assert state([*week(), day(7, one)], OwnFault.NOT_LOOKED_UP, "") is not State.BAD
    two = seen_by(NOT_LOOKED_UP, google=60, small=2) | seen_by(GOOD, google=900, small=29)
    assert state([*week(), day(7, two)], OwnFault.NOT_LOOKED_UP, "") is State.BAD
