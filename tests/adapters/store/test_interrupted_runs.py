"""Runs that die at any call, overlap, or have a clock that is behind: every opening is told, and told once."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters.store import run_writer
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Severity, State
from staygreen.core.incidents.run import Run, settle
from tests.adapters.store.test_incidents import ALL, GROUPED, Outlet, everything, go, render, world
from tests.faults.dynamodb import Client, Table
from tests.faults.schedule import Fault, Killed, Schedule, single
from tests.unit.incidents.examples import HOUR, RULE, START, listing, report, silence

NAME = "incidents"
BEHIND = timedelta(seconds=-30)


@pytest.fixture(autouse=True)
def one_writer(monkeypatch):
    """So that the n-th call is the same one each time."""
    monkeypatch.setattr(run_writer, "WRITERS", 1)


@cache
def table_of_two_runs():
    table = Table()
    client = Client(table)
    go(client, NAME, 0, world(0, State.OK))
    go(client, NAME, 1, world(1))
    return table


def prepared():
    return table_of_two_runs().copy()


def opened(outlet, kinds=("opened", "baseline")):
    return Counter(s["id"] for alert in outlet.told if alert["kind"] in kinds for s in alert["subjects"])


def survived(act):
    """Whether a run came to its end."""
    try:
        act()
    except (Killed, ClientError, BotoCoreError, SourceUnavailable):
        return False
    return True


def calls_of(act):
    schedule = Schedule()
    act(schedule)
    return len(schedule.calls)


def second_run(table, schedule, shift=timedelta(0)):
    go(Client(table, schedule), NAME, 2, world(2, shift=shift), shift=shift)


@pytest.mark.parametrize("shift", [timedelta(0), BEHIND - HOUR], ids=["in order", "behind the last heartbeat"])
@pytest.mark.parametrize("is_retried", [False, True])
def test_what_a_run_owed_that_died_at_any_call_is_told_by_the_next(shift, is_retried):
    calls = calls_of(lambda schedule: second_run(prepared(), schedule))
    assert calls > 20
    for planned in single(calls, [Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.THROTTLED, Fault.UNANSWERED]):
        table, outlet = prepared(), Outlet()
        survived(lambda: second_run(table, Schedule(planned), shift))  # noqa: B023 - called at once
        if is_retried:
            go(Client(table), NAME, 2, world(2, shift=timedelta(minutes=1)), shift=timedelta(minutes=1))
        go(Client(table), NAME, 3, world(3))
        everything(Client(table), NAME, outlet)
        assert opened(outlet) == Counter(ALL), planned


def test_a_run_that_began_before_the_last_heartbeat_and_died_before_its_group_loses_nothing():
    table, outlet = prepared(), Outlet()
    go(Client(table), NAME, 2, [listing(State.OK, at=START + 2 * HOUR, address=SINGLE_CLEAN)])
    at = START + 2 * HOUR + BEHIND
    findings = [
        listing(at=at, address=address, group="psbl", severity=Severity.CRITICAL, conclusive=True, cause="sbl")
        for address in GROUPED
    ]
    reading = Schedule()
    reading.between = lambda name, _: name == "dynamodb.TransactWriteItems" and _stop_at_group(reading)
    survived(lambda: go(Client(table, reading), NAME, 7, findings, shift=at - START - 7 * HOUR))
    assert reading.is_dead
    go(Client(table), NAME, 3, [replace(each, observed_at=START + 3 * HOUR) for each in findings])
    everything(Client(table), NAME, outlet)
    assert opened(outlet, ["opened"]) == Counter(GROUPED)


SINGLE_CLEAN = "192.0.2.77"


def _stop_at_group(schedule):
    """Die at the second transaction: that of the group and the heartbeat."""
    if schedule.calls.count("dynamodb.TransactWriteItems") == 2:
        schedule.is_dead = True
        raise Killed


def test_members_of_a_first_run_that_died_are_told_as_found_before_they_are_told_as_changed_or_over():
    """The run after it, in which they change, may die at any call too."""
    first = world(0)
    worse = [replace(each, observed_at=START + HOUR, severity=Severity.CRITICAL) for each in first]
    last_call = calls_of(lambda schedule: go(Client(Table(), schedule), NAME, 0, first)) - 1

    def died():
        table = Table()
        survived(lambda: go(Client(table, Schedule({last_call: Fault.KILLED_BEFORE})), NAME, 0, first))
        return table

    calls = calls_of(lambda schedule: go(Client(died(), schedule), NAME, 1, worse))
    for planned in single(calls, [Fault.KILLED_BEFORE, Fault.KILLED_AFTER]):
        table, outlet = died(), Outlet()
        survived(lambda: go(Client(table, Schedule(planned)), NAME, 1, worse))  # noqa: B023 - called at once
        go(Client(table), NAME, 2, [replace(each, observed_at=START + 2 * HOUR) for each in worse])
        go(Client(table), NAME, 3, world(3, State.OK))
        everything(Client(table), NAME, outlet)
        assert opened(outlet) == Counter(ALL), planned


def begun(client, n, findings):
    """A run that has read what is remembered, and will write later."""
    table = IncidentTable(client, NAME)
    known, last = table.load("blocklist")
    at = START + n * HOUR
    run = Run(check="blocklist", id=f"run-{n}", at=at, rule=RULE, last=last, unfinished=table.unfinished("blocklist"))
    outcome = settle(report(*findings), known, run)
    return lambda: table.apply(outcome, run, render)


def test_two_runs_that_overlap_at_any_call_tell_everything_once():
    """The second reads and writes whole between two calls of the first."""
    calls = calls_of(lambda schedule: second_run(prepared(), schedule))
    for number in range(calls):
        table, outlet, schedule = prepared(), Outlet(), Schedule()
        at = START + 2 * HOUR + timedelta(minutes=5)
        again = [replace(each, observed_at=at) for each in world(2)]

        def meanwhile(_name, n):
            if n == number:  # noqa: B023 - called at once
                go(Client(table), NAME, 3, again, shift=timedelta(minutes=-55))  # noqa: B023

        schedule.between = meanwhile
        survived(lambda: second_run(table, schedule))  # noqa: B023
        go(Client(table), NAME, 4, world(4))
        everything(Client(table), NAME, outlet)
        assert opened(outlet) == Counter(ALL), number


def test_a_run_that_read_before_another_died_takes_nothing_away_that_is_owed():
    """Silent sources close at their first answer, so that the later run changes what the dead one had opened."""
    sources = [f"list-{n}" for n in range(5)]

    def silent(n):
        return [silence(at=START + n * HOUR, source=source) for source in sources]

    def answering(n):
        return [silence(State.OK, at=START + n * HOUR, source=source) for source in sources]

    def before():
        table = Table()
        for n in range(3):
            go(Client(table), NAME, n, silent(n) if n else world(0, State.OK))
        return table

    calls = calls_of(lambda schedule: go(Client(before(), schedule), NAME, 3, silent(3)))
    for number in range(calls):
        table, outlet = before(), Outlet()
        later = begun(Client(table), 4, answering(4))
        dying = Schedule({number: Fault.KILLED_BEFORE})
        survived(lambda: go(Client(table, dying), NAME, 3, silent(3)))  # noqa: B023
        try:
            later()
        except SourceUnavailable:
            pytest.fail("it can be written")
        go(Client(table), NAME, 5, answering(5))
        everything(Client(table), NAME, outlet)
        known, _ = IncidentTable(Client(table), NAME).load("blocklist")
        recorded = [i for i in known.values() if i.opened_at]
        assert opened(outlet, ["opened"]) == Counter(i.subject.id for i in recorded), number
