"""What `staygreen doctor` makes of what an account says: each fault has a cause of its own, and reports name nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from staygreen.core.doctor import Account, Alarm, ReverseName, State, Subscriptions, Wanted, examine, report

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WANTED = Wanted(stacks=("s-state",), checks={"blocklist": HOUR}, reverse_names={"mail-1": "mail.example.com"})
GOOD = Account(
    stacks={"s-state": "UPDATE_COMPLETE"},
    last_runs={"blocklist": NOW - HOUR},
    schedules={"blocklist": True},
    topics={"alerts": Subscriptions(confirmed=1, pending=0)},
    alarms={"check-blocklist-has-not-run": Alarm(state="OK", tells=True)},
    dead_letters=(),
    reverse_names={"mail-1": ReverseName(name="mail.example.com")},
    denied={"check-blocklist": ()},
)
PENDING = ReverseName(name="", pending="mail.example.com", reason="the A record does not resolve")
FAULTS = {
    "stack-incomplete": {"stacks": {"s-state": "ROLLBACK_COMPLETE"}},
    "run-late": {"last_runs": {"blocklist": NOW - 3 * HOUR}},
    "schedule-off": {"schedules": {"blocklist": False}},
    "topic-unheard": {"topics": {"alerts": Subscriptions(confirmed=0, pending=1)}},
    "alarm-missing": {"alarms": {}},
    "alarm-mute": {"alarms": {"check-blocklist-has-not-run": Alarm(state="OK", tells=False)}},
    "alarm-on": {"alarms": {"check-blocklist-has-not-run": Alarm(state="ALARM", tells=True)}},
    "dead-letters": {"dead_letters": ("check-blocklist",)},
    "address-missing": {"reverse_names": {}},
    "ptr-pending": {"reverse_names": {"mail-1": PENDING}},
    "ptr-other": {"reverse_names": {"mail-1": ReverseName(name="other.example.com")}},
    "permission-denied": {"denied": {"check-blocklist": ("sns:Publish",)}},
}


def causes(account, state):
    return [each.cause for each in examine(WANTED, account, NOW) if each.state is state]


def test_what_works_holds_and_nothing_else_is_told():
    assert {each.state for each in examine(WANTED, GOOD, NOW)} == {State.HOLDS}


@pytest.mark.parametrize("cause", FAULTS)
def test_each_fault_has_a_cause_of_its_own(cause):
    assert causes(replace(GOOD, **FAULTS[cause]), State.FAILS) == [cause]


def test_what_cannot_be_asked_is_unknown_and_never_holds():
    account = replace(GOOD, alarms=None, failures={"alarms": "AccessDenied"})
    assert causes(account, State.UNKNOWN) == ["not-asked"]
    assert not any(cause.startswith("alarm") for cause in causes(account, State.HOLDS))


def test_a_first_run_that_is_still_to_come_waits():
    assert causes(replace(GOOD, last_runs={}), State.WAITS) == ["run-missing"]


def test_a_stuck_reverse_name_is_told_with_ec2s_reason():
    found = examine(WANTED, replace(GOOD, reverse_names={"mail-1": PENDING}), NOW)
    assert "the A record does not resolve" in found[0].text


def test_a_report_counts_causes_and_names_nobody():
    account = replace(GOOD, reverse_names={"mail-1": PENDING}, dead_letters=("check-blocklist",))
    text = report(examine(WANTED, account, NOW), "0.2.0", "eu-central-1", "1.42.0")
    assert "fails: ptr-pending ×1 · rows 1, 2, 3" in text
    assert not any(name in text for name in ("mail-1", "example.com", "check-blocklist", "s-state"))
