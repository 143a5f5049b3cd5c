"""Slack: a message for each announcement, or with a bot token one thread for each incident.

With a token the first message of an incident is its parent: it is edited to the
state of now; its details and each transition are replies. A short Retry-After is waited for;
a longer one leaves the announcement in the outbox (Slack developer documentation,
"Rate limits", read 2026-11-24).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler, ServerErrorRetryHandler
from slack_sdk.http_retry.handler import RetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from staygreen.core.alerts.alert import OVER, Alert
from staygreen.core.alerts.slack_blocks import (
    blocks,
    details,
    parent,
    remark_blocks,
    remark_summary,
    summary,
    waiting,
)
from staygreen.core.alerts.slack_errors import POST, UPDATE, WEBHOOK, Reaction, reaction
from staygreen.core.errors import SourceUnavailable, Undeliverable
from staygreen.core.incidents.incident import Kind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Answer = TypeVar("Answer")
TIMEOUT_SECONDS = 5
LONGEST_WAIT_SECONDS = 10
KEPT_WITHIN = 3
"""Attempts to remember a thread; without it the next news begins another."""
SET_UP_WITHIN = timedelta(hours=6)
"""How long an announcement waits for somebody who sets Slack up."""
UNLISTED_FOR = timedelta(hours=24)
"""How long it is tried when Slack says what none of its documents has."""
KEPT = timedelta(days=430)
"""How long a thread is remembered after its incident was over: longer than the table remembers the incident."""
LOUD = (Kind.OPENED, Kind.CHANGED, Kind.REMINDER)
ANSWER_TIMEOUT_SECONDS = 2
"""Slack itself waits three seconds for the function that answers."""


class _ShortWaits(RateLimitErrorRetryHandler):
    """Waits as long as Slack asks, when that is short enough for a function."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        waits = {value[0].strip() for key, value in response.headers.items() if key.lower() == "retry-after" and value}
        wait = waits.pop() if len(waits) == 1 else ""
        return wait.isascii() and wait.isdigit() and len(wait) < 6 and int(wait) <= LONGEST_WAIT_SECONDS


def _retries() -> list[RetryHandler]:
    return [_ShortWaits(max_retry_count=2), ServerErrorRetryHandler(max_retry_count=1)]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parent message of an incident is."""

    channel: str
    ts: str
    ends: int = 0
    """When it may be forgotten, in seconds since 1970; 0: never, for the incident may be told of again."""


class Places(Protocol):
    """Remembers the parent message of each incident."""

    def find(self, incident: str) -> Place | None: ...

    def keep(self, incident: str, place: Place, former: Place | None = None) -> None: ...


class TablePlaces:
    """Places in the incident table: ``delivery#<incident>`` / ``slack``; DynamoDB forgets those that end."""

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def find(self, incident: str) -> Place | None:
        """The parent message, or None when there is none yet."""
        item = self._client.get_item(TableName=self._name, Key=_key(incident), ConsistentRead=True).get("Item")
        if item is None:
            return None
        return Place(item["channel"]["S"], item["ts"]["S"], int(item.get("expires_at", {}).get("N", 0)))

    def keep(self, incident: str, place: Place, former: Place | None = None) -> None:
        """Remember the parent, in place of the former one; the first one stays when two senders were at it."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if former is not None:
            condition = {
                "ConditionExpression": "ts = :former",
                "ExpressionAttributeValues": {":former": {"S": former.ts}},
            }
        try:
            self._client.put_item(
                TableName=self._name,
                Item={
                    **_key(incident),
                    "channel": {"S": place.channel},
                    "ts": {"S": place.ts},
                    **({"expires_at": {"N": str(place.ends)}} if place.ends else {}),
                },
                **condition,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


def _key(incident: str) -> Mapping[str, Any]:
    return {"pk": {"S": f"delivery#{incident}"}, "sk": {"S": "slack"}}


def web_client(token: str, base_url: str = "") -> WebClient:
    """Slack's API, with patience for short waits.

    Args:
        token: The bot token; a secret.
        base_url: Of a stand-in; empty: Slack itself.
    """
    return WebClient(
        token=token, base_url=base_url or WebClient.BASE_URL, timeout=TIMEOUT_SECONDS, retry_handlers=_retries()
    )


def asked(method: Callable[..., Answer], **arguments: Any) -> Answer:
    """What Slack answers.

    Raises:
        SlackApiError: When it answers that it refuses, and why.
        SourceUnavailable: When it does not answer, or with what is no answer.
    """
    try:
        return method(**arguments)
    except SlackApiError as error:
        data = error.response.data if isinstance(error.response, SlackResponse) else None
        # the library tells of a body that is no JSON in the place of an error's name
        if isinstance(data, Mapping) and re.fullmatch(r"[a-z0-9_]{1,100}", str(data.get("error", ""))):
            raise
        raise SourceUnavailable("Slack's answer cannot be read") from error
    except Exception as error:  # its library lets out whatever an answer that is none makes Python raise
        raise SourceUnavailable(f"Slack did not answer: {type(error).__name__}") from error


def members_of(group: str, client: WebClient) -> Collection[str]:
    """Ids of the users in a user group (method usergroups.users.list, scope usergroups:read, read 2026-11-24).

    Raises:
        SourceUnavailable: When Slack does not tell.
    """
    try:
        found: Collection[str] = asked(client.usergroups_users_list, usergroup=group).get("users") or ()
    except SlackApiError as error:
        raise SourceUnavailable(f"Slack did not tell who is in the group {group}: {_reason(error)}") from error
    return found


def workspace_of(client: WebClient) -> str:
    """The id of the workspace that a token is of (method auth.test, which needs no scope, read 2026-11-30).

    Raises:
        SourceUnavailable: When Slack does not tell.
    """
    try:
        return str(asked(client.auth_test).get("team_id") or "")
    except SlackApiError as error:
        raise SourceUnavailable(f"Slack did not tell which workspace the token is of: {_reason(error)}") from error


def workspace_of_webhook(url: str) -> str:
    """The id of the workspace in an incoming webhook's URL, a secret: ``…/services/T…/B…/…``.

    Raises:
        SourceUnavailable: When there is none.
    """
    found = _WEBHOOK.search(url)
    if found is None:
        raise SourceUnavailable("the URL of the incoming webhook does not name a workspace")
    return found[1]


_WEBHOOK = re.compile(r"/services/(T[A-Z0-9]{1,30})/")


class SlackWebhook:
    """Each announcement is a message of its own.

    Args:
        url: The incoming webhook; a secret.
        with_buttons: Whether something takes their presses.
    """

    channel = "slack"

    def __init__(self, url: str, *, with_buttons: bool = False) -> None:
        self._client = WebhookClient(url, timeout=TIMEOUT_SECONDS, retry_handlers=_retries())
        self._with_buttons = with_buttons

    def send(self, alert: Alert) -> None:
        """Post one alert."""
        made = [dict(block) for block in blocks(alert, with_buttons=self._with_buttons)]
        response = asked(self._client.send, text=summary(alert), blocks=made)
        told = response.body.strip()
        # "ok" is what an accepted message is answered with; a page of somebody between us and Slack is no such answer
        if response.status_code == 200 and told == "ok":
            return
        if response.status_code in (200, 429) or response.status_code >= 500:
            raise SourceUnavailable(f"Slack answered {response.status_code}: {told[:200]}")
        raise failure(WEBHOOK, told[:200])


class SlackThread:
    """One thread for each incident.

    Args:
        client: Slack's API, from `web_client`.
        conversation: Id of the Slack channel.
        places: Where parent messages are remembered.
        with_buttons: Whether something takes their presses.
    """

    channel = "slack"

    def __init__(self, client: WebClient, conversation: str, places: Places, *, with_buttons: bool = False) -> None:
        self._client = client
        self._conversation = conversation
        self._places = places
        self._with_buttons = with_buttons

    def send(self, alert: Alert) -> None:
        """Tell it in the incident's thread; its first message becomes the parent, and the details its first reply."""
        made = [dict(block) for block in parent(alert, with_buttons=self._with_buttons)]
        place = self._places.find(alert["incident_id"])
        if place is not None and alert["kind"] == Kind.REPAIR and place.channel == self._conversation:
            # the parent goes on showing the incident; the buttons stand under the plan
            if not self._answered_in(place, summary(alert), made, is_loud=bool(waiting(alert))):
                self._begin(alert, made, place)
            return
        # The edit first: repeating it does no harm, while a repeated reply would be told twice.
        if place is None or not self._is_edited(place, alert, made):
            self._begin(alert, made, place)
            return
        if place.ends != _ends(alert):
            self._remember(alert, replace(place, ends=_ends(alert)), place)
        text, reply = _reply(alert)
        if not self._answered_in(place, text, reply, is_loud=_is_loud(alert)):
            self._begin(alert, made, place)

    def _begin(self, alert: Alert, made: list[dict[str, Any]], former: Place | None) -> None:
        """Post the parent of a new thread."""
        arguments = {"channel": self._conversation, "text": summary(alert), "blocks": made}
        try:
            posted = asked(self._client.chat_postMessage, **arguments)
        except SlackApiError as error:
            raise failure(POST, _reason(error)) from error
        place = Place(str(posted["channel"]), str(posted["ts"]), _ends(alert))
        self._remember(alert, place, former)
        further = [dict(block) for block in details(alert)]
        if further:
            # a parent that somebody deleted meanwhile wants none
            self._answered_in(place, summary(alert), further, is_loud=False)

    def _remember(self, alert: Alert, place: Place, former: Place | None) -> None:
        """Keep where the parent is. It is posted: that this fails must not have it posted again."""
        for _ in range(KEPT_WITHIN):
            with suppress(ClientError, BotoCoreError):
                return self._places.keep(alert["incident_id"], place, former)
        return None

    def _answered_in(self, place: Place, text: str, reply: list[dict[str, Any]], *, is_loud: bool) -> bool:
        """Post a reply; False when there is no such thread to reply in."""
        arguments = {"channel": place.channel, "thread_ts": place.ts, "text": text, "blocks": reply}
        return _done(POST, self._client.chat_postMessage, reply_broadcast=is_loud, **arguments)

    def _is_edited(self, place: Place, alert: Alert, made: list[dict[str, Any]]) -> bool:
        """Let the parent show the state of now; False when that one cannot be edited, or is in another channel."""
        arguments = {"channel": place.channel, "ts": place.ts, "text": summary(alert), "blocks": made}
        return place.channel == self._conversation and _done(UPDATE, self._client.chat_update, **arguments)


def _done(name: str, method: Callable[..., Answer], **arguments: Any) -> bool:
    """Call a method; False when its error asks for a new message."""
    try:
        asked(method, **arguments)
    except SlackApiError as error:
        if reaction(name, _reason(error)) is Reaction.AFRESH:
            return False
        raise failure(name, _reason(error)) from error
    return True


def failure(method: str, error: str) -> Exception:
    """What an error of Slack's means for the announcement."""
    text = f"Slack refused: {error}"
    match reaction(method, error):
        case Reaction.RETRY:
            return SourceUnavailable(text)
        case Reaction.SET_UP:
            return Undeliverable(f"{text}; docs/slack.md says how to set it up", SET_UP_WITHIN, is_any=True)
        case Reaction.UNLISTED:
            return Undeliverable(text, UNLISTED_FOR)
        case _:
            return Undeliverable(text)


def _ends(alert: Alert) -> int:
    """When the place of what an alert tells may be forgotten.

    What is told of many at once gets no answer in its thread. An incident that is over is remembered by the table
    for as long; any other may be told of again at any time, however long it is silent.
    """
    is_one = (
        len(alert.get("subjects", ())) == 1 and not alert.get("subjects_omitted") and alert["kind"] != Kind.BASELINE
    )
    if is_one and alert["kind"] not in OVER:
        return 0
    return int((datetime.fromisoformat(alert["at"]) + KEPT).timestamp())


def _reply(alert: Alert) -> tuple[str, list[dict[str, Any]]]:
    if "remark" in alert:
        return remark_summary(alert), [dict(block) for block in remark_blocks(alert)]
    return summary(alert), [dict(block) for block in blocks(alert, with_buttons=False)]


def _is_loud(alert: Alert) -> bool:
    """Whether it wants somebody to act: then the channel sees the reply too, which a thread alone hides."""
    return alert["kind"] in LOUD and "remark" not in alert


def _reason(error: Exception) -> str:
    response = getattr(error, "response", None)
    return str(response.get("error", "")) if response is not None else type(error).__name__


def answer(response_url: str, text: str, *, is_private: bool = False) -> None:
    """Say what a press of a button did; it is done, so a failure to say so is not one.

    Args:
        response_url: As Slack gave it with the press; empty: nobody is told.
        text: Escaped where it is not ours.
        is_private: Told to the presser alone, not to the channel.
    """
    if response_url:
        client = WebhookClient(response_url, timeout=ANSWER_TIMEOUT_SECONDS)
        with suppress(SourceUnavailable):
            asked(
                client.send,
                text=text,
                response_type="ephemeral" if is_private else "in_channel",
                replace_original=False,
            )
