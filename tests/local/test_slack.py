"""The Slack stand-in takes what Slack takes, and fails as Slack fails."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from local.slack import SlackMessage, SlackStandIn
from local.slack_text import shown
from staygreen.core.alerts.slack_blocks import blocks
from tests.unit.alerts.test_alert import BAD, hours, story
from tests.unit.incidents.examples import START

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*203.0.113.9* is listed"}}


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as running:
        yield running


@pytest.fixture
def client(slack: SlackStandIn) -> WebClient:
    return WebClient(token=slack.token, base_url=slack.base_url)


def test_a_message_its_thread_and_its_edit_are_kept(slack: SlackStandIn, client: WebClient) -> None:
    first = client.chat_postMessage(channel="C1", text="Listed", blocks=[SECTION])
    client.chat_postMessage(channel="C1", text="Still listed", thread_ts=first["ts"])
    client.chat_update(channel="C1", ts=first["ts"], text="Over")
    top, answer = slack.messages("C1")
    assert (top.text, top.edits, top.thread_ts) == ("Over", 1, "")
    assert answer.thread_ts == top.ts


def test_a_webhook_posts(slack: SlackStandIn) -> None:
    answer = WebhookClient(slack.webhook).send(text="Listed", blocks=[SECTION])
    assert (answer.status_code, answer.body) == (200, "ok")
    assert [message.text for message in slack.messages("webhook")] == ["Listed"]


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ({"type": "section"}, "invalid_blocks"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}, "invalid_blocks"),
        ({"type": "nonsense"}, "invalid_blocks"),
    ],
)
def test_blocks_that_slack_would_refuse_are_refused(
    slack: SlackStandIn, client: WebClient, block: dict[str, object], why: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C1", text="Listed", blocks=[block])
    assert refused.value.response["error"].startswith(why)
    assert slack.messages() == []


def test_a_wrong_token_an_unknown_message_and_an_unknown_thread_are_refused(
    slack: SlackStandIn, client: WebClient
) -> None:
    stranger = WebClient(token="other", base_url=slack.base_url)
    attempts = [
        (lambda: stranger.chat_postMessage(channel="C1", text="x"), "invalid_auth"),
        (lambda: client.chat_update(channel="C1", ts="1.0", text="x"), "message_not_found"),
        (lambda: client.chat_postMessage(channel="C1", text="x", thread_ts="1.0"), "thread_not_found"),
    ]
    for attempt, why in attempts:
        with pytest.raises(SlackApiError) as refused:
            attempt()
        assert refused.value.response["error"] == why


@pytest.mark.parametrize("status", [429, 500])
def test_the_next_call_can_fail_and_the_one_after_succeeds(slack: SlackStandIn, client: WebClient, status: int) -> None:
    slack.fail(status, retry_after=7)
    with pytest.raises(SlackApiError) as failed:
        client.chat_postMessage(channel="C1", text="Listed")
    assert failed.value.response.status_code == status
    if status == 429:
        assert failed.value.response.headers["Retry-After"] == "7"
    client.chat_postMessage(channel="C1", text="Listed")
    assert len(slack.messages("C1")) == 1


def test_a_message_reads_in_a_terminal_as_it_does_in_slack() -> None:
    (alert,) = story(*hours(BAD, BAD, raw="a < b & <!channel>"))
    taken = {**alert, "acknowledged_by": "ada (Slack U0123456789)"}
    message = SlackMessage(channel="C1", ts="1", text="", blocks=tuple(map(dict, blocks(taken, with_buttons=True))))
    lines = list(shown(message))
    assert lines[:3] == [
        "staygreen",
        "🟡 192.0.2.10 is listed on PSBL",
        "Mail from 192.0.2.10 is refused by receivers that use PSBL.",
    ]
    assert (
        "Do it here: https://psbl.example/remove · Runbook: https://docs.example/runbooks/blocklist.md#listed" in lines
    )
    assert "• psbl, just now: PSBL lists this address. It answered: a < b & <!channel>" in lines
    assert "@U0123456789 is at it." in lines
    assert "[ Mute for a day ]" in lines
    with pytest.raises(LookupError, match="no button acknowledge"), SlackStandIn() as slack:
        slack.press(message, "acknowledge", "U0123456789", "secret", START)


def test_the_channel_can_be_read_as_a_page(slack: SlackStandIn, client: WebClient) -> None:
    first = client.chat_postMessage(channel="C1", text="Listed", blocks=[SECTION])
    client.chat_postMessage(channel="C1", text="Details", blocks=[SECTION], thread_ts=first["ts"])
    with urlopen(slack.url) as page:  # noqa: S310 - loopback
        lines = page.read().decode().splitlines()
    assert [line.startswith("  | ") for line in lines if "is listed" in line] == [False, True]
