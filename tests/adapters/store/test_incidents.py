"""The incident table against the emulator, with faults at every step."""

import os
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from local.ports import free_port
from staygreen.adapters.notify.slack import Place, TablePlaces
from staygreen.adapters.store.incidents import CLAIM, IncidentTable, owed
from staygreen.adapters.store.outbox import GIVEN_UP_AFTER, LATE, deliver, sweep
from staygreen.core.alerts import alert as message
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import State
from staygreen.core.incidents import incident as rules
from staygreen.core.incidents.incident import Status
from staygreen.core.incidents.run import Change, Run, person_change, settle
from tests.unit.incidents.examples import BEFORE, CONTEXT, HOUR, RULE, START, listing, report

GROUPED = [f"192.0.2.{n}" for n in range(1, 6)]
SINGLE = "2001:db8::1"
ALL = sorted([*GROUPED, SINGLE])


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory):
    port = free_port()
    home = tmp_path_factory.mktemp("emulator")
    (home / "dns").mkdir()
    environment = {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "HOME": str(home),
        "STAYGREEN_DNS_DIRECTORY": str(home / "dns"),
        "STAYGREEN_DNS_ENGINE": "own",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen([sys.executable, "-m", "local.emulator"], env=environment, stdout=log, stderr=log) as process,
    ):
        connect(port, attempts=12).list_tables()
        client = connect(port, attempts=1)
        yield client
        client.close()
        process.terminate()


def connect(port, attempts):
    return boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "total_max_attempts": attempts}),
    )


def create(client, name=""):
    name = name or f"incidents-{uuid.uuid4()}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk", "outbox_pk", "outbox_at")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "outbox",
                "KeySchema": [
                    {"AttributeName": "outbox_pk", "KeyType": "HASH"},
                    {"AttributeName": "outbox_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return name


class Killed(BaseException):
    """The function dies here."""


class Faulty:
    """A client whose n-th write does not return: done or not done."""

    def __init__(self, client, n, *, done=False, error=Killed):
        self._client, self._left, self._done, self._error = client, n, done, error
        self.writes = 0

    def __getattr__(self, name):
        call = getattr(self._client, name)
        if name not in ("transact_write_items", "put_item", "update_item"):
            return call

        def write(**arguments):
            self.writes += 1
            self._left -= 1
            if self._left != 0:
                return call(**arguments)
            if self._done:
                call(**arguments)
            raise self._error() if isinstance(self._error, type) else self._error

        return write


class Outlet:
    channel = "alerts"

    def __init__(self, failing=0, error=None):
        self.told = []
        self.failing = failing
        self.error = error or SourceUnavailable("503")

    def send(self, alert):
        if self.failing:
            self.failing -= 1
            raise self.error
        self.told.append(alert)

    @property
    def opened(self):
        return sorted(s["id"] for alert in self.told if alert["kind"] == "opened" for s in alert["subjects"])


def render(told):
    return message.alert(told, CONTEXT, RULE.clears)


def go(client, name, n, findings, shift=timedelta(0)):
    """One run, as the check function does it."""
    table = IncidentTable(client, name)
    identifier = f"run-{n}"
    known, last = table.load("blocklist")
    if last is not None and last.run_id == identifier:
        return None
    now = START + n * HOUR + shift
    unfinished = table.unfinished("blocklist")
    run = Run(check="blocklist", id=identifier, at=now, rule=RULE, last=last, unfinished=unfinished)
    outcome = settle(report(*findings), known, run)
    table.apply(outcome, run, render)
    return outcome


def world(n, state=State.BAD, shift=timedelta(0)):
    at = START + n * HOUR + shift
    many = [listing(state, at=at, address=a, group="psbl") for a in GROUPED]
    return [*many, listing(state, at=at, address=SINGLE, cause="spamcop", group="spamcop")]


def prepared(client):
    """A table after a clean first run and one sighting of everything."""
    name = create(client)
    go(client, name, 0, world(0, State.OK))
    go(client, name, 1, world(1))
    return name


def at(now):
    """A clock that stands."""
    return lambda: now


def everything(client, name, outlet, now=START + 99 * HOUR):
    return sweep(IncidentTable(client, name), [outlet], at(now))


def test_what_was_written_is_read_back(dynamodb):
    name = prepared(dynamodb)
    outcome = go(dynamodb, name, 2, world(2))
    known, last = IncidentTable(dynamodb, name).load("blocklist")
    assert known == {c.after.id: c.after for c in outcome.changes}
    assert last == outcome.heartbeat


def test_a_grouped_and_a_single_opening_are_told_once_each(dynamodb):
    name, outlet = prepared(dynamodb), Outlet()
    go(dynamodb, name, 2, world(2))
    everything(dynamodb, name, outlet)
    everything(dynamodb, name, outlet)
    assert len(outlet.told) == 2
    assert outlet.opened == ALL


def test_a_quiet_run_is_one_write(dynamodb):
    name = prepared(dynamodb)
    go(dynamodb, name, 2, world(2))
    counting = Faulty(dynamodb, -1)
    go(counting, name, 3, world(3))
    assert counting.writes == 1
    known, _ = IncidentTable(dynamodb, name).load("blocklist")
    assert {i.last_seen for i in known.values()} == {START + 3 * HOUR}


def test_a_run_delivered_twice_writes_once(dynamodb):
    name = prepared(dynamodb)
    assert go(dynamodb, name, 2, world(2)) is not None
    assert go(dynamodb, name, 2, world(2)) is None


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("retried", [False, True])
def test_a_run_killed_at_any_write_is_completed_and_nothing_is_told_twice(dynamodb, done, retried):
    step = 0
    while True:
        step += 1
        name, outlet = prepared(dynamodb), Outlet()
        dying = Faulty(dynamodb, step, done=done)
        try:
            go(dying, name, 2, world(2))
        except Killed:
            if retried:
                minute = timedelta(minutes=1)
                go(dynamodb, name, 2, world(2, shift=minute), shift=minute)
            go(dynamodb, name, 3, world(3))
            everything(dynamodb, name, outlet)
            assert outlet.opened == ALL, step
            continue
        break
    assert step > 2


def test_a_run_killed_between_single_writes_tells_the_rest_in_the_next(dynamodb, monkeypatch):
    monkeypatch.setattr("staygreen.adapters.store.run_writer.ACTIONS", 2)
    test_a_run_killed_at_any_write_is_completed_and_nothing_is_told_twice(dynamodb, False, False)
    test_a_run_killed_at_any_write_is_completed_and_nothing_is_told_twice(dynamodb, True, True)


def test_a_cancelled_transaction_is_written_item_by_item(dynamodb):
    name = prepared(dynamodb)
    table = IncidentTable(dynamodb, name)
    known, last = table.load("blocklist")
    run = Run(check="blocklist", id="run-2", at=START + 2 * HOUR, rule=RULE, last=last)
    outcome = settle(report(*world(2)), known, run)
    somebody = next(iter(known.values()))
    noted, transition = rules.note(somebody, "ada", "looking", START + HOUR)
    meanwhile = Change(
        before=somebody,
        after=replace(noted, version=somebody.version + 1),
        transition=transition,
        finding=somebody.finding,
    )
    table.save(meanwhile)
    table.apply(outcome, run, render)
    after, _ = table.load("blocklist")
    assert {i.status for i in after.values()} == {Status.OPEN}
    assert [n.text for n in after[somebody.id].notes] == ["looking"]
    outlet = Outlet()
    everything(dynamodb, name, outlet)
    assert outlet.opened == ALL


def test_somebody_else_first_is_said_to_a_person(dynamodb):
    name = prepared(dynamodb)
    table = IncidentTable(dynamodb, name)
    known, _ = table.load("blocklist")
    incident = next(iter(known.values()))
    noted, transition = rules.note(incident, "ada", "one", START)
    written = replace(noted, version=incident.version + 1)
    change = Change(before=incident, after=written, transition=transition, finding=incident.finding)
    table.save(change)
    with pytest.raises(SourceUnavailable, match="changed meanwhile"):
        table.save(change)
    assert [past.kind for past in table.history(incident.id)] == ["noted"]


BUSY = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "TransactWriteItems")
LATE_REPLY = ReadTimeoutError(endpoint_url="https://dynamodb")


@pytest.mark.parametrize(("error", "done"), [(BUSY, False), (LATE_REPLY, False), (LATE_REPLY, True)])
@pytest.mark.parametrize("write", [1, 2])
def test_a_throttled_or_unanswered_write_reaches_the_retry_and_nothing_is_lost_or_told_twice(
    dynamodb, error, done, write
):
    name, outlet = prepared(dynamodb), Outlet()
    with pytest.raises(type(error)):
        go(Faulty(dynamodb, write, error=error, done=done), name, 2, world(2))
    go(dynamodb, name, 2, world(2))
    everything(dynamodb, name, outlet)
    assert outlet.opened == ALL


def outbox(client, name):
    return list(IncidentTable(client, name).unsent(START + 99 * HOUR))


@pytest.mark.parametrize("error", [None, BUSY, LATE_REPLY])
def test_a_topic_that_is_down_for_an_hour_gets_everything_afterwards_once(dynamodb, error):
    name, outlet = prepared(dynamodb), Outlet(failing=2, error=error)
    go(dynamodb, name, 2, world(2))
    assert everything(dynamodb, name, outlet).reasons.startswith("alerts: ")
    assert len(outbox(dynamodb, name)) == 2
    everything(dynamodb, name, outlet, START + 100 * HOUR)
    everything(dynamodb, name, outlet, START + 101 * HOUR)
    assert outlet.opened == ALL


def test_a_stream_that_delivers_twice_and_out_of_order_sends_once(dynamodb):
    name, outlet = prepared(dynamodb), Outlet()
    go(dynamodb, name, 2, world(2))
    records = outbox(dynamodb, name)
    deliver([*reversed(records), *records], IncidentTable(dynamodb, name), [outlet], at(START + 2 * HOUR))
    assert outlet.opened == ALL
    assert outbox(dynamodb, name) == []


@pytest.mark.parametrize(("step", "times"), [(1, 1), (2, 2)])
def test_only_an_announcer_that_dies_between_sending_and_marking_repeats_and_under_the_same_id(dynamodb, step, times):
    name, outlet = prepared(dynamodb), Outlet()
    go(dynamodb, name, 2, world(2))
    first = outbox(dynamodb, name)[0]
    with pytest.raises(Killed):
        deliver([first], IncidentTable(Faulty(dynamodb, step), name), [outlet], at(START + 2 * HOUR))
    everything(dynamodb, name, outlet)
    told = [a["transition_id"] for a in outlet.told]
    assert told.count(first.message["transition_id"]) == times
    assert len(set(told)) == 2


def test_while_one_sender_is_at_it_another_leaves_it_alone(dynamodb):
    name, outlet = prepared(dynamodb), Outlet()
    go(dynamodb, name, 2, world(2))
    table, now = IncidentTable(dynamodb, name), START + 2 * HOUR
    first = outbox(dynamodb, name)[0]
    assert table.claim(first, "alerts", now)
    deliver([first], table, [outlet], at(now))
    assert outlet.told == []
    assert table.claim(first, "alerts", now + CLAIM + timedelta(seconds=1))


def test_what_is_younger_than_ten_minutes_is_left_to_the_stream(dynamodb):
    name, outlet = prepared(dynamodb), Outlet()
    go(dynamodb, name, 2, world(2))
    assert sweep(IncidentTable(dynamodb, name), [outlet], at(START + 2 * HOUR + LATE)).tried == 0
    assert sweep(IncidentTable(dynamodb, name), [outlet], at(START + 2 * HOUR + LATE + timedelta(seconds=1))).tried == 2


def test_what_a_person_does_is_owed_to_the_threads_that_tell_the_incident_and_to_nobody_else(dynamodb):
    name = prepared(dynamodb)
    table = IncidentTable(dynamodb, name, channels=("alerts", "slack"))
    go(dynamodb, name, 2, world(2))
    everything(dynamodb, name, Outlet())
    known, _ = table.load("blocklist")
    incident = next(i for i in known.values() if i.subject.id == SINGLE)
    table.save(person_change(incident, *rules.note(incident, "ada", "nobody is told", START)))
    assert outbox(dynamodb, name) == [], "it has no thread yet"
    TablePlaces(dynamodb, name).keep(incident.id, Place("C1", "1.0"))
    incident = table.get("blocklist", incident.id)
    table.save(person_change(incident, *rules.acknowledge(incident, "ada", START)))
    (owed_one,) = outbox(dynamodb, name)
    assert owed_one.channels == {"slack"}
    assert owed_one.message["remark"]["by"] == "ada"
    assert owed_one.message["what"], "what was told last still holds"


def test_a_channel_that_is_down_does_not_take_the_time_of_every_announcement(dynamodb):
    name = create(dynamodb)
    table = IncidentTable(dynamodb, name, channels=("alerts", "slack"))
    alerts, slack = Outlet(), Outlet(failing=99)
    slack.channel = "slack"
    for n in range(2):
        known, last = table.load("blocklist")
        run = Run(check="blocklist", id=f"run-{n}", at=START + n * HOUR, rule=RULE, last=last or BEFORE)
        findings = [
            listing(at=run.at, address=f"192.0.2.{i}", cause=f"list-{i}", group=f"list-{i}") for i in range(1, 9)
        ]
        table.apply(settle(report(*findings), known, run), run, render)
    assert sweep(table, [alerts, slack], at(START + 9 * HOUR)).reasons == "slack: 503"
    assert len(alerts.told) == 8
    assert 99 - slack.failing == GIVEN_UP_AFTER


def test_a_stream_that_is_silent_for_a_day_delays_and_loses_nothing(dynamodb):
    name, outlet = prepared(dynamodb), Outlet()
    for n in range(2, 26):
        go(dynamodb, name, n, world(n))
    assert outlet.told == []
    everything(dynamodb, name, outlet, START + 26 * HOUR)
    assert outlet.opened == ALL


def test_each_channel_has_its_own_mark(dynamodb):
    name = create(dynamodb)
    table = IncidentTable(dynamodb, name, channels=("alerts", "slack"))
    alerts, slack = Outlet(), Outlet(failing=1)
    slack.channel = "slack"
    run = Run(check="blocklist", id="run-0", at=START, rule=RULE, last=None)
    table.apply(settle(report(*world(0)), {}, run), run, render)
    assert sweep(table, [alerts, slack], at(START + HOUR)).failures
    sweep(table, [alerts, slack], at(START + 2 * HOUR))
    assert len(alerts.told) == len(slack.told) == 1
    assert outbox(dynamodb, name) == []


def test_a_stored_announcement_is_what_the_stream_shows(dynamodb):
    name = prepared(dynamodb)
    go(dynamodb, name, 2, world(2))
    announcement = outbox(dynamodb, name)[0]
    item = dynamodb.get_item(TableName=name, Key={"pk": {"S": announcement.pk}, "sk": {"S": announcement.sk}})["Item"]
    assert owed(item) == announcement
