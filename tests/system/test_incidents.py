"""Incidents as people meet them, deployed for real with IAM enforced: Slack threads, buttons, and who may press."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from local.slack import SlackMessage, sign
from local.stage import SIGNING_SECRET, Stage, stage

LISTING = "psbl.surriel.com"
APPROVER, MEMBER, STRANGER, GROUP = "U0000000A", "U0000000B", "U0000000C", "S0000000G"


@pytest.fixture(scope="module")
def played() -> Iterator[Stage]:
    with stage() as made:
        made.cloud.bootstrap()
        made.with_slack(APPROVER, GROUP)
        made.with_chat()
        made.cloud.slack.groups[GROUP] = (MEMBER,)
        made.deploy(made.synth())
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
    (messages,) = played.cloud.wait_until(played.threads, 30.0, "a thread in Slack")
    return messages[0]


def incident(played: Stage) -> dict:
    items = played.cloud.client("dynamodb").scan(TableName="staygreen-production-incidents", ConsistentRead=True)[
        "Items"
    ]
    (found,) = (each for each in items if each["sk"]["S"].startswith("incident#") and each["cause"]["S"] == "psbl")
    return found


def test_an_incident_is_a_thread_in_slack_in_spite_of_a_full_rate(played, thread, address):
    assert address in thread.text
    assert played.cloud.slack.refused == []


def test_amazon_q_developer_gets_the_same_in_its_own_schema(played, thread, address):
    (told,) = played.chatted()
    assert (told["version"], told["source"]) == ("1.0", "custom")
    assert told["metadata"]["threadId"] == incident(played)["sk"]["S"].removeprefix("incident#")
    assert address in told["content"]["title"]


def test_an_approver_acknowledges_and_the_channel_is_told(played, thread):
    assert played.press(thread, "acknowledge", APPROVER) == 200
    assert f'"acknowledged_by":"slack:{APPROVER}"' in incident(played)["doc"]["S"]
    told = played.cloud.slack.answers[-1]
    assert f"<@{APPROVER}>" in told.text
    assert not told.is_private


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
