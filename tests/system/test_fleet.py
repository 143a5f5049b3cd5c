"""A run that is too much for one function, deployed for real: divided, looked up, concluded, and what may fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.dns.blocklists import Misbehaviour
from local.stage import HOUR, Stage, stage
from staygreen.core.blocklist.catalogue import load
from staygreen.core.naming import ResourceNames
from tests.system.deployment import deploy

SIZE = 60
IPS = [f"198.51.100.{last}" for last in range(256)] + [f"203.0.113.{last}" for last in range(44)]
SHARDS = 5
LISTING, SILENT = "psbl.surriel.com", "bl.spamcop.net"
OTHERS = [entry.id for entry in load().entries if entry.id not in ("psbl", "spamcop")]
NAMES = ResourceNames(sender="fleet", environment="production")
PREFIX = f"{NAMES.prefix}-"
TABLE = f"{PREFIX}incidents"
BUCKET = NAMES.bucket("shards", "000000000000", "us-east-1")
CHECK, SHARD, MACHINE = f"{PREFIX}check-blocklist", f"{PREFIX}shard-blocklist", f"{PREFIX}sweep-blocklist"
OTHER_CHECKS = ("auth_records", "cases", "refusals", "reverse_dns", "ses_reputation")
OFF = "\n".join(f"[monitor.{each}]\nenabled = false" for each in OTHER_CHECKS)
CONFIG = f"""
[sender]
name = "fleet"
account = "000000000000"
region = "us-east-1"

[subjects]
ips = {json.dumps(IPS)}

[monitor.blocklist]
fleet = true
shard = {SIZE}
off = {json.dumps(OTHERS)}

{OFF}
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> Iterator[Stage]:
    config = tmp_path_factory.mktemp("fleet") / "fleet.toml"
    config.write_text(CONFIG)
    with stage(config) as made:
        deploy(made)
        run(made)  # the baseline
        yield made


def executions(played: Stage) -> list[dict[str, Any]]:
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{MACHINE}"
    return list(played.cloud.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"])


def ended(played: Stage) -> list[dict[str, Any]]:
    """All executions, none of which runs any more: an execution ends a moment after the run was concluded."""

    def all_ended() -> list[dict[str, Any]] | None:
        found = executions(played)
        return None if any(each["status"] == "RUNNING" for each in found) else found

    return list(played.cloud.wait_until(all_ended, 120.0, "the end of all executions"))


def run(played: Stage) -> None:
    """Let the schedule fire; return when the run was concluded. Every shard may start a process of its own."""
    before = played.heartbeat("blocklist")
    played.cloud.advance(HOUR)
    played.cloud.wait_until(lambda: played.heartbeat("blocklist") != before, 240.0, "the end of the run")


def coverage(played: Stage) -> tuple[int, int, bool]:
    """Of one list: how many were to be asked about, how many it told about, and whether some were not asked.

    On a busy machine an answer may be lost on the way, which is not what these tests are about.
    """
    item = played.cloud.client("dynamodb").get_item(
        TableName=TABLE, Key={"pk": {"S": "check#blocklist"}, "sk": {"S": "heartbeat"}}, ConsistentRead=True
    )["Item"]
    (row,) = [row for row in json.loads(item["coverage"]["S"]) if row["source"] == "psbl"]
    return row["asked"], row["answered"], row["reason"] == "not_asked"


def is_whole(played: Stage) -> bool:
    asked, answered, has_gaps = coverage(played)
    return asked == len(IPS) and answered > len(IPS) - SIZE and not has_gaps


def remembered(played: Stage) -> dict[tuple[str, str], dict[str, Any]]:
    """Incidents by subject and cause."""
    items = played.cloud.client("dynamodb").scan(TableName=TABLE, ConsistentRead=True)["Items"]
    documents = [json.loads(item["doc"]["S"]) for item in items if item["sk"]["S"].startswith("incident#")]
    return {(each["finding"]["subject"], each["finding"]["cause"]): each for each in documents}


@contextmanager
def role_changed(played: Stage, function: str, change: Any) -> Iterator[None]:
    """A function's role says something else for a while."""
    iam, lambda_ = played.cloud.client("iam"), played.cloud.client("lambda")
    role = lambda_.get_function_configuration(FunctionName=function)["Role"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    changed = {**document, "Statement": change(document["Statement"])}
    assert changed != document
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(changed))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def test_shards_together_make_one_run_with_one_coverage(played):
    (execution,) = ended(played)
    assert execution["status"] == "SUCCEEDED"
    found = played.cloud.client("stepfunctions").describe_execution(executionArn=execution["executionArn"])
    assert json.loads(found["input"])["run_id"] == played.heartbeat("blocklist")
    objects = played.cloud.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="readings/")["Contents"]
    assert len(objects) == SHARDS
    assert is_whole(played)


def test_a_listing_in_a_shard_takes_the_road_of_every_incident(played):
    listed = IPS[130]
    played.list_address(LISTING, listed)
    run(played)
    assert not [alert for alert in played.alerts() if alert["kind"] == "opened"], "seen once"
    run(played)
    assert played.wait_for_alert("opened", listed)["cause"] == "psbl"


def test_a_shard_killed_midway_is_looked_up_again(played):
    before = played.heartbeat("blocklist")
    played.cloud.blocklists.misbehave(SILENT, Misbehaviour.SILENCE)
    played.cloud.advance(HOUR)
    played.cloud.wait_until(lambda: played.cloud.blocklists.ignored(SILENT), what="shards that wait for an answer")
    played.cloud.kill_function(SHARD)
    assert played.heartbeat("blocklist") == before, "the shards were cut before the run's end"
    played.cloud.blocklists.behave(SILENT)
    played.cloud.wait_until(lambda: played.heartbeat("blocklist") != before, 240.0, "the end of the run")
    assert is_whole(played)
    assert ("source:shards", "coverage") not in remembered(played)


def test_the_same_run_delivered_again_and_a_shard_run_again_change_nothing(played):
    run_id = played.heartbeat("blocklist")
    before, started = remembered(played), ended(played)
    key = f"readings/{run_id}/1.json"
    read = played.cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    for function, event in (
        (SHARD, {"run_id": run_id, "shard": 1, "attempt": 0}),
        (CHECK, {"run_id": run_id, "do": "conclude"}),
        (CHECK, {"run_id": run_id, "scheduled_at": ""}),
    ):
        reply = played.cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        assert "FunctionError" not in reply, reply["Payload"].read()
    again = json.loads(played.cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert again["lists"].keys() == json.loads(read)["lists"].keys()
    assert (remembered(played), ended(played)) == (before, started)


def denied(*keys: str):
    resources = [f"arn:aws:s3:::{BUCKET}/{key}" for key in keys]
    return lambda statements: [*statements, {"Effect": "Deny", "Action": "s3:PutObject", "Resource": resources}]


def test_a_shard_that_always_fails_is_lost_coverage_and_nobody_of_it_is_cleared(played):
    with role_changed(played, SHARD, denied("readings/*/2.json")):
        run(played)
    asked, answered, has_gaps = coverage(played)
    assert (asked, has_gaps) == (len(IPS), True)
    assert answered <= len(IPS) - SIZE
    missing = remembered(played)["source:shards", "coverage"]["finding"]
    assert missing["reason"] == "shards_missing"
    assert missing["evidence"][0]["text"] == f"1 of {SHARDS} shards did not report: {SIZE} subjects were not looked up"
    listing = remembered(played)[f"ip:{IPS[130]}", "psbl"]
    assert listing["status"] == "open"
    assert listing.get("clears", 0) == 0
    assert {each["status"] for each in ended(played)} == {"SUCCEEDED"}, "one of five is tolerated"


def test_when_more_fail_than_is_tolerated_the_run_is_concluded_and_the_execution_fails(played):
    with role_changed(played, SHARD, denied("readings/*/0.json", "readings/*/1.json")):
        run(played)
        assert [each["status"] for each in ended(played)].count("FAILED") == 1
    asked, answered, has_gaps = coverage(played)
    assert (asked, has_gaps) == (len(IPS), True)
    assert answered <= len(IPS) - 2 * SIZE
    text = remembered(played)["source:shards", "coverage"]["finding"]["evidence"][0]["text"]
    assert text.startswith(f"2 of {SHARDS} shards did not report")


LISTS = "FindShards"


def test_the_check_may_list_the_bucket_since_what_is_missing_is_forbidden_to_whoever_may_not(played):
    # the emulator calls it missing to everyone
    lambda_, iam = played.cloud.client("lambda"), played.cloud.client("iam")
    role = lambda_.get_function_configuration(FunctionName=CHECK)["Role"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    statements = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    (found,) = [each for each in statements if each.get("Sid") == LISTS]
    assert (found["Action"], found["Resource"]) == ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}")


NEEDED = {
    (CHECK, "PlanShards"): ({"run_id": "plan"}, "PutObject"),
    (CHECK, "ReadShards"): ({"run_id": "read"}, "GetObject"),
    (CHECK, "StartSweep"): ({"run_id": "start"}, "StartExecution"),
    (SHARD, "ReadShards"): ({"run_id": "RUN", "shard": 0}, "GetObject"),
    (SHARD, "KeepReadings"): ({"run_id": "RUN", "shard": 0}, "PutObject"),
}
"""Function and statement -> an event, and the operation that is refused without it."""


@pytest.mark.parametrize(("function", "statement"), NEEDED)
def test_what_the_fleet_may_do_it_needs(played, function, statement):
    event, operation = NEEDED[function, statement]
    event = {**event, "run_id": event["run_id"].replace("RUN", played.heartbeat("blocklist"))}
    with role_changed(played, function, lambda all_: [each for each in all_ if each.get("Sid") != statement]):
        reply = played.cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    told = reply["Payload"].read().decode()
    assert reply.get("FunctionError"), told
    assert operation in told
