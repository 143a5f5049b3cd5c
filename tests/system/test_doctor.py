"""`staygreen doctor` after a deployment: green when all runs have happened, red with a cause for each of six faults."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator

import pytest

from local.cloud import LocalCloud
from local.stage import HOUR, Stage
from staygreen.core.checks import CHECKS
from staygreen.core.config.parser import parse
from tests.command import staygreen
from tests.system import walk
from tests.system.deployment import deploy


@pytest.fixture(scope="module")
def played() -> Iterator[Stage]:
    with LocalCloud(variables={"STAYGREEN_PTR_PENDING_SECONDS": "0", "STAYGREEN_SCHEDULES": "at-once"}) as cloud:
        made = Stage(cloud)
        deploy(made)
        enabled = [each.id for each in CHECKS if each.enabled(parse(made.config.read_text(), "sender.toml"))]
        for check in enabled:
            cloud.wait_until(lambda check=check: made.heartbeat(check), what=f"a run of the check {check}")
        yield made


def examined(played: Stage, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **played.cloud.client_variables()}
    return staygreen("doctor", "--config", str(played.config), *options, env=environment)


def failing(played: Stage) -> set[tuple[str, str]]:
    done = examined(played, "--json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert results, done.stderr
    assert done.returncode == int(any(each["state"] == "fails" for each in results))
    assert not [each for each in results if each["state"] == "unknown"]
    return {(each["cause"], each["subject"]) for each in results if each["state"] == "fails"}


def waiting(played: Stage, queue: str) -> str:
    """A message that lies in a queue, left there; empty: none."""
    found = played.cloud.client("sqs").receive_message(QueueUrl=queue, VisibilityTimeout=0).get("Messages", [])
    return str(found[0]["Body"]) if found else ""


def went_off(played: Stage) -> set[str]:
    """The alarms that have been in alarm."""
    told = played.cloud.client("cloudwatch").describe_alarm_history(HistoryItemType="StateUpdate", MaxRecords=100)
    return {each["AlarmName"] for each in told["AlarmHistoryItems"] if "to ALARM" in each["HistorySummary"]}


def test_a_deployment_starts_each_check_and_no_alarm_goes_off(played):
    alarms = played.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    silences = [each for each in alarms if each["AlarmName"].endswith("-has-not-run")]
    assert {each["StateValue"] for each in silences} == {"OK"}
    assert went_off(played) == set()


def test_a_deployment_that_has_run_is_green_and_its_report_names_nobody(played):
    done = examined(played)
    assert done.returncode == 0, done.stdout + done.stderr
    text = examined(played, "--report").stdout
    assert "holds: run-finished" in text
    assert not any(name in text for name in ("example", played.cloud.account, "@"))


def test_the_commands_of_the_guide_work_as_written(played):
    """But for those that deploy; a bad answer about the sender is an answer, and wrong usage is none."""
    environment = {**os.environ, **played.cloud.client_variables(), "STAYGREEN_CONFIG": str(played.config)}
    ran = 0
    for words in walk.commands():
        line = shlex.join(words)
        if line.startswith(walk.ELSEWHERE):
            continue
        program, *options = (
            word.replace("config/mine.toml", str(played.config)).replace(
                "staygreen-SENDER-ENVIRONMENT", played.names.prefix
            )
            for word in words
        )
        if program == "aws":
            walk.call_aws(played.cloud.client(options[0]), options[1], options[2:])
        else:
            assert program == "staygreen", line
            done = staygreen(*options, env=environment)
            assert done.returncode in (0, 1, 3), f"{line}\n{done.stdout}{done.stderr}"
            assert "Traceback" not in done.stderr, f"{line}\n{done.stderr}"
        ran += 1
    assert ran >= 8


def test_six_faults_are_named(played):
    names, cloud = played.names, played.cloud
    schedules = cloud.client("scheduler")
    schedule = schedules.get_schedule(Name=names.schedule("volume"))
    kept = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    schedules.update_schedule(State="DISABLED", **{key: schedule[key] for key in kept})
    cloud.client("cloudwatch").disable_alarm_actions(AlarmNames=[names.alarm("check-cases-has-not-run")])
    topic = f"arn:aws:sns:{cloud.region}:{cloud.account}:{names.topic('alerts')}"
    sns = cloud.client("sns")
    for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    functions, iam = cloud.client("lambda"), cloud.client("iam")
    role = functions.get_function_configuration(FunctionName=names.check_function("cases"))["Role"].split("/")[-1]
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    (address,) = played.addresses()
    cloud.client("ec2").reset_address_attribute(AllocationId=address["AllocationId"], Attribute="domain-name")
    queue = cloud.client("sqs").get_queue_url(QueueName=names.dead_letters)["QueueUrl"]
    functions.invoke(FunctionName=names.check_function("cases"), InvocationType="Event", Payload=b'{"run_id": "r-1"}')
    record = json.loads(cloud.wait_until(lambda: waiting(played, queue), what="a record of the run that failed"))
    assert record["requestContext"]["functionArn"].split(":function:")[1].startswith(names.check_function("cases"))
    assert record["requestPayload"] == {"run_id": "r-1"}
    assert failing(played) == {
        ("schedule-off", "volume"),
        ("alarm-mute", "check-cases-has-not-run"),
        ("topic-unheard", "alerts"),
        ("permission-denied", "check-cases"),
        ("ptr-other", "mail-1"),
        ("dead-letters", names.check_function("cases")),
    }


def test_a_check_whose_schedule_is_off_goes_off(played):
    silent = played.names.alarm("check-volume-has-not-run")
    played.cloud.advance(3 * HOUR)
    played.cloud.wait_until(lambda: silent in went_off(played), what="the alarm on silence")
