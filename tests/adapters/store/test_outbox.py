"""Senders that meet each other, and channels that fail, over a double of DynamoDB."""

from datetime import timedelta

import pytest

from staygreen.adapters.store.incidents import CLAIM, IncidentTable
from staygreen.adapters.store.outbox import sweep
from staygreen.core.incidents.run import Run, settle
from tests.adapters.store.test_incidents import Outlet, render
from tests.faults.dynamodb import Client, Table
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
    table.release(late)
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
