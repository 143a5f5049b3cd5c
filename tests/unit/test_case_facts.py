"""What a deployed sender adds to a packet."""

from dataclasses import replace
from datetime import date, timedelta
from ipaddress import IPv4Address

import pytest

from lambdas.adapters.memory import MemoryAsk
from lambdas.core import case_facts
from lambdas.core.case import Facts, Outcome, Stage, moved, opened, packet, watched
from lambdas.core.checks import cases
from lambdas.core.finding import Severity
from lambdas.core.incident import Status, advance
from lambdas.core.replies.decode import Route
from lambdas.core.snds.history import Day
from lambdas.core.snds.rows import Colour, ComplaintRate
from tests.unit.incidents.examples import RULE, START, listing
from tests.unit.test_case import FACTS

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
    made = case_facts.kept(BARE, [snds()], (), START)
    assert (made.daily_volume, made.complaint_rate) == (422, None)
    assert made.snds == ("2026-06-02: GREEN, 422 recipients, complaints under 0.1%",)
    assert case_facts.kept(BARE, [snds("=", 0.004)], (), START).complaint_rate == 0.004


def test_old_rows_say_nothing_of_now():
    assert case_facts.kept(BARE, [snds(back=9)], (), START) == BARE


def test_what_a_check_saw_end_is_a_repair_with_its_time():
    made = case_facts.kept(BARE, (), [closed()], START + DAY)
    assert [(each.at, each.what) for each in made.repairs] == [(START, "blocklist of 192.0.2.10: psbl is over")]
    assert case_facts.kept(made, (), [closed()], START + DAY) == made, "looking again tells nothing twice"
    assert f"Repaired {START:%Y-%m-%d %H:%M} UTC: blocklist" in packet(made).text()


@pytest.mark.parametrize("other", [closed("snds"), replace(closed(), status=Status.OPEN), closed(opened_at=None)])
def test_what_is_no_repair_is_not_called_one(other):
    assert case_facts.kept(BARE, (), [other], START + DAY).repairs == ()


# --- reminders ------------------------------------------------------------------------------------------------------


def told(case, now):
    made = cases.run({"environment": "staging", "table": "t"}, MemoryAsk(at=now, found_cases=(case,)))
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
