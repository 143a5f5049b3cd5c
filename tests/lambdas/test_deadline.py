"""A run that changes 10,000 incidents comes to its end within its function's time-out, by its counted calls."""

from collections import Counter
from contextlib import nullcontext
from datetime import timedelta

import pytest

from lambdas import deadline
from staygreen.adapters.store import run_writer, verdicts
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.adapters.store.verdicts import Verdicts
from staygreen.core.checks import CHECKS
from staygreen.core.incidents.run import Heartbeat, Run, settle
from staygreen.core.verdict import evidence
from tests.adapters.store.test_incidents import render
from tests.budget import is_thorough
from tests.faults.dynamodb import Client, Table
from tests.faults.schedule import Killed, Schedule
from tests.unit.incidents.examples import HOUR, RULE, START, listing, report

MANY = deadline.MOST_CHANGES if is_thorough() else 1000
"""`make faults` takes all of them; what is kept for them is in proportion."""
SHARE = MANY / deadline.MOST_CHANGES


def finding(n, at):
    return listing(at=at, address=f"2001:db8::{n:x}", cause=f"list-{n}", group=f"list-{n}")


def opening_of(number, client):
    """A run that opens so many incidents, each told by itself; what it writes, and how."""
    before = Heartbeat(check="blocklist", run_id="before", at=START - HOUR)
    seen = settle(report(*(finding(n, START) for n in range(number))), {}, _run(0, before))
    known = {change.after.id: change.after for change in seen.changes}
    table = IncidentTable(client, "incidents")
    table.apply(seen, _run(0, before), render)
    run = _run(1, seen.heartbeat)
    outcome = settle(report(*(finding(n, START + HOUR) for n in range(number))), known, run)
    return table, run, outcome, known


def _run(n, last):
    return Run(check="blocklist", id=f"run-{n}", at=START + n * HOUR, rule=RULE, last=last)


def written(table, run, outcome, known, unfinished=()):
    """As the check's function writes it."""
    held = evidence.of_run(outcome, known, "blocklist", unfinished)
    Verdicts(table).foreseen(held, outcome.heartbeat)
    table.apply(outcome, run, render, lambda: Verdicts(table).keep(held, outcome.heartbeat))


def test_ten_thousand_changes_in_one_run_are_written_within_the_time_that_is_kept_for_it(capsys):
    table, *rest = opening_of(MANY, Client(Table()))
    schedule = Schedule()
    table._client = Client(table._client._table, schedule)
    written(table, *rest)
    calls = Counter(name.partition(".")[2] for name in schedule.calls)
    transactions = calls.pop("TransactWriteItems")
    by_verdicts = MANY / verdicts.TOGETHER
    in_turn = (transactions - by_verdicts) / run_writer.WRITERS + by_verdicts / verdicts.WORKERS
    reads = calls.pop("GetItem") / verdicts.WORKERS
    others = sum(calls.values())
    seconds = in_turn * deadline.TRANSACTION + (reads + others) * deadline.CALL + MANY * deadline.CPU_FOR_EACH
    with capsys.disabled() if is_thorough() else nullcontext():
        print(f"\n{MANY:,} openings: {transactions} transactions, {reads * 8:.0f} reads, {seconds:.0f} s")
    assert in_turn <= deadline.TRANSACTIONS_IN_TURN * SHARE
    assert reads + others <= deadline.CALLS_IN_TURN
    assert seconds <= deadline.TO_WRITE_DOWN


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_half_of_every_check_s_time_at_most_is_kept_for_writing(check):
    class Context:
        def get_remaining_time_in_millis(self):
            return check.timeout / timedelta(milliseconds=1)

    seconds = check.timeout.total_seconds()
    assert seconds / 2 <= deadline.seconds_left(Context()) < seconds


def test_a_run_killed_before_its_verdicts_has_written_its_incidents_and_the_next_writes_them():
    """However large it is: incidents come first."""
    table, run, outcome, _ = opening_of(120, Client(Table()))
    store, schedule = table._client._table, Schedule()

    def killed():
        schedule.is_dead = True
        raise Killed

    with pytest.raises(Killed):
        table.apply(outcome, run, render, killed)
    after, _ = table.load("blocklist")
    assert {incident.status.value for incident in after.values()} == {"open"}
    assert len(list(table.unsent(START + 9 * HOUR))) == 120
    assert not any(pk.startswith("verdict#") for pk, _ in store.items)
    later = Run(
        check="blocklist",
        id="run-2",
        at=START + 2 * HOUR,
        rule=RULE,
        last=outcome.heartbeat,
        unfinished=table.unfinished("blocklist"),
    )
    quiet = settle(report(*(finding(n, later.at) for n in range(120))), after, later)
    assert quiet.changes == ()
    written(table, later, quiet, after, {noted.run_id for noted in later.unfinished})
    assert sum(pk.startswith("verdict#") for pk, _ in store.items) == 120
