"""Senders that meet each other, and channels that fail, over a double of DynamoDB."""

from datetime import timedelta
from http.client import BadStatusLine, IncompleteRead

import pytest

from staygreen.adapters.store.incidents import CLAIM, IncidentTable
from staygreen.adapters.store.outbox import ENOUGH, GIVEN_UP_AFTER, STUCK_AFTER, sweep
from staygreen.core.errors import SourceUnavailable, Undeliverable
from staygreen.core.finding import State
from staygreen.core.incidents.run import Run, settle
from tests.adapters.store.test_incidents import Outlet, render
from tests.faults.dynamodb import Client, Table
from tests.faults.schedule import Schedule
from tests.unit.incidents.examples import BEFORE, HOUR, RULE, START, listing, report

NAME = "incidents"
MANY = 60
SECOND = timedelta(seconds=1)


class Watch:
    """A clock that a test moves."""

    def __init__(self, now=START + 9 * HOUR):
        self.moment = now

    def __call__(self):
        return self.moment

    def pass_(self, time):
        self.moment += time


def outbox_of(number, channels=("alerts",)):
    """A table that owes so many openings, each of an incident of its own; the client of it."""
    client = Client(Table())
    table = IncidentTable(client, NAME, channels)
    for n in range(2):
        known, last = table.load("blocklist")
        run = Run(check="blocklist", id=f"run-{n}", at=START + n * HOUR, rule=RULE, last=last or BEFORE)
        findings = [
            listing(at=run.at, address=f"2001:db8::{i:x}", cause=f"list-{i}", group=f"list-{i}") for i in range(number)
        ]
        table.apply(settle(report(*findings), known, run), run, render)
    return client


def unsent(client, channels=("alerts",)):
    return list(IncidentTable(client, NAME, channels).unsent(START + 99 * HOUR))


def ids(outlet):
    return [alert["transition_id"] for alert in outlet.told]


class Slow(Outlet):
    """Takes a while for each announcement, and lets something happen at one of them."""

    def __init__(self, watch, *, takes, at_number=None, then=None):
        super().__init__()
        self._watch, self._takes, self._number, self._then = watch, takes, at_number, then

    def send(self, alert):
        self._watch.pass_(self._takes)
        super().send(alert)
        if len(self.told) == self._number:
            self._then()


@pytest.mark.parametrize("number", [1, 20, 45, MANY])
def test_sweeps_that_overlap_send_each_announcement_once(number):
    client, watch = outbox_of(MANY), Watch()

    def another_sweep():
        sweep(IncidentTable(client, NAME), [slow], watch)

    slow = Slow(watch, takes=10 * SECOND, at_number=number, then=another_sweep)
    another_sweep()
    assert sorted(ids(slow)) == sorted(set(ids(slow)))
    assert len(slow.told) == MANY
    assert unsent(client) == []


def test_a_claim_counts_from_when_it_is_made():
    client, watch = outbox_of(1), Watch()
    (announcement,) = unsent(client)
    table = IncidentTable(client, NAME)
    watch.pass_(HOUR)
    assert table.claim(announcement, "alerts", watch())
    watch.pass_(CLAIM)
    assert not table.claim(announcement, "alerts", watch())
    watch.pass_(SECOND)
    assert table.claim(announcement, "alerts", watch())


def test_who_lost_a_claim_cannot_give_back_that_of_another():
    client, watch = outbox_of(1), Watch()
    (announcement,) = unsent(client)
    table = IncidentTable(client, NAME)
    late = table.claim(announcement, "alerts", watch())
    watch.pass_(CLAIM + SECOND)
    assert table.claim(announcement, "alerts", watch())
    table.release(late, watch())
    assert not table.claim(announcement, "alerts", watch()), "the second sender is still at it"


def test_what_one_channel_does_frees_no_claim_of_another():
    both = ("alerts", "slack")
    client, watch = outbox_of(1, both), Watch()
    (announcement,) = unsent(client, both)
    table = IncidentTable(client, NAME, both)
    assert table.claim(announcement, "slack", watch())
    table.mark(table.claim(announcement, "alerts", watch()), watch())
    assert not table.claim(announcement, "slack", watch()), "somebody is sending it there"
    failing = table.claim(announcement, "alerts", watch())
    assert not failing, "it has the announcement"


BOTH = ("slack", "alerts")
"""The one that makes trouble goes first."""
TROUBLE = [IncompleteRead(b""), BadStatusLine(""), ValueError("Retry-After"), LookupError("unknown encoding: x-odd"),
           SourceUnavailable("503")]  # fmt: skip


class Refusing(Outlet):
    """A channel that fails for some announcements; for all where none are named."""

    def __init__(self, error, ids=None, channel="slack"):
        super().__init__()
        self.channel, self._error, self._ids = channel, error, ids
        self.tried = 0

    def send(self, alert):
        self.tried += 1
        if self._ids is None or alert["transition_id"] in self._ids:
            raise self._error
        super().send(alert)


@pytest.mark.parametrize("error", TROUBLE, ids=repr)
def test_whatever_one_channel_does_another_has_everything_after_one_sweep(error):
    client, alerts = outbox_of(40, BOTH), Outlet()
    sent = sweep(IncidentTable(client, NAME, BOTH), [Refusing(error), alerts], Watch())
    assert len(set(ids(alerts))) == len(alerts.told) == 40
    assert {failure.channel for failure in sent.failures} == {"slack"}


@pytest.mark.parametrize("error", TROUBLE, ids=repr)
def test_announcements_that_a_channel_will_not_take_hold_up_no_other_in_it(error):
    client, watch = outbox_of(40, BOTH), Watch()
    oldest = {each.message["transition_id"] for each in unsent(client, BOTH)[:5]}
    slack = Refusing(error, oldest)
    for _ in range(3):
        sweep(IncidentTable(client, NAME, BOTH), [slack, Outlet()], watch)
        watch.pass_(HOUR)
    assert len(slack.told) == 35
    assert {each.message["transition_id"] for each in unsent(client, BOTH)} == oldest


def test_a_channel_that_is_down_is_tried_three_times_a_sweep():
    client, slack = outbox_of(40, BOTH), Refusing(SourceUnavailable("503"))
    sweep(IncidentTable(client, NAME, BOTH), [slack, Outlet()], Watch())
    assert slack.tried == GIVEN_UP_AFTER


def test_what_is_stuck_for_six_hours_is_given_up_and_can_be_had_again():
    client, watch = outbox_of(3, BOTH), Watch()
    stuck = {unsent(client, BOTH)[0].message["transition_id"]}
    table, slack, rounds = IncidentTable(client, NAME, BOTH), Refusing(SourceUnavailable("500"), stuck), []
    for _ in range(8):
        rounds.append(sweep(table, [slack, Outlet()], watch))
        watch.pass_(HOUR)
    given_up = [n for n, sent in enumerate(rounds) if sent.given_up]
    assert given_up == [STUCK_AFTER / HOUR], "once, and not before"
    assert rounds[6].given_up[0].channel == "slack"
    assert unsent(client, BOTH) == []
    back = Outlet()
    back.channel = "slack"
    table.owe_again()
    sweep(table, [back, Outlet()], watch)
    assert set(ids(back)) == stuck
    assert unsent(client, BOTH) == []


def test_what_one_channel_gave_up_is_still_owed_to_the_others():
    client, watch = outbox_of(1, BOTH), Watch()
    table = IncidentTable(client, NAME, BOTH)
    first = sweep(
        table, [Refusing(Undeliverable("is_archived")), Refusing(SourceUnavailable("1"), None, "alerts")], watch
    )
    assert [failure.channel for failure in first.given_up] == ["slack"]
    alerts = Outlet()
    slack = Outlet()
    slack.channel = "slack"
    sweep(table, [slack, alerts], watch)
    assert (len(alerts.told), len(slack.told)) == (1, 0)
    table.owe_again()
    sweep(table, [slack, alerts], watch)
    assert (len(alerts.told), len(slack.told)) == (1, 1), "only where it never arrived"


def test_a_slow_channel_leaves_the_others_their_share_of_the_time():
    client, watch = outbox_of(40, BOTH), Watch()
    ends = watch() + timedelta(seconds=300)
    slack, alerts = Slow(watch, takes=10 * SECOND), Slow(watch, takes=SECOND)
    slack.channel = "slack"
    sweep(IncidentTable(client, NAME, BOTH), [slack, alerts], watch, seconds_left=lambda: (ends - watch()) / SECOND)
    assert len(alerts.told) == 40
    assert 10 <= len(slack.told) < 20
    assert ends - watch() >= ENOUGH * SECOND, "nothing was begun that could not end"


def test_later_news_of_an_incident_does_not_overtake_earlier_news_that_failed_once():
    client, watch = outbox_of(1, ("slack",)), Watch()
    table = IncidentTable(client, NAME, ("slack",))
    for n in range(2, 6):
        known, last = table.load("blocklist")
        at = START + n * HOUR
        run = Run(check="blocklist", id=f"run-{n}", at=at, rule=RULE, last=last)
        clean = listing(State.OK, at=at, address="2001:db8::0", cause="list-0", group="list-0")
        table.apply(settle(report(clean), known, run), run, render)
    opened, cleared = (each.message["transition_id"] for each in unsent(client, ("slack",)))
    slack = Refusing(SourceUnavailable("503"), {opened})
    sweep(table, [slack], watch)
    assert ids(slack) == [], "the recovery waits for the opening"
    slack = Outlet()
    slack.channel = "slack"
    sweep(table, [slack], watch)
    assert ids(slack) == [opened, cleared]


def test_two_channels_that_are_marked_at_once_leave_the_outbox_together():
    """Between any two calls of one mark the other is made whole."""
    for number in range(3):
        client, watch = outbox_of(1, BOTH), Watch()
        (announcement,) = unsent(client, BOTH)
        beside, schedule = IncidentTable(client, NAME, BOTH), Schedule()
        claims = {channel: beside.claim(announcement, channel, watch()) for channel in BOTH}

        def meanwhile(_name, n):
            if n == number:  # noqa: B023 - called at once
                beside.mark(claims["slack"], watch())  # noqa: B023

        schedule.between = meanwhile
        IncidentTable(Client(client._table, schedule), NAME, BOTH).mark(claims["alerts"], watch())
        if number >= len(schedule.calls):
            beside.mark(claims["slack"], watch())
        (item,) = (item for item in client._table.items.values() if "message" in item)
        assert not {"owed", "outbox_pk", "outbox_at", "undelivered"} & item.keys(), number
        assert {"sent_alerts", "sent_slack"} <= item.keys()
