"""The local cloud shows AWS's behaviour where it matters: it refuses, waits and forgets as AWS does."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import pytest
from botocore.exceptions import ClientError

from local import clock
from local.cloud import ROOT, LocalCloud
from local.directory import OwnedDirectory
from local.dns.blocklists import Zone
from local.patience import PATIENCE
from staygreen.adapters import clock as deployed_clock

ZONE_ID = "Z0LOCALCLOUDTEST"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    zone = Zone(name="bl.example.test")
    with LocalCloud(zones=[zone], variables={"STAYGREEN_PTR_PENDING_SECONDS": "0.5"}) as running:
        running.ensure_zone(ZONE_ID, "example.com")
        yield running


def _put_record(cloud: LocalCloud, name: str, rtype: str, *values: str) -> None:
    records = [{"Value": value} for value in values]
    record_set = {"Name": name, "Type": rtype, "TTL": 60, "ResourceRecords": records}
    changes = [{"Action": "UPSERT", "ResourceRecordSet": record_set}]
    cloud.client("route53").change_resource_record_sets(HostedZoneId=ZONE_ID, ChangeBatch={"Changes": changes})


def _ask(cloud: LocalCloud, name: str, rtype: str) -> list[str]:
    answer = dns.query.udp(dns.message.make_query(name, rtype), "127.0.0.1", timeout=20, port=cloud.dns_port)
    return [str(record) for rrset in answer.answer for record in rrset]


def _code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_a_zone_named_by_its_id_exists_and_is_served(cloud: LocalCloud) -> None:
    assert cloud.client("route53").get_hosted_zone(Id=ZONE_ID)["HostedZone"]["Name"] == "example.com."
    _put_record(cloud, "www.example.com", "A", "192.0.2.80")
    assert _ask(cloud, "www.example.com", "A") == ["192.0.2.80"]
    assert _ask(cloud, "example.com", "NS") == ["ns1.local.test."]


def test_reverse_dns_needs_the_forward_record_waits_and_lands(cloud: LocalCloud) -> None:
    ec2 = cloud.client("ec2")
    address = ec2.allocate_address(Domain="vpc")
    allocation, public_ip = address["AllocationId"], address["PublicIp"]
    reverse = ".".join(reversed(public_ip.split("."))) + ".in-addr.arpa"
    with pytest.raises(ClientError):
        ec2.modify_address_attribute(AllocationId=allocation, DomainName="mail.example.com")
    _put_record(cloud, "mail.example.com", "A", public_ip)
    answer = ec2.modify_address_attribute(AllocationId=allocation, DomainName="mail.example.com")
    assert answer["Address"]["PtrRecordUpdate"]["Status"] == "PENDING"
    assert _ask(cloud, reverse, "PTR") == []
    cloud.wait_until(lambda: _ask(cloud, reverse, "PTR") == ["mail.example.com."], what="the PTR")
    described = ec2.describe_addresses_attribute(AllocationIds=[allocation], Attribute="domain-name")
    assert described["Addresses"][0]["PtrRecord"] == "mail.example.com."
    with pytest.raises(ClientError) as refused:
        ec2.release_address(AllocationId=allocation)
    assert _code(refused) == "InvalidAddress.PtrSet"
    ec2.reset_address_attribute(AllocationId=allocation, Attribute="domain-name")
    cloud.wait_until(lambda: _ask(cloud, reverse, "PTR") == [], what="the reset")
    ec2.release_address(AllocationId=allocation)


def test_addresses_are_found_by_their_tags(cloud: LocalCloud) -> None:
    cloud.ensure_address("eipalloc-0aaa", "192.0.2.201", {"staygreen:sender": "example"})
    cloud.ensure_address("eipalloc-0bbb", "192.0.2.202", {"staygreen:sender": "other"})
    wanted = [{"Name": "tag:staygreen:sender", "Values": ["example"]}]
    found = cloud.client("ec2").describe_addresses(Filters=wanted)["Addresses"]
    assert [address["PublicIp"] for address in found] == ["192.0.2.201"]


def test_an_identity_is_verified_only_through_dns(cloud: LocalCloud) -> None:
    ses = cloud.client("sesv2")
    made = ses.create_email_identity(EmailIdentity="shop.example.com")
    assert made["VerifiedForSendingStatus"] is False
    mail = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    sending = {"FromEmailAddress": "a@shop.example.com", "Destination": {"ToAddresses": ["b@example.org"]}}
    with pytest.raises(ClientError) as refused:
        ses.send_email(**sending, Content=mail)
    assert _code(refused) == "MessageRejected"
    for token in made["DkimAttributes"]["Tokens"]:
        _put_record(cloud, f"{token}._domainkey.shop.example.com", "CNAME", f"{token}.dkim.amazonses.com")
    assert ses.get_email_identity(EmailIdentity="shop.example.com")["DkimAttributes"]["Status"] == "SUCCESS"
    assert ses.send_email(**sending, Content=mail)["MessageId"]


def test_a_mail_tells_its_configuration_set_what_became_of_it(cloud: LocalCloud) -> None:
    ses, sns = cloud.client("sesv2"), cloud.client("sns")
    topic = sns.create_topic(Name="events")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=cloud.subscribers.endpoint("events"))
    cloud.subscribers.wait_confirmed("events")
    ses.create_configuration_set(ConfigurationSetName="transactional")
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="transactional",
        EventDestinationName="topic",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE"],
            "SnsDestination": {"TopicArn": topic},
        },
    )
    cloud.publish_ses_event("transactional", "Bounce", Ip="203.0.113.9", Diagnostic="smtp; 550 5.7.1 blocked")
    event = cloud.subscribers.wait_for(1, "events")[0].json()
    assert event["eventType"] == "Bounce"
    assert event["mail"]["tags"]["ses:outgoing-ip"] == ["203.0.113.9"]
    assert event["bounce"]["bouncedRecipients"][0]["diagnosticCode"].endswith("blocked")


def test_subscribers_get_what_their_filter_lets_through(cloud: LocalCloud) -> None:
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    only_critical = {"FilterPolicy": json.dumps({"severity": ["critical"]})}
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=cloud.subscribers.endpoint("all"))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=only_critical)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="team@example.com", Attributes=only_critical)
    cloud.subscribers.wait_confirmed("all")
    before = len(cloud.mails())
    for severity in ("info", "critical"):
        sns.publish(
            TopicArn=topic,
            Subject=f"About {severity}",
            Message=json.dumps({"default": f"text {severity}", "http": "{}"}),
            MessageStructure="json",
            MessageAttributes={"severity": {"DataType": "String", "StringValue": severity}},
        )
    assert {got.attributes["severity"] for got in cloud.subscribers.wait_for(2, "all")} == {"info", "critical"}
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2)["Messages"]
    assert [json.loads(each["Body"])["Message"] for each in received] == ["text critical"]
    mails = cloud.mails()[before:]
    assert [(mail["To"], mail["Subject"]) for mail in mails] == [("team@example.com", "About critical")]
    assert mails[0].get_content().startswith("text critical")


FUNCTION = """
import boto3, json, os
from staygreen.adapters.clock import now

def handler(event, context):
    try:
        boto3.client("sqs").list_queues()
        denied = ""
    except Exception as error:
        denied = error.response["Error"]["Code"]
    item = {"pk": {"S": event["run_id"]}, "now": {"S": now().isoformat()}, "denied": {"S": denied},
            "scheduled_at": {"S": event["scheduled_at"]}, "expires_at": {"N": str(int(now().timestamp()) + 3 * 3600)}}
    boto3.client("dynamodb").put_item(TableName="runs", Item=item)
"""


@pytest.fixture
def runs(cloud: LocalCloud) -> Any:
    """A table, a function that may only write to it, and a schedule that calls it every hour."""
    dynamodb, iam, functions = cloud.client("dynamodb"), cloud.client("iam"), cloud.client("lambda")
    dynamodb.create_table(
        TableName="runs",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    expiry = {"Enabled": True, "AttributeName": "expires_at"}
    dynamodb.update_time_to_live(TableName="runs", TimeToLiveSpecification=expiry)
    allow = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*"}
    role = _role(cloud, "run")
    iam.put_role_policy(RoleName="run", PolicyName="write", PolicyDocument=_policy(allow))
    made = functions.create_function(
        FunctionName="run",
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": _zipped(FUNCTION)},
    )
    context = {"run_id": "<aws.scheduler.execution-id>", "scheduled_at": "<aws.scheduler.scheduled-time>"}
    cloud.client("scheduler").create_schedule(
        Name="hourly",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 10},
        Target={"Arn": made["FunctionArn"], "RoleArn": role, "Input": json.dumps(context)},
    )
    return lambda: dynamodb.scan(TableName="runs")["Items"]


def _zipped(module: str, **others: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {"index.py": module, **others}.items():
            archive.writestr(name, text)
    return content.getvalue()


def _role(cloud: LocalCloud, name: str) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
    return str(made["Role"]["Arn"])


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_moving_the_clock_fires_schedules_moves_functions_and_alarms_and_expires_items(
    cloud: LocalCloud, runs: Any
) -> None:
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="has-not-run",
        Namespace="AWS/Lambda",
        MetricName="Invocations",
        Dimensions=[{"Name": "FunctionName", "Value": "run"}],
        Statistic="Sum",
        Period=3600,
        EvaluationPeriods=2,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )

    def alarm() -> str:
        return str(cloudwatch.describe_alarms(AlarmNames=["has-not-run"])["MetricAlarms"][0]["StateValue"])

    started = time.time()
    for hour in (1, 2):
        cloud.advance(timedelta(hours=1))
        cloud.wait_until(lambda hour=hour: len(runs()) == hour, what=f"run {hour}")
    first, second = sorted(item["now"]["S"] for item in runs())
    assert first < second
    assert {item["denied"]["S"] for item in runs()} == {"AccessDenied"}
    assert all(item["scheduled_at"]["S"] > time.strftime("%Y-%m-%dT%H", time.gmtime(started)) for item in runs())
    cloud.wait_until(lambda: alarm() == "OK", what="the alarm's way back")
    cloud.client("lambda").delete_function(FunctionName="run")
    cloud.advance(timedelta(hours=3))
    cloud.wait_until(lambda: alarm() == "ALARM", what="the alarm")
    cloud.wait_until(lambda: runs() == [], what="the expiry")


COUNTING = """
import os

served = 0

def handler(event, context):
    global served
    served += 1
    if event == "raise":
        raise LookupError("as it should")
    if event == "die":
        os._exit(1)
    return [served, WORD]
"""


def test_an_environment_outlives_an_exception_and_neither_its_process_nor_a_change_of_the_function(
    cloud: LocalCloud,
) -> None:
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="count",
        Runtime="python3.13",
        Role=_role(cloud, "count"),
        Handler="index.handler",
        Code={"ZipFile": _zipped(f"WORD = 'first'\n{COUNTING}")},
    )

    def invoke(event: str = "") -> Any:
        reply = functions.invoke(FunctionName="count", Payload=json.dumps(event))
        return json.loads(reply["Payload"].read())

    assert invoke() == [1, "first"]
    assert invoke("raise")["errorType"] == "LookupError"
    assert invoke() == [3, "first"]
    assert "errorType" in invoke("die")
    assert invoke() == [1, "first"]
    functions.update_function_configuration(FunctionName="count", Timeout=60)
    assert invoke() == [1, "first"]
    functions.update_function_code(FunctionName="count", ZipFile=_zipped(f"WORD = 'second'\n{COUNTING}"))
    assert invoke() == [1, "second"]


SURROUNDINGS = """
import os, sys

def handler(event, context):
    os.environ.setdefault("SEEN", event)
    return {"process": os.getpid(), "variables": dict(os.environ), "place": os.getcwd(), "path": sys.path[0]}
"""


def test_each_environment_has_surroundings_of_its_own_and_is_killed_alone(cloud: LocalCloud) -> None:
    functions = cloud.client("lambda")
    role = _role(cloud, "surroundings")
    for name in ("look", "look-again"):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": _zipped(SURROUNDINGS)},
            Environment={"Variables": {"OWN": name, f"ONLY_{len(name)}": "here"}},
        )

    def look(name: str) -> Any:
        return json.loads(functions.invoke(FunctionName=name, Payload=json.dumps(name))["Payload"].read())

    first, second = look("look"), look("look-again")
    assert [each["variables"]["OWN"] for each in (first, second)] == ["look", "look-again"]
    assert [each["variables"]["SEEN"] for each in (first, second)] == ["look", "look-again"]
    assert [each["variables"]["AWS_LAMBDA_FUNCTION_NAME"] for each in (first, second)] == ["look", "look-again"]
    assert "ONLY_4" not in second["variables"]
    assert "GATEWAY_PORT" in first["variables"], "as the emulator starts functions"
    assert len({each["place"] for each in (first, second)}) == 2
    cloud.kill_function("look")
    assert look("look")["process"] != first["process"]
    assert look("look-again")["process"] == second["process"]
    cloud.kill_function("look")
    with pytest.raises(LookupError):
        cloud.kill_function("look")


def test_each_archive_has_a_library_of_its_own_which_no_environment_shares(cloud: LocalCloud) -> None:
    functions = cloud.client("lambda")
    role = _role(cloud, "libraries")
    module = (
        "from staygreen.told import WORD, seen\ndef handler(event, context): seen.append(event); return [WORD, seen]"
    )
    one, two = (
        _zipped(
            module,
            **{
                "staygreen/__init__.py": "",
                "staygreen/told.py": f"WORD, seen = '{word}', []",
                "staygreen/broken.py": "import nothing_of_this_name",
            },
        )
        for word in ("one", "two")
    )
    for name, code in (("first", one), ("like-first", one), ("second", two)):
        functions.create_function(
            FunctionName=name, Runtime="python3.13", Role=role, Handler="index.handler", Code={"ZipFile": code}
        )

    def ask(name: str) -> Any:
        return json.loads(functions.invoke(FunctionName=name, Payload=json.dumps(name))["Payload"].read())

    assert [ask(name) for name in ("first", "like-first", "second")] == [
        ["one", ["first"]],
        ["one", ["like-first"]],
        ["two", ["second"]],
    ]


def test_the_clock_is_moved_for_loopback_endpoints_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock.advance(timedelta(days=30), file)
    monkeypatch.setenv("STAYGREEN_CLOCK_FILE", str(file))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert deployed_clock.now().timestamp() - time.time() > 29 * 86400
    for elsewhere in ("https://dynamodb.us-east-1.amazonaws.com", "http://192.0.2.1:4566", ""):
        monkeypatch.setenv("AWS_ENDPOINT_URL", elsewhere)
        assert abs(deployed_clock.now().timestamp() - time.time()) < 60


def test_nothing_is_left_when_a_cloud_ends() -> None:
    with LocalCloud(zones=[Zone(name="bl.example.test")]) as short_lived:
        directory, process = short_lived.directory, short_lived._emulator
        assert process is not None
        assert _members(process.pid)
    assert not directory.exists()
    short_lived.wait_until(lambda: not _members(process.pid), what="the end of its processes")


def _members(group: int) -> list[str]:
    return subprocess.run(["ps", "-o", "pid=", "-g", str(group)], capture_output=True, text=True).stdout.split()


def test_an_environment_for_clients_has_nothing_of_the_callers(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setitem(os.environ, "AWS_SESSION_TOKEN", "callers")
    env = cloud.env()
    assert "AWS_PROFILE" not in env
    assert "AWS_SESSION_TOKEN" not in env
    assert env["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


KILLED = """
import os, signal
from local.cloud import LocalCloud

cloud = LocalCloud().start()
print(cloud._emulator.pid, cloud.directory, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_cloud_does_not_outlive_who_started_it() -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL
    pid, directory = killed.stdout.split()
    until = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists() or Path(directory).exists():
        assert time.monotonic() < until, "the emulator still runs"
        time.sleep(0.1)


KILLED_WITH_ITS_EMULATOR = KILLED.replace("os.kill(", "os.killpg(cloud._emulator.pid, signal.SIGKILL)\nos.kill(")


def test_the_next_cloud_removes_what_a_killed_one_left_and_nothing_of_the_living(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WITH_ITS_EMULATOR], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    left = Path(killed.stdout.split()[1])
    assert left.is_dir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    living, stranger = OwnedDirectory(), tmp_path / "staygreen-local-of-somebody"
    stranger.mkdir()

    OwnedDirectory().remove()

    assert not left.exists()
    assert living.path.is_dir()
    assert stranger.is_dir(), "what has no lock was not made here"
    living.remove()
