"""Incidents as people meet them, deployed for real with IAM enforced: Slack threads, buttons, and who may press."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from local.cloud import ROOT
from local.drifts import public_key
from local.slack import SlackMessage, sign
from local.stage import SIGNING_SECRET, Stage, stage
from staygreen.adapters.store.deployments import DeploymentTable
from staygreen.cli.deployment import VARIABLE
from staygreen.core.deployments.deployment import Deployment
from tests.command import staygreen
from tests.system.deployment import deploy

DIGEST_SCHEMA = json.loads((ROOT / "docs" / "digest.schema.json").read_text())
LISTING = "psbl.surriel.com"
APPROVER, MEMBER, STRANGER, GROUP = "U0000000A", "U0000000B", "U0000000C", "S0000000G"


@pytest.fixture(scope="module")
def played() -> Iterator[Stage]:
    with stage() as made:
        made.with_slack(APPROVER, GROUP)
        made.with_chat()
        made.subscribe("critical", 'severities = ["critical"]')
        made.cloud.slack.groups[GROUP] = (MEMBER,)
        deploy(made)
        made.listen_to_chat()
        yield made


@pytest.fixture(scope="module")
def address(played: Stage) -> str:
    return str(played.addresses()[0]["PublicIp"])


@pytest.fixture(scope="module")
def thread(played: Stage, address: str) -> SlackMessage:
    """The parent message of an open incident."""
    played.run_check()  # the baseline
    played.list_address(LISTING, address)
    played.run_check()
    played.cloud.slack.fail(429, retry_after=0)
    played.run_check()
    played.wait_for_alert("opened", address)
    (messages,) = played.cloud.wait_until(played.threads, what="a thread in Slack")
    return messages[0]


def messages_of(played: Stage, number: int) -> list[SlackMessage] | None:
    (thread,) = played.threads()
    return thread if len(thread) == number else None


def incident(played: Stage) -> dict:
    items = played.cloud.client("dynamodb").scan(
        TableName="staygreen-example-production-incidents", ConsistentRead=True
    )["Items"]
    (found,) = (each for each in items if each["sk"]["S"].startswith("incident#") and each["cause"]["S"] == "psbl")
    return found


def test_an_incident_is_a_thread_in_slack_in_spite_of_a_full_rate(played, thread, address):
    assert address in thread.text
    assert played.cloud.slack.refused == []


def test_amazon_q_developer_gets_the_same_in_its_own_schema(played, thread, address):
    (told,) = played.cloud.wait_until(played.chatted, what="the notification")
    assert (told["version"], told["source"]) == ("1.0", "custom")
    assert told["metadata"]["threadId"] == incident(played)["sk"]["S"].removeprefix("incident#")
    assert address in told["content"]["title"]


def test_an_approver_acknowledges_and_the_thread_says_so(played, thread):
    assert played.press(thread, "acknowledge", APPROVER) == 200
    assert f'"acknowledged_by":"{APPROVER.lower()} (Slack {APPROVER})"' in incident(played)["doc"]["S"]
    parent, _, reply = played.cloud.wait_until(lambda: messages_of(played, 3), what="a reply in the thread")
    assert reply.text.startswith(f"<@{APPROVER}> is at it.")
    assert f"<@{APPROVER}> is at it." in str(parent.blocks)
    assert "'action_id': 'acknowledge'" not in str(parent.blocks)


def test_a_member_of_an_approving_group_mutes(played, thread):
    assert played.press(thread, "mute", MEMBER) == 200
    assert '"muted_until"' in incident(played)["doc"]["S"]


def test_somebody_else_is_told_alone_that_he_may_not(played, thread):
    before = incident(played)
    assert played.press(thread, "acknowledge", STRANGER) == 200
    assert played.cloud.slack.answers[-1].is_private
    assert incident(played) == before


def signed(played: Stage, thread: SlackMessage, **changes):
    settings = {"signing_secret": SIGNING_SECRET, "at": played.cloud.now(), **changes}
    return played.cloud.slack.press(thread, "mute", APPROVER, **settings)


def test_forged_stale_replayed_and_fetched_calls_change_nothing(played, thread):
    before = incident(played)
    good = signed(played, thread)
    assert played.call(good, method="GET") == 405
    assert played.call(signed(played, thread, signing_secret="guessed")) == 401
    assert played.call(replace(good, body=good.body + "&more=1")) == 401
    assert played.call(signed(played, thread, at=played.cloud.now() - timedelta(minutes=6))) == 401
    assert played.call(replace(good, headers={})) == 401
    assert played.call(sign("payload=%7B%7D", SIGNING_SECRET, played.cloud.now())) == 400
    assert incident(played) == before
    assert played.call(good) == 200
    after = incident(played)
    assert played.call(good) == 409, "a call counts once"
    assert incident(played) == after


def test_a_subscriber_gets_what_it_asked_for_and_nothing_else(played, thread, address):
    played.cloud.subscribers.wait_confirmed("critical")
    got = [alert["subjects"][0]["id"] for alert in played.queued()]
    assert address in got, "without a filter everything comes"
    assert played.cloud.subscribers.received("critical") == [], "this one wants critical news, and PSBL is a warning"


def test_with_a_silent_stream_what_slack_did_not_take_is_sent_by_hand_when_it_is_back(played, thread, address):
    with silent_stream(played):
        (before,) = played.threads()
        played.cloud.slack.fail(500, times=1000)
        assert command(played, "incidents", "note", incident_id(played), "asked the provider", "--by", "ada") == 0
        assert command(played, "redrive") == 3, "Slack is still down"
        assert played.threads() == [before]
        played.cloud.slack.fail(500, times=0)
        assert command(played, "redrive") == 0
        (after,) = played.threads()
        assert after[-1].text == "ada noted: asked the provider"
        assert len(after) == len(before) + 1
        assert command(played, "redrive") == 0
    assert played.threads() == [after], "nothing is told twice"


@contextmanager
def silent_stream(played: Stage) -> Iterator[None]:
    """The table's stream wakes nobody."""
    played.cloud.wait_until(lambda: not played.owed(), what="the end of what is being told")
    client, name = played.cloud.client("lambda"), "staygreen-example-production-announce"
    (mapping,) = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def test_the_digest_is_one_message_everywhere(played, thread, address):
    before = len(played.threads())
    played.cloud.client("lambda").invoke(FunctionName="staygreen-example-production-digest", Payload=b"{}")
    (told,) = played.cloud.wait_until(played.digests, what="the digest")
    jsonschema.validate(told, DIGEST_SCHEMA)
    assert told["headline"].startswith("1 problem open, 1 of them new")
    assert f"{APPROVER.lower()} (Slack {APPROVER}) is at it" in str(told["sections"])
    threads = played.cloud.wait_until(lambda: len(played.threads()) > before and played.threads(), what="it in Slack")
    assert threads[-1][0].text == told["headline"]
    played.cloud.wait_until(
        lambda: any(told["headline"] in mail.get_content() for mail in played.cloud.mails()), what="it by mail"
    )
    assert played.cloud.slack.refused == []


NEWS, ZONE = "news.example.com", "Z0EXAMPLECOM00000000"
NEWS_STACK = "staygreen-example-production-news"
SELECTOR = f"s1._domainkey.{NEWS}"


def record(name: str, rtype: str, value: str, zone: str = ZONE) -> dict:
    properties = {"HostedZoneId": zone, "Name": f"{name}.", "Type": rtype, "TTL": "300", "ResourceRecords": [value]}
    return {"Type": "AWS::Route53::RecordSet", "Properties": properties}


def deploy_news(played: Stage, commit: str, **resources: dict) -> str:
    """Deploy the stack of one more domain by a change set, as the CDK does, until it is on record; gives its status."""
    client, name = played.cloud.client("cloudformation"), f"staygreen-{commit}-20261201T100000Z"
    before = len(deployments(played))
    body = json.dumps({"Resources": resources})
    kind = "CREATE" if commit == "a" * 7 else "UPDATE"
    client.create_change_set(StackName=NEWS_STACK, ChangeSetName=name, ChangeSetType=kind, TemplateBody=body)
    client.get_waiter("change_set_create_complete").wait(
        StackName=NEWS_STACK, ChangeSetName=name, WaiterConfig={"Delay": 1}
    )
    client.execute_change_set(StackName=NEWS_STACK, ChangeSetName=name)
    played.cloud.wait_until(lambda: len(deployments(played)) > before, what=f"the deployment {commit} on record")
    return str(client.describe_stacks(StackName=NEWS_STACK)["Stacks"][0]["StackStatus"])


def deployments(played: Stage) -> list[Deployment]:
    table = DeploymentTable(played.cloud.client("dynamodb"), "staygreen-example-production-incidents")
    return [each for each in table.ended(datetime(2000, 1, 1, tzinfo=UTC)) if each.stack == NEWS_STACK]


def test_the_alert_names_the_deployment_that_took_the_record_away(played, thread):
    signing = {"DomainSigningSelector": "s1", "DomainSigningPrivateKey": "QUJD"}
    identities = played.cloud.client("sesv2")
    identities.create_email_identity(EmailIdentity=NEWS)
    identities.put_email_identity_dkim_signing_attributes(
        EmailIdentity=NEWS, SigningAttributesOrigin="EXTERNAL", SigningAttributes=signing
    )
    key = record(SELECTOR, "TXT", " ".join(f'"{part}"' for part in textwrap.wrap(f"v=DKIM1; p={public_key()}", 200)))
    other = record("other.example.com", "MX", "10 mx.example.com.")
    broken = record("x.example.com", "TXT", '"x"', zone="Z0NOSUCHZONE")
    assert deploy_news(played, "a" * 7, Key=key) == "CREATE_COMPLETE"
    played.run_check("auth_records")
    assert deploy_news(played, "b" * 7, Other=other) == "UPDATE_COMPLETE"
    played.cloud.advance(timedelta(minutes=5))
    moved = record("other.example.com", "MX", "20 mx.example.com.")
    assert deploy_news(played, "c" * 7, Other=moved) == "UPDATE_COMPLETE"
    assert deploy_news(played, "d" * 7, Other=other, Key=key, Broken=broken) == "UPDATE_ROLLBACK_COMPLETE"
    assert [(each.commit[:1], each.outcome.value, each.unknown) for each in deployments(played)] == [
        ("a", "done", ""),
        ("b", "done", ""),
        ("c", "done", ""),
        ("d", "rolled back", ""),
    ]
    for _ in range(3):
        played.run_check("auth_records")
    told = played.cloud.wait_until(
        lambda: next((each for each in played.alerts() if each["cause"] == "dkim_missing"), None), what="the alert"
    )
    assert "(commit bbbbbbb) is the cause: DKIM record of news.example.com (s1) removed." in told["consequence"]
    assert told["next_step"].startswith("Revert commit bbbbbbb and deploy")
    assert "(commit bbbbbbb): DKIM record of news.example.com (s1) removed" in told["before"]
    assert "had all its answers and did not find it" in told["before"]


def incident_id(played: Stage) -> str:
    return str(incident(played)["sk"]["S"].removeprefix("incident#"))


def command(played: Stage, *arguments: str) -> int:
    """Run the staygreen command as a user would; give its exit status."""
    done = staygreen(*arguments, env={**played.cloud.env(), VARIABLE: str(played.config)})
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode
