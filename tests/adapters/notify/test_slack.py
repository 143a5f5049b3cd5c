"""Slack against its stand-in, and its callback against the emulator."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from local.slack import WORKSPACE, SlackStandIn, sign
from staygreen.adapters.notify.slack import (
    SlackThread,
    SlackWebhook,
    TablePlaces,
    members_of,
    web_client,
    workspace_of,
    workspace_of_webhook,
)
from staygreen.adapters.notify.slack_signature import is_first_time, is_from_slack
from staygreen.adapters.store.items import KEPT
from staygreen.core.errors import SourceUnavailable, Undeliverable
from tests.adapters.store.test_incidents import create, dynamodb  # noqa: F401 - a fixture
from tests.unit.alerts.test_alert import BAD, OK, grouped, hours, story
from tests.unit.incidents.examples import START

LIFE = story(*hours(BAD, BAD, OK, OK, OK))


@pytest.fixture
def slack():
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def thread(slack, dynamodb):  # noqa: F811
    places = TablePlaces(dynamodb, create(dynamodb))
    return SlackThread(web_client("local-token", slack.base_url), "C1", places, with_buttons=True)


def test_with_a_webhook_each_announcement_is_a_message(slack):
    for alert in LIFE:
        SlackWebhook(slack.webhook).send(alert)
    assert len(slack.messages()) == len(LIFE)
    assert slack.refused == []


def test_with_a_token_an_incident_is_one_thread_whose_parent_shows_the_state_of_now(slack, thread):
    for alert in LIFE:
        thread.send(alert)
    parent, details, reply = slack.messages("C1")
    assert parent.thread_ts == ""
    assert parent.edits == 1
    assert "in order again" in parent.text
    assert details.thread_ts == reply.thread_ts == parent.ts
    assert slack.refused == []


def test_the_channel_sees_what_wants_somebody_to_act_and_the_thread_alone_the_rest(slack, thread):
    again = story(*hours(BAD, BAD, OK, OK, OK, BAD, BAD))
    for alert in again:
        thread.send(alert)
    _, details, cleared, reopened = slack.messages("C1")
    assert not details.is_broadcast
    assert (cleared.is_broadcast, reopened.is_broadcast) == (False, True)
    thread.send({**again[-1], "remark": {"by": "ada", "text": "is at it."}})
    assert not slack.messages("C1")[-1].is_broadcast


def test_a_thread_is_forgotten_long_after_its_incident_is_over_and_never_before(slack, dynamodb):  # noqa: F811
    places = TablePlaces(dynamodb, create(dynamodb))
    thread = SlackThread(web_client("local-token", slack.base_url), "C1", places)
    ends = []
    for alert in story(*hours(BAD, BAD, OK, OK, OK, BAD, BAD)):
        thread.send(alert)
        ends.append((alert["kind"], places.find(alert["incident_id"]).ends))
    assert [(kind, bool(at)) for kind, at in ends] == [("opened", False), ("cleared", True), ("opened", False)]
    cleared_at = START + 4 * timedelta(hours=1)
    assert ends[1][1] > (cleared_at + KEPT).timestamp(), "longer than the incident itself is kept"
    assert len({message.thread_ts for message in slack.messages("C1") if message.thread_ts}) == 1


def test_what_is_told_of_many_at_once_is_forgotten_by_itself(slack, dynamodb):  # noqa: F811
    places = TablePlaces(dynamodb, create(dynamodb))
    (alert,) = grouped(5)
    SlackThread(web_client("local-token", slack.base_url), "C1", places).send(alert)
    assert places.find(alert["incident_id"]).ends > 0


def test_a_deleted_parent_and_a_new_channel_get_a_new_thread(slack, dynamodb):  # noqa: F811
    places = TablePlaces(dynamodb, create(dynamodb))
    client = web_client("local-token", slack.base_url)
    first = SlackThread(client, "C1", places)
    first.send(LIFE[0])
    slack.delete(slack.messages("C1")[0])
    first.send(LIFE[1])
    parent, details = (m for m in slack.messages("C1") if "in order again" in m.text)
    assert details.thread_ts == parent.ts
    second = SlackThread(client, "C2", places)
    second.send(LIFE[0])
    second.send(LIFE[1])
    assert [bool(message.thread_ts) for message in slack.messages("C2")] == [False, True, True]


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_for_good_leaves_it_in_the_outbox(slack, thread, status):
    slack.fail(status, times=9)
    with pytest.raises(SourceUnavailable):
        thread.send(LIFE[0])
    with pytest.raises(SourceUnavailable):
        SlackWebhook(slack.webhook).send(LIFE[0])
    assert slack.messages() == []


def test_a_short_wait_is_waited_for_and_a_long_one_is_not(slack, thread):
    slack.fail(429, retry_after=0)
    thread.send(LIFE[0])
    assert len(slack.messages()) == 2, "the parent, and its details"
    slack.fail(429, retry_after=3600)
    with pytest.raises(SourceUnavailable):
        thread.send(LIFE[1])


def test_a_wrong_token_is_told_without_the_token(slack, thread):
    slack.token = "another"
    with pytest.raises(Undeliverable, match="invalid_auth") as told:
        thread.send(LIFE[0])
    assert "local-token" not in str(told.value)


def test_members_of_a_group_are_told_and_an_unknown_group_is_not_an_empty_one(slack):
    slack.groups["S1"] = ("U1", "U2")
    client = web_client("local-token", slack.base_url)
    assert list(members_of("S1", client)) == ["U1", "U2"]
    with pytest.raises(SourceUnavailable, match="no_such_subteam"):
        members_of("S2", client)


BODY = urlencode({"payload": json.dumps({"user": {"id": "U1"}})})


def test_the_workspace_is_the_one_of_the_token_or_of_the_webhook(slack):
    assert workspace_of(web_client(slack.token, slack.base_url)) == WORKSPACE
    assert workspace_of_webhook(slack.webhook) == WORKSPACE
    assert workspace_of_webhook("https://hooks.slack.com/services/T0123ABCD/B1/x") == "T0123ABCD"
    with pytest.raises(SourceUnavailable) as wrong:
        workspace_of(web_client("xoxb-secret", slack.base_url))
    assert "invalid_auth" in str(wrong.value) and "xoxb-secret" not in str(wrong.value)
    with pytest.raises(SourceUnavailable) as unreadable:
        workspace_of_webhook("https://hooks.slack.com/secret")
    assert "secret" not in str(unreadable.value)


SECRET = "signing"


def signed(body=BODY, at=START, secret=SECRET):
    return sign(body, secret, at).headers


def test_a_fresh_and_rightly_signed_call_is_from_slack():
    assert is_from_slack(BODY, signed(), SECRET, START + timedelta(minutes=5))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(secret="forged"),
        signed(body="payload=other"),
        {**signed(), "X-Slack-Signature": "é"},
        {**signed(), "X-Slack-Request-Timestamp": "soon"},
        {**signed(), "X-Slack-Request-Timestamp": "-1"},
        {**signed(), "X-Slack-Request-Timestamp": "²"},
    ],
)
def test_a_forged_call_is_not(headers):
    assert not is_from_slack(BODY, headers, SECRET, START)


@pytest.mark.parametrize("late", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_a_call_more_than_five_minutes_off_is_not(late):
    assert not is_from_slack(BODY, signed(), SECRET, START + late)


def test_a_call_counts_once(dynamodb):  # noqa: F811
    name = create(dynamodb)
    assert is_first_time(dynamodb, name, signed(), START)
    assert not is_first_time(dynamodb, name, signed(), START)
