"""What a deployed sender adds to a packet."""

from dataclasses import replace
from datetime import date, timedelta
from ipaddress import IPv4Address

import pytest

from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.checks import cases
from staygreen.core.delisting import facts
from staygreen.core.delisting.case import Facts, Outcome, Stage, moved, opened, watched
from staygreen.core.delisting.letters import packet
from staygreen.core.finding import Severity, Subject, SubjectKind
from staygreen.core.incidents.incident import Status, advance
from staygreen.core.replies.counters import SHARED, Combination, Tally
from staygreen.core.replies.decode import Route, decode
from staygreen.core.snds.history import Day
from staygreen.core.snds.rows import Colour, ComplaintRate
from tests.unit.delisting.test_case import FACTS
from tests.unit.incidents.examples import RULE, START, listing

DAY = timedelta(days=1)
BARE = Facts(ips=("192.0.2.10",), route=Route.SUPPORT_FORM, refusals=FACTS.refusals)


def snds(op="<", rate=0.001, back=1):
    on = date(2026, 6, 3) - timedelta(days=back)
    return Day(
        ip=IPv4Address("192.0.2.10"), on=on, source="snds_rest", filter_result=Colour.GREEN, rcpt_commands=422,
        data_commands=409, recipients=422, complaint_rate=ComplaintRate(op, rate), trap_hits=None,
    )  # fmt: skip


def closed(check="blocklist", **change):
    finding = replace(listing(), check=check, is_conclusive=True, severity=Severity.CRITICAL)
    incident, _ = advance(None, finding, RULE, START)
    return replace(incident, status=Status.CLOSED, closed_at=START, **change)


def test_snds_gives_volume_rows_and_a_rate_that_is_certain():
    made = facts.kept(BARE, [snds()], (), START)
    assert (made.daily_volume, made.complaint_rate) == (422, None)
    assert made.snds == ("2026-06-02: GREEN, 422 recipients, complaints under 0.1%",)
    assert facts.kept(BARE, [snds("=", 0.004)], (), START).complaint_rate == 0.004


def test_what_a_reply_names_beside_the_address_is_taken_up():
    pasted = replace(BARE, domains=("shop.example",), configuration_sets=("newsletter",), region="eu-west-1")
    made = facts.joined(BARE, pasted)
    assert (made.domains, made.configuration_sets, made.region) == (("shop.example",), ("newsletter",), "eu-west-1")
    assert facts.joined(replace(BARE, domains=("entered.example",)), pasted).domains == ("entered.example",)


def test_old_rows_say_nothing_of_now():
    assert facts.kept(BARE, [snds(back=9)], (), START) == BARE


def test_what_a_check_saw_end_is_a_repair_with_its_time():
    made = facts.kept(BARE, (), [closed()], START + DAY)
    assert [(each.at, each.what) for each in made.repairs] == [(START, "blocklist of 192.0.2.10: psbl is over")]
    assert facts.kept(made, (), [closed()], START + DAY) == made, "looking again tells nothing twice"
    assert f"Repaired {START:%Y-%m-%d %H:%M} UTC: blocklist" in packet(made).text()


S3150 = (
    "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. part of their network is on our block list ({code})."
)
PORTAL = "550 5.7.606 Access denied, banned sending IP [{ip}]. To request removal visit https://sender.office.com/"
IP = Subject(SubjectKind.IP, "192.0.2.10")


def counted(text=S3150, subject=IP, back=1, new=5, minutes=(10, 40), **named):
    """The counter of one hour."""
    decoded = decode(text.format(**{"ip": "192.0.2.10", "code": "S3150", **named}))
    hour = START.replace(minute=0) - back * timedelta(hours=1)
    return Tally(
        combination=Combination(subject, decoded.system, decoded.cause, decoded.code or ""),
        hour=hour,
        messages=new + 1,
        new_messages=new,
        new_recipients=new,
        first_at=hour + timedelta(minutes=minutes[0]),
        last_at=hour + timedelta(minutes=minutes[1]),
        source="ses",
        decoded=decoded,
    )


def test_the_counters_give_first_and_newest_reply_and_how_many_messages():
    hours = [counted(back=back, code=code) for back, code in ((30, "S3140"), (2, "S3150"), (9, "S3150"))]
    made = facts.refused("192.0.2.10", hours)
    assert made.route is Route.SUPPORT_FORM
    assert [(each.at, each.code) for each in made.refusals] == [
        (hours[0].first_at, "S3140"),
        (hours[1].first_at, "S3150"),
    ]
    assert (made.refused_messages, made.last_refused) == (15, hours[1].last_at)
    text = packet(replace(FACTS, refusals=made.refusals, refused_messages=15, last_refused=made.last_refused)).text()
    assert f"{hours[0].first_at:%Y-%m-%d %H:%M:%S} UTC  {hours[0].decoded.text}" in text
    assert "Messages refused so far: 15" in text
    assert f"Refused last: {hours[1].last_at:%Y-%m-%d %H:%M:%S} UTC" in text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (None, "Messages refused so far: 15\n"),
        (14, "Messages refused so far: 15\n"),
        (1200, "Messages refused so far: 15 of 1200 that Amazon SES counts as sent to Microsoft since that day\n"),
    ],
    ids=["nobody counts", "fewer than were refused", "counted"],
)
def test_how_many_there_were_is_said_only_where_that_is_known_and_can_be(sent, said):
    assert said in packet(replace(FACTS, refused_messages=15, sent_to_microsoft=sent)).text() + "\n"


def test_what_ses_sent_is_set_beside_its_own_refusals_by_outlook_com_alone():
    mine, older = counted(), counted(back=9)
    assert facts.counted_by_ses_since("192.0.2.10", [mine, older]) == older.first_at
    for other in (counted(PORTAL), replace(mine, source="postfix")):
        assert facts.counted_by_ses_since("192.0.2.10", [older, other]) is None
    assert facts.counted_by_ses_since("192.0.2.11", [mine]) is None


def test_one_refusal_is_quoted_once():
    made = facts.refused("192.0.2.10", [counted(new=1, minutes=(10, 10))])
    assert (len(made.refusals), made.last_refused) == (1, None)


def test_the_system_that_refused_last_is_the_one_that_is_written_to():
    made = facts.refused("192.0.2.10", [counted(back=9), counted(PORTAL, back=1, new=2)])
    assert (made.route, made.refused_messages) == (Route.DELIST_PORTAL, 2)
    assert [each.code for each in made.refusals] == ["5.7.606"]


def test_only_aws_speaks_for_an_address_that_ses_shares():
    made = facts.refused("203.0.113.9", [counted(subject=SHARED, ip="203.0.113.9")])
    assert (made.route, made.owned_by_aws) == (Route.AWS_SUPPORT, True)


@pytest.mark.parametrize(
    "other",
    [
        counted("451 4.7.651 The mail server [{ip}] has been temporarily rate limited due to IP reputation. (S844)"),
        counted(subject=Subject(SubjectKind.IP, "192.0.2.11")),
        counted(subject=SHARED, ip="203.0.113.9"),
        counted("550 5.7.513 Client host [{ip}] blocked by contoso.com using Customer Block list (AS16012607)"),
    ],
    ids=["throttled", "another address", "another shared one", "a tenant's own list"],
)
def test_nothing_else_makes_a_case_of_the_address(other):
    assert facts.refused("192.0.2.10", [other]) is None


def test_newer_replies_are_taken_up_once_and_what_a_person_entered_stays():
    newer = facts.refused("192.0.2.10", [counted()])
    once = facts.joined(FACTS, newer)
    assert facts.joined(once, newer) == once
    assert (once.domains, once.repairs, once.refused_messages) == (FACTS.domains, FACTS.repairs, 5)
    assert len(once.refusals) == len(FACTS.refusals) + 1
    assert facts.joined(FACTS, None) == FACTS


@pytest.mark.parametrize("other", [closed("snds"), replace(closed(), status=Status.OPEN), closed(opened_at=None)])
def test_what_is_no_repair_is_not_called_one(other):
    assert facts.kept(BARE, (), [other], START + DAY).repairs == ()


# --- reminders ------------------------------------------------------------------------------------------------------


def told(case, now):
    made = cases.run({"sender": "acme", "environment": "staging", "table": "t"}, MemoryAsk(at=now, found_cases=(case,)))
    return [(finding.cause, finding.observed_at, finding.is_event) for finding in made.findings]


def test_somebody_is_reminded_after_each_wait_and_not_before():
    waiting = moved(opened(FACTS, START), Stage.SUBMITTED, START)
    assert told(waiting, START + 2 * DAY - timedelta(hours=1)) == []
    assert told(waiting, START + 3 * DAY) == [("reminder", START + 2 * DAY, True)]
    assert told(waiting, START + 5 * DAY) == [("reminder", START + 4 * DAY, True)]


def test_that_the_refusals_stopped_or_came_back_is_told_once():
    done = watched(moved(opened(FACTS, START), Stage.SUBMITTED, START), None, START + 3 * DAY)
    assert told(done, START + 4 * DAY) == [("verified", START + 3 * DAY, True)]
    assert told(done, START + 9 * DAY) == []
    back = watched(done, START + 4 * DAY, START + 4 * DAY)
    assert ("reopened", START + 4 * DAY, True) in told(back, START + 4 * DAY)


def test_nothing_is_owed_in_a_case_that_is_over():
    over = moved(opened(FACTS, START), Stage.CLOSED, START)
    assert told(over, START + 30 * DAY) == []


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_answer_without_a_next_step_is_reminded_of(outcome):
    answered = moved(moved(opened(FACTS, START), Stage.SUBMITTED, START), Stage.ANSWERED, START, outcome=outcome)
    assert told(answered, START + 2 * DAY) == [("reminder", START + 2 * DAY, True)]
