"""A policy goes further only on what was seen; what is not known is never taken for met."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from staygreen.core.dmarc.judgement.reading import DayReading, Kind
from staygreen.core.dmarc.readiness.answer import Condition, Readiness, Standing
from staygreen.core.dmarc.readiness.bound import messages_needed, upper
from staygreen.core.dmarc.readiness.conditions import Known
from staygreen.core.dmarc.readiness.kept import KeptAnswer, effect, kept, read, written
from staygreen.core.dmarc.readiness.ready import readiness
from staygreen.core.errors import StaygreenError
from staygreen.core.records.dmarc import DmarcRecord, Policy
from staygreen.core.reports.report import PublishedPolicy
from tests.unit.dmarc.days import BROKEN, GOOD, SPOOF, UNSIGNED, at, day, seen_by

NONE = DmarcRecord(policy=Policy.NONE, aggregate_reports=("mailto:dmarc@brand.example",))
KNOWN = Known(declared=NONE, sent=2_000)
ALTERED = BROKEN._replace(row=13, source="lists.example")
SERVICE = GOOD._replace(row=16, source="Mailchimp", selector="", is_signed=False, by_spf=False)
OTHER_ACCOUNT = SERVICE._replace(row=7, source="Amazon SES")


def found(policy: str) -> PublishedPolicy:
    return PublishedPolicy(domain="brand.example", p=policy)


def month(
    each_day: int = 22, policy: str = "none", *, more: dict[Kind, int] | None = None, days: int = 35
) -> list[DayReading]:
    """Days on which three reporters see so many good messages in all, the last with something more."""
    good = seen_by(GOOD, google=each_day - 2, outlook=1, yahoo=1)
    made = [day(number, good, policy=found(policy)) for number in range(days)]
    if more:
        made[-2] = day(days - 2, good | more, policy=found(policy))
    return made


def ask(days: list[DayReading], known: Known = KNOWN, **more: bool) -> Readiness:
    return readiness("brand.example", days, known, at(len(days)), **more)


def condition(answer: Readiness, identifier: str) -> Condition:
    return next(each for each in answer.conditions if each.id == identifier)


def test_enough_mail_without_a_failure_is_ready_for_quarantine_with_the_record_to_paste() -> None:
    answer = ask(month())
    assert answer.standing is Standing.READY, answer.missing
    assert (answer.own_messages, answer.own_failing) == (770, 0)
    assert answer.record == "v=DMARC1; p=quarantine; rua=mailto:dmarc@brand.example"
    assert answer.change == '[domain.dmarc]\npolicy = "quarantine"'


def test_what_is_missing_is_said_in_messages_and_days() -> None:
    answer = ask(month(10))
    assert answer.standing is Standing.NOT_YET
    assert condition(answer, "R4").missing == "415 more messages without a failure, about 42 days"


@pytest.mark.parametrize(
    ("days", "known", "lacking"),
    [
        pytest.param(month(days=30), KNOWN, {"R1"}, id="days"),
        pytest.param(
            [day(n, seen_by(GOOD, google=30), policy=found("none")) for n in range(35)], KNOWN, {"R2"}, id="who"
        ),
        pytest.param(month(), replace(KNOWN, sent=None), {"R3"}, id="how much was sent is not known"),
        pytest.param(month(), replace(KNOWN, sent=9_000), {"R3"}, id="little of it is seen"),
        pytest.param(month(more=seen_by(UNSIGNED, google=8)), KNOWN, {"R4"}, id="failures"),
        pytest.param(month(), replace(KNOWN, senders=("crm",)), {"R5"}, id="a sender that was not seen"),
        pytest.param(month(more=seen_by(OTHER_ACCOUNT, google=10)), KNOWN, {"R6"}, id="another account"),
        pytest.param(month(more=seen_by(SERVICE, google=600)), KNOWN, {"R6"}, id="a service"),
        pytest.param(
            month(more=seen_by(GOOD._replace(selector="s2"), google=9)), KNOWN, {"R8"}, id="a key that is new"
        ),
        pytest.param(month(), replace(KNOWN, declared=replace(NONE, policy=Policy.REJECT)), {"R8"}, id="not declared"),
        pytest.param(
            month(400, more=seen_by(UNSIGNED, google=40, outlook=40)), KNOWN, {"R4", "R9"}, id="it was broken"
        ),
    ],
)
def test_each_condition_alone_stands_in_the_way(days: list[DayReading], known: Known, lacking: set[str]) -> None:
    answer = ask(days, known)
    assert answer.standing is Standing.NOT_YET
    assert lacking <= {each.id for each in answer.missing}
    assert not answer.record, "no record to paste before it is time"


def test_what_is_not_known_is_said_and_never_taken_for_met() -> None:
    answer = ask(month(), replace(KNOWN, sent=None))
    assert answer.not_asked == ("how much was sent",)
    assert condition(answer, "R3").is_met is None


def test_a_service_that_is_acknowledged_stands_in_nobodys_way() -> None:
    days = month(more=seen_by(SERVICE, google=600))
    assert ask(days, replace(KNOWN, acknowledged=frozenset({"Mailchimp"}))).standing is Standing.READY


AT_QUARANTINE = replace(KNOWN, declared=replace(NONE, policy=Policy.QUARANTINE), sent=9_000)


def test_reject_is_never_recommended_where_people_post() -> None:
    answer = ask(month(200, "quarantine"), AT_QUARANTINE)
    assert answer.standing is Standing.STAY
    assert not answer.record
    assert ask(month(200, "quarantine"), replace(AT_QUARANTINE, people=False)).standing is Standing.READY


@given(
    some.integers(0, 300),
    some.integers(0, 50),
    some.sampled_from(("none", "quarantine", "reject")),
    some.booleans(),
)
def test_no_days_at_all_make_reject_the_advice_where_people_post(
    good: int, bad: int, policy: str, is_declared: bool
) -> None:
    known = replace(AT_QUARANTINE, declared=AT_QUARANTINE.declared if is_declared else None)
    answer = ask(month(good + 3, policy, more=seen_by(UNSIGNED, google=bad + 1)), known)
    assert "p=reject" not in answer.record


def test_altered_forwards_stand_in_the_way_of_reject_unless_accepted_with_their_number() -> None:
    nobody_posts = replace(AT_QUARANTINE, people=False)
    days = month(200, "quarantine", more=seen_by(ALTERED, google=70))
    answer = ask(days, nobody_posts)
    assert {each.id for each in answer.missing} == {"R7"}
    assert condition(answer, "R7").missing.startswith("60 messages a month would be lost")
    assert ask(days, replace(nobody_posts, accepted_loss=60)).standing is Standing.READY
    assert ask(days, replace(nobody_posts, accepted_loss=59)).standing is Standing.NOT_YET


def test_time_at_a_step_counts_from_when_receivers_found_it() -> None:
    days = [*month(200, "none")[:20], *month(200, "quarantine")[20:]]
    answer = ask(days, replace(AT_QUARANTINE, people=False))
    assert condition(answer, "R10").value == "15"
    assert not condition(answer, "R10").is_met


def test_a_step_that_makes_mail_fail_is_taken_back_with_the_record_before_it() -> None:
    failing = seen_by(GOOD, google=980, outlook=20, yahoo=9) | seen_by(UNSIGNED, google=10)
    days = month(1_000, "none", days=30)
    days += [day(number, failing, policy=found("quarantine")) for number in (30, 31)]
    answer = ask(days, replace(AT_QUARANTINE, sent=50_000))
    assert (answer.standing, answer.next) == (Standing.GO_BACK, Policy.NONE)
    assert answer.record.startswith("v=DMARC1; p=none")
    assert answer.why.startswith("After the step to quarantine 1.0 % of own mail fails")


def test_a_parked_domain_goes_to_reject_at_once() -> None:
    answer = ask(month(0 + 3), replace(KNOWN, sent=None), parked=True)
    assert (answer.standing, answer.next) == (Standing.READY, Policy.REJECT)


def test_t_y_is_offered_with_the_share_that_heeds_it_alone() -> None:
    assert "heeded for none" not in ask(month()).testing
    assert ask(month()).testing.startswith("t=y would be heeded for 0.0 % of own mail")


@given(some.integers(0, 5_000), some.integers(1, 200_000), some.sampled_from((0.005, 0.001)))
def test_the_bound_is_above_what_was_seen_and_what_is_needed_is_just_enough(
    failing: int, of: int, limit: float
) -> None:
    failing = min(failing, of)
    assert failing / of <= upper(failing, of) <= 1
    needed = messages_needed(failing, limit)
    assert upper(failing, needed) <= limit
    assert needed == max(failing, 1) or upper(failing, needed - 1) > limit


def test_without_one_failure_it_takes_770_messages_for_quarantine_and_3_840_for_reject() -> None:
    assert 760 <= messages_needed(0, 0.005) <= 770
    assert 3_830 <= messages_needed(0, 0.001) <= 3_840


# the answer that is kept, and the review


def kept_answer(**more: dict[Kind, int]) -> KeptAnswer:
    days = month(1_000, "quarantine", **more)  # type: ignore[arg-type]
    return kept(ask(days, AT_QUARANTINE), days)


def test_a_change_says_what_it_would_have_done_to_the_mail_of_the_window() -> None:
    mail = seen_by(UNSIGNED, google=26) | seen_by(ALTERED, google=1_104) | seen_by(SPOOF, google=500)
    answer = kept_answer(more=mail)
    text = effect(answer, Policy.QUARANTINE, Policy.REJECT, answer.on + timedelta(days=14))
    assert text == (
        "Reject would have lost 1,130 messages of 36,630 as brand.example: 26 of your own and 1,104 by mailing lists "
        "and "
        "forwarders. Of strangers, 500 messages. It is counted in reports of 35 days up to 5 April 2026; what "
        "receivers did "
        "not report is not counted."
    )


def test_an_old_answer_calculates_nothing() -> None:
    answer = kept_answer()
    text = effect(answer, Policy.QUARANTINE, Policy.REJECT, answer.on + timedelta(days=15))
    assert "older than 14 days" in text
    assert "lost" not in text


def test_a_kept_answer_is_read_again_as_it_was_and_nothing_else_is() -> None:
    answer = kept_answer(more=seen_by(ALTERED, google=7))
    assert read(written(answer)) == answer
    for text in ("", "[]", '{"schema": "x"}', '{"schema": "staygreen.dmarc-ready/1"}'):
        with pytest.raises(StaygreenError, match="cannot be read"):
            read(text)
