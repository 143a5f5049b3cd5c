"""What is stored keeps within DynamoDB's limits by construction; what is refused all the same stands alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from staygreen.adapters.store import items, run_writer
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.core.finding import Evidence, State
from staygreen.core.incidents import incident as rules
from staygreen.core.incidents.context import Aside
from staygreen.core.incidents.report import Coverage
from staygreen.core.incidents.run import Heartbeat, Run, person_change, settle
from staygreen.core.incidents.storage import LARGEST, read_incident, write_incident
from tests.adapters.store.test_incidents import Outlet, everything, go, render, world
from tests.budget import examples
from tests.faults.dynamodb import LARGEST_ITEM, LARGEST_TRANSACTION, Client, Table, size_of
from tests.unit.incidents.examples import BEFORE, HOUR, RULE, START, listing, report

NAME = "incidents"
WIDE = "\U0001f4e7"
"""One character of four bytes, twelve as JSON escapes it."""


def evidence(n, length):
    return Evidence(
        source=f"list-{n}",
        text=WIDE * length,
        observed_at=START,
        raw='"' * length,
        data={f"key-{k}": WIDE * length for k in range(n % 40)},
    )


def test_notes_of_any_length_stop_no_check():
    client = Client(Table())
    go(client, NAME, 0, world(0, State.OK))
    go(client, NAME, 1, world(1))
    table = IncidentTable(client, NAME)
    known, _ = table.load("blocklist")
    one = next(iter(known.values()))
    for n in range(4):
        one = table.get("blocklist", one.id)
        table.save(person_change(one, *rules.note(one, "ada", WIDE * 102_000, START + timedelta(minutes=n))))
    outlet = Outlet()
    go(client, NAME, 2, world(2))
    everything(client, NAME, outlet)
    assert len(outlet.opened) == len(known)


@examples(30)
@given(st.integers(0, 120), st.integers(0, 3000), st.integers(0, 60), st.integers(0, 200))
def test_an_incident_fits_its_item_whatever_was_found_and_written(many, length, notes, openings):
    finding = replace(listing(), evidence=tuple(evidence(n, length) for n in range(many)))
    found, _ = rules.advance(None, replace(finding, is_event=True), RULE, START)
    found = replace(found, openings=(START,) * openings)
    for _ in range(notes):
        found, _ = rules.note(found, WIDE * length, WIDE * length, START)
    text = write_incident(found)
    assert len(text.encode()) <= LARGEST
    read = read_incident(text)
    assert (read.id, read.status, read.told) == (found.id, found.status, found.told)


@pytest.mark.parametrize("number", [0, 25_000, 25_001, 54_000])
def test_the_sightings_of_any_number_of_open_incidents_are_read_back(number):
    client = Client(Table())
    beat = Heartbeat(check="blocklist", run_id="r", at=START, seen=frozenset(f"{n:016x}" for n in range(number)))
    for item in items.heartbeat_items(beat):
        client.put_item(TableName=NAME, Item=item)
    assert IncidentTable(client, NAME).heartbeat("blocklist") == beat


def test_a_heartbeat_fits_its_items_whatever_the_sources_say():
    beat = Heartbeat(
        check="blocklist",
        run_id="r",
        at=START,
        seen=frozenset(f"{n:016x}" for n in range(300_000)),
        coverage=tuple(Coverage(source=f"source-{n}", asked=9, answered=n % 9, reason="timeout") for n in range(5000)),
        asides=tuple(
            Aside(source=f"s{n}", text=WIDE * 3000, is_listing=True, observed_at=START, subjects=frozenset({f"ip:{n}"}))
            for n in range(1000)
        ),
    )
    written = items.heartbeat_items(beat)
    assert max(map(size_of, written)) < LARGEST_ITEM
    assert sum(map(size_of, written)) < LARGEST_TRANSACTION
    client = Client(Table())
    run = Run(check="blocklist", id="r", at=START, rule=RULE, last=None)
    IncidentTable(client, NAME).apply(replace(settle(report(), {}, run), heartbeat=beat), run, render)
    assert IncidentTable(client, NAME).heartbeat("blocklist").run_id == "r"


def test_transactions_are_bounded_in_bytes():
    """50 incidents and their alerts at their largest would be 11 MB."""
    client, outlet = Client(Table()), Outlet()
    table = IncidentTable(client, NAME)
    for n in range(2):
        known, last = table.load("blocklist")
        run = Run(check="blocklist", id=f"run-{n}", at=START + n * HOUR, rule=RULE, last=last or BEFORE)
        findings = [
            replace(
                listing(at=run.at, address=f"192.0.2.{i}", cause=f"list-{i}", group=f"list-{i}"),
                evidence=tuple(evidence(k, 900) for k in range(50)),
            )
            for i in range(60)
        ]
        assert table.apply(settle(report(*findings), known, run), run, render) == []
    everything(client, NAME, outlet)
    assert len(outlet.told) == 60


def test_what_the_table_refuses_stands_alone(monkeypatch):
    """As if one incident were too large all the same."""
    real = items.write_incident
    monkeypatch.setattr(items, "write_incident", lambda i: "x" * 500_000 if i.subject.id == "192.0.2.3" else real(i))
    table, outlet = Table(), Outlet()
    client = Client(table)
    go(client, NAME, 0, world(0, State.OK))
    store = IncidentTable(client, NAME)
    for n in (1, 2):
        known, last = store.load("blocklist")
        run = Run(check="blocklist", id=f"run-{n}", at=START + n * HOUR, rule=RULE, last=last)
        outcome = settle(report(*world(n)), known, run)
        refused = store.apply(outcome, run, render)
        assert [each.what for each in refused] == [
            change.after.id for change in outcome.changes if change.after.subject.id == "192.0.2.3"
        ]
        assert "size" in refused[0].reason
    everything(client, NAME, outlet)
    assert outlet.opened == ["192.0.2.1", "192.0.2.2", "192.0.2.4", "192.0.2.5", "2001:db8::1"]
    assert store.heartbeat("blocklist").run_id == "run-2"


def cancelled(*codes):
    reasons = [{"Code": code} for code in codes]
    response = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(response, "TransactWriteItems")


@pytest.mark.parametrize(
    ("error", "is_cancelled", "is_refused"),
    [
        (cancelled("None", "ConditionalCheckFailed"), True, False),
        (cancelled("TransactionConflict", "None"), True, False),
        (cancelled("ValidationError", "None"), False, True),
        (cancelled("ValidationError", "ConditionalCheckFailed"), True, False),
        (cancelled("ThrottlingError"), False, False),
    ],
)
def test_why_a_transaction_was_cancelled_says_what_to_do(error, is_cancelled, is_refused):
    assert (run_writer.is_cancelled(error), run_writer.is_refused(error)) == (is_cancelled, is_refused)
