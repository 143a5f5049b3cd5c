"""Check function and announcer against the emulator: from a finding to what a subscriber reads."""

import json
import time
from datetime import timedelta

import boto3
import pytest
from jsonschema import Draft202012Validator

from lambdas import announce, check, digest
from local.dns.blocklist_answerer import BlocklistAnswerer
from local.dns.blocklists import Blocklists, Misbehaviour
from local.dns.catalogue import zones_from
from local.dns.server import DnsServer
from staygreen.core.alerts import mail
from staygreen.core.blocklist import catalogue as blocklists
from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import ANNOUNCEMENTS, FAILED, GIVEN_UP
from tests.adapters.store.test_incidents import create, dynamodb  # noqa: F401 - a fixture
from tests.unit.alerts.test_alert import SCHEMA
from tests.unit.alerts.test_digest import SCHEMA as DIGEST_SCHEMA

SETTINGS = {"ips": [], "domains": [], "keys": {}}
"""Nothing to watch: the plainest finding, which needs no DNS."""


@pytest.fixture
def clients(dynamodb, monkeypatch, tmp_path):  # noqa: F811
    url = dynamodb.meta.endpoint_url
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
        "STAYGREEN_CLOCK_FILE": str(tmp_path / "clock"),
        "STAYGREEN_ENVIRONMENT": "staging",
        "STAYGREEN_SENDER": "acme",
        "STAYGREEN_CHECK": "blocklist",
        "STAYGREEN_SETTINGS_PARAMETER": "/staygreen/acme/staging/check/blocklist",
        "STAYGREEN_RUNBOOK_BASE": "https://docs.example",
    }.items():
        monkeypatch.setenv(name, value)
    made = {name: boto3.client(name) for name in ("sns", "sqs", "ssm")}
    arn = made["sns"].create_topic(Name="staygreen-acme-staging-alerts")["TopicArn"]
    queue = made["sqs"].create_queue(QueueName="reader")["QueueUrl"]
    attributes = made["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    made["sns"].subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=attributes["QueueArn"], Attributes={"RawMessageDelivery": "true"}
    )
    made["ssm"].put_parameter(
        Name="/staygreen/acme/staging/check/blocklist", Value=json.dumps(SETTINGS), Type="String", Overwrite=True
    )
    monkeypatch.setenv("STAYGREEN_ALERTS_TOPIC_ARN", arn)
    monkeypatch.setenv("STAYGREEN_TABLE", create(dynamodb))
    check._surroundings.cache_clear()
    announce._surroundings.cache_clear()
    yield {**made, "queue": queue, "dynamodb": dynamodb, "clock": tmp_path / "clock"}
    for name in ("sns", "sqs", "ssm"):
        made[name].close()


def run(clients, n):
    clients["clock"].write_text(str(timedelta(hours=n).total_seconds()))
    return check.handler({"run_id": f"run-{n}", "scheduled_at": ""}, None)


def received(clients):
    found = clients["sqs"].receive_message(QueueUrl=clients["queue"], MaxNumberOfMessages=10).get("Messages", [])
    for each in found:
        clients["sqs"].delete_message(QueueUrl=clients["queue"], ReceiptHandle=each["ReceiptHandle"])
    return [json.loads(each["Body"]) for each in found]


def waiting(clients):
    items = clients["dynamodb"].scan(TableName=check._surroundings().table._name)["Items"]
    return [item for item in items if "owed" in item]


def stream(*items):
    return {
        "Records": [
            {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(n), "NewImage": item}}
            for n, item in enumerate(items)
        ]
    }


def test_three_runs_that_find_nothing_to_watch_are_told_once_by_the_announcer(clients):
    for n in range(3):
        run(clients, n)
    event = stream(*waiting(clients))
    assert announce.handler(event, None) == {"batchItemFailures": []}
    assert announce.handler(event, None) == {"batchItemFailures": []}
    (alert,) = received(clients)
    Draft202012Validator(SCHEMA).validate(alert)
    assert (alert["kind"], alert["cause"], alert["sender"]) == ("opened", "coverage", "acme")
    assert mail.text(alert)
    assert waiting(clients) == []


def test_settings_in_several_parameters_are_read_as_one_text(clients, monkeypatch):
    text, name = json.dumps(SETTINGS), "/staygreen/acme/staging/check/blocklist"
    names = (name, f"{name}/2", f"{name}/3")
    for own, part in zip(names, (text[:7], text[7:20], text[20:]), strict=True):
        clients["ssm"].put_parameter(Name=own, Value=part, Type="String", Overwrite=True)
    monkeypatch.setenv("STAYGREEN_SETTINGS_PARAMETER", ",".join(names))
    check._surroundings.cache_clear()
    assert "changes" in run(clients, 0)


def test_a_silent_stream_is_made_good_by_the_next_run(clients):
    for n in range(3):
        run(clients, n)
    assert received(clients) == []
    assert run(clients, 3)["announcements_late"] == 1
    assert len(received(clients)) == 1


def counted(capsys):
    """The metrics that were printed, in the embedded format, by name."""
    lines = (line for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line)
    found = {}
    for document in map(json.loads, lines):
        for directive in document["_aws"]["CloudWatchMetrics"]:
            found |= {
                metric["Name"]: (document["service"], document[metric["Name"]]) for metric in directive["Metrics"]
            }
    return found


def test_an_announcement_that_cannot_be_made_fails_no_check_and_is_counted(clients, monkeypatch, capsys):
    for n in range(3):
        run(clients, n)
    assert not {FAILED, GIVEN_UP} & counted(capsys).keys(), "nothing failed, so nothing is sent"
    monkeypatch.setenv("STAYGREEN_ALERTS_TOPIC_ARN", "arn:aws:sns:eu-central-1:000000000000:gone")
    check._surroundings.cache_clear()
    assert run(clients, 3)["announcements_late"] == 1
    assert counted(capsys)[FAILED] == (ANNOUNCEMENTS, [1.0])
    for n in range(4, 11):
        run(clients, n)
    assert counted(capsys)[GIVEN_UP] == (ANNOUNCEMENTS, [1.0])


def test_what_was_given_up_is_sent_by_a_redrive(clients, monkeypatch):
    for n in range(3):
        run(clients, n)
    arn = check._surroundings().channels[0]._arn
    monkeypatch.setenv("STAYGREEN_ALERTS_TOPIC_ARN", "arn:aws:sns:eu-central-1:000000000000:gone")
    check._surroundings.cache_clear()
    for n in range(3, 11):
        run(clients, n)
    assert waiting(clients) == []
    with pytest.raises(SourceUnavailable, match="alerts: "):
        announce.handler({"redrive": True}, None)
    monkeypatch.setenv("STAYGREEN_ALERTS_TOPIC_ARN", arn)
    announce._surroundings.cache_clear()
    assert announce.handler({"redrive": True}, None) == {"tried": 1}
    assert len(received(clients)) == 1


def test_a_repeated_delivery_of_a_run_changes_nothing(clients):
    run(clients, 0)
    assert run(clients, 0)["changes"] == 0


def test_the_announcer_reports_the_record_that_it_could_not_send(clients, monkeypatch):
    for n in range(3):
        run(clients, n)
    monkeypatch.setenv("STAYGREEN_ALERTS_TOPIC_ARN", "arn:aws:sns:eu-central-1:000000000000:gone")
    announce._surroundings.cache_clear()
    assert announce.handler(stream(*waiting(clients)), None) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert len(waiting(clients)) == 1


def test_a_record_that_cannot_be_read_fails_alone(clients):
    for n in range(3):
        run(clients, n)
    (item,) = waiting(clients)
    poisons = (
        {**item, "message": {"S": "{"}},
        {**item, "message": {"S": "5"}},
        {name: value for name, value in item.items() if name != "message"},
        {**item, "at": {"S": "yesterday"}},
        {**item, "failures_alerts": {"N": "many"}},
    )
    given = stream(*poisons[:3], item, *poisons[3:])
    failed = announce.handler(given, None)["batchItemFailures"]
    assert [each["itemIdentifier"] for each in failed] == ["0", "1", "2", "4", "5"]
    assert len(received(clients)) == 1


def test_an_unreadable_announcement_keeps_no_other_from_being_sent_and_is_counted_at_each_run(clients, capsys):
    for n in range(3):
        run(clients, n)
    (item,) = waiting(clients)
    poison = {**item, "sk": {"S": "transition#0000009"}, "outbox_at": {"S": "2020-01-01"}, "message": {"S": "{"}}
    clients["dynamodb"].put_item(TableName=check._surroundings().table._name, Item=poison)
    for n in (3, 4):
        run(clients, n)
        assert counted(capsys)[FAILED] == (ANNOUNCEMENTS, [1.0])
    assert len(received(clients)) == 1
    with pytest.raises(SourceUnavailable, match="transition#0000009"):
        announce.handler({"redrive": True}, None)


def test_lists_that_nobody_verified_for_a_year_are_in_the_log(clients, monkeypatch):
    lines = []
    monkeypatch.setattr(check.logger, "warning", lines.append)
    run(clients, 0)
    assert not any("psbl" in line for line in lines)
    run(clients, 24 * 365 * 3)
    assert any("psbl: last verified" in line for line in lines)


def test_a_digest_is_announced_once_a_day(clients, monkeypatch):
    monkeypatch.setenv("STAYGREEN_DIGEST_EVERY", "week")
    digest._surroundings.cache_clear()
    for n in range(3):
        run(clients, n)
    assert digest.handler({}, None) == {"announced": True}
    assert digest.handler({}, None) == {"announced": False}
    (item,) = (item for item in waiting(clients) if item["kind"]["S"] == "digest")
    announce.handler(stream(item), None)
    (told,) = received(clients)
    Draft202012Validator(DIGEST_SCHEMA).validate(told)
    assert told["headline"] == "No problem with your mail is known; 1 source without an answer."


class Ending:
    """What Lambda tells a function of its time."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> float:
        return max(0.0, self._until - time.monotonic()) * 1000


def test_a_run_that_is_near_its_time_out_writes_what_it_has_and_the_rest_was_not_asked(clients, monkeypatch, tmp_path):
    catalogue = blocklists.load()
    lists = Blocklists(tmp_path / "lists")
    for zone in zones_from(catalogue):
        lists.add_zone(zone)
    lists.list_ip("psbl.surriel.com", "192.0.2.10")
    lists.misbehave("bl.spamcop.net", Misbehaviour.SILENCE)
    others = [entry.id for entry in catalogue.entries if entry.id not in ("psbl", "spamcop")]
    settings = {**SETTINGS, "ips": ["192.0.2.10", "192.0.2.11"], "off": others}
    clients["ssm"].put_parameter(
        Name="/staygreen/acme/staging/check/blocklist", Value=json.dumps(settings), Type="String", Overwrite=True
    )
    with DnsServer([BlocklistAnswerer(lists)]) as server:
        monkeypatch.setenv("STAYGREEN_RESOLVER", f"127.0.0.1:{server.port}")
        # the silent list would be waited for six seconds
        told = check.handler({"run_id": "run-1", "scheduled_at": ""}, Ending(2 * 5.5))
    assert told["changes"] >= 1
    incidents, last = check._surroundings().table.load("blocklist")
    assert last.run_id == "run-1"
    said = {row.source: row for row in last.coverage}
    assert (said["psbl"].asked, said["psbl"].answered, said["psbl"].reason) == (2, 2, "")
    assert (said["spamcop"].asked, said["spamcop"].answered, said["spamcop"].reason) == (2, 0, "not_asked")
    causes = {(each.subject.id, each.finding.cause) for each in incidents.values()}
    assert causes == {("192.0.2.10", "psbl"), ("spamcop", "coverage")}
