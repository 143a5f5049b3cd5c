"""A Slack stand-in: an incoming webhook, messages, user groups and presses of buttons.

Blocks are judged by slack_sdk's own models. Messages are kept by channel with their threads. `fail` makes the next
calls answer 429 with Retry-After, or 500. Sources: api.slack.com, "Sending messages using incoming webhooks",
chat.postMessage, chat.update, "Rate limits", and "Block Kit" (verified 2026-11-23).
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self
from urllib.parse import parse_qs, urlencode

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.signature import SignatureVerifier

from local.slack_text import shown
from local.web import Request, Response, WebServer

WORKSPACE = "T000"
_MOST_BLOCKS = 50
_LONGEST_TEXT = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessage:
    """A message in a channel."""

    channel: str
    ts: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    thread_ts: str = ""
    """The message that it answers; empty: it stands alone."""
    edits: int = 0
    is_broadcast: bool = False
    """A reply that the channel sees too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an app said to the press of a button."""

    text: str
    is_private: bool
    """Shown to the presser alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPress:
    """A call of Slack's, ready to be sent."""

    body: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Failure:
    status: int
    times: int
    retry_after: int = field(default=1)


class SlackStandIn:
    """Slack, as far as an announcer uses it."""

    def __init__(self, token: str = "local-token") -> None:  # noqa: S107 - a word that opens nothing
        self.token = token
        self._lock = threading.Lock()
        self._counter = itertools.count(1)
        self._messages: dict[tuple[str, str], SlackMessage] = {}
        self._failure = _Failure(0, 0)
        self.refused: list[str] = []
        """Why calls were refused, in order."""
        self.failed = 0
        """Calls that `fail` made fail."""
        self.groups: dict[str, tuple[str, ...]] = {}
        """User groups: ids of members by the group's id."""
        self.answers: list[Answer] = []
        """What was said to presses of buttons, in order."""
        self._server = WebServer(self._answer)

    @property
    def url(self) -> str:
        """Where it listens, with a slash at the end."""
        return f"{self._server.url}/"

    @property
    def webhook(self) -> str:
        """URL of the incoming webhook (channel `webhook`)."""
        return f"{self._server.url}/services/{WORKSPACE}/B000/local"

    @property
    def base_url(self) -> str:
        """The `base_url` of a slack_sdk WebClient."""
        return f"{self._server.url}/api/"

    def press(self, message: SlackMessage, action: str, user: str, signing_secret: str, at: datetime) -> SignedPress:
        """What Slack sends when a user presses a button of a message: the form and its headers, signed.

        Raises:
            LookupError: the message has no such button.
        """
        buttons = [e for block in message.blocks if block["type"] == "actions" for e in block["elements"]]
        button = next((each for each in buttons if each["action_id"] == action), None)
        if button is None:
            raise LookupError(f"the message has no button {action}")
        payload = {
            "type": "block_actions",
            "team": {"id": WORKSPACE, "domain": "local"},
            "user": {"id": user, "name": user.lower(), "team_id": WORKSPACE},
            "actions": [{"type": "button", "action_id": action, "value": button["value"]}],
            "container": {"channel_id": message.channel, "message_ts": message.ts},
            "response_url": f"{self.url}actions/{next(self._counter)}",
        }
        return sign(urlencode({"payload": json.dumps(payload)}), signing_secret, at)

    def messages(self, channel: str | None = None) -> list[SlackMessage]:
        """Messages in the order in which they came, as they read now."""
        with self._lock:
            return [each for each in self._messages.values() if channel in (None, each.channel)]

    def fail(self, status: int, times: int = 1, retry_after: int = 1) -> None:
        """Let the next calls fail: 429 with Retry-After, or any other status."""
        with self._lock:
            self._failure = _Failure(status, times, retry_after)

    def delete(self, message: SlackMessage) -> None:
        """Delete a message, as a person may."""
        with self._lock:
            del self._messages[message.channel, message.ts]

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _answer(self, request: Request) -> Response:
        if request.method == "GET" and request.path == "/":
            return Response(body=self._page().encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
        return self._called(request)

    def _called(self, request: Request) -> Response:
        failed = self._failed()
        if failed is not None:
            return failed
        body = _body(request)
        if request.path.startswith("/actions/"):
            return self._take_answer(body)
        if request.path.startswith("/services/"):
            problem = _problem(body)
            if problem:
                return self._refuse(problem, Response(status=400, body=problem.encode()))
            self._post({**body, "channel": "webhook"})
            return Response(body=b"ok")
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return self._refuse("invalid_auth")
        calls = {
            "/api/chat.postMessage": self._post_message,
            "/api/chat.update": self._update,
            "/api/usergroups.users.list": self._members,
            "/api/auth.test": self._workspace,
        }
        call = calls.get(request.path)
        return call(body) if call else self._refuse("unknown_method")

    def _page(self) -> str:
        """Every thread as a person reads it now."""
        messages = self.messages()
        lines = []
        for parent in (each for each in messages if not each.thread_ts):
            lines += [*shown(parent)]
            for reply in (each for each in messages if each.thread_ts == parent.ts):
                lines += [f"  | {line}" for line in shown(reply)]
            lines.append("")
        return "\n".join(lines)

    def _failed(self) -> Response | None:
        with self._lock:
            failure = self._failure
            if failure.times == 0:
                return None
            failure.times -= 1
            self.failed += 1
        headers = {"Retry-After": str(failure.retry_after)} if failure.status == 429 else {}
        return Response(status=failure.status, headers=headers, body=b'{"ok": false, "error": "ratelimited"}')

    def _refuse(self, problem: str, response: Response | None = None) -> Response:
        with self._lock:
            self.refused.append(problem)
        return response or Response.of({"ok": False, "error": problem})

    def _post_message(self, body: dict[str, Any]) -> Response:
        problem = _problem(body) or ("" if body.get("channel") else "channel_not_found")
        if problem:
            return self._refuse(problem)
        thread = body.get("thread_ts", "")
        with self._lock:
            known = not thread or (body["channel"], thread) in self._messages
        if not known:
            return self._refuse("thread_not_found")
        made = self._post(body)
        return Response.of({"ok": True, "channel": made.channel, "ts": made.ts})

    def _update(self, body: dict[str, Any]) -> Response:
        problem = _problem(body)
        if problem:
            return self._refuse(problem)
        key = (body.get("channel", ""), body.get("ts", ""))
        with self._lock:
            found = self._messages.get(key)
            if found is not None:
                blocks = tuple(body.get("blocks") or ())
                self._messages[key] = replace(found, text=body.get("text", ""), blocks=blocks, edits=found.edits + 1)
        if found is None:
            return self._refuse("message_not_found")
        return Response.of({"ok": True, "channel": key[0], "ts": key[1]})

    def _workspace(self, body: Mapping[str, Any]) -> Response:
        return Response.of({"ok": True, "team_id": WORKSPACE})

    def _members(self, body: dict[str, Any]) -> Response:
        found = self.groups.get(body.get("usergroup", ""))
        return self._refuse("no_such_subteam") if found is None else Response.of({"ok": True, "users": list(found)})

    def _take_answer(self, body: dict[str, Any]) -> Response:
        problem = _problem(body)
        if problem:
            return self._refuse(problem, Response(status=404, body=problem.encode()))
        with self._lock:
            self.answers.append(Answer(text=body["text"], is_private=body.get("response_type") != "in_channel"))
        return Response.of({"ok": True})

    def _post(self, body: dict[str, Any]) -> SlackMessage:
        with self._lock:
            made = SlackMessage(
                channel=body["channel"],
                ts=f"1700000000.{next(self._counter):06d}",
                text=body.get("text", ""),
                blocks=tuple(body.get("blocks") or ()),
                thread_ts=body.get("thread_ts", ""),
                is_broadcast=str(body.get("reply_broadcast", "")).lower() in ("1", "true"),
            )
            self._messages[made.channel, made.ts] = made
        return made


def sign(body: str, signing_secret: str, at: datetime) -> SignedPress:
    """The body as Slack sends it at that time (Slack, "Verifying requests from Slack", read 2026-11-23)."""
    timestamp = str(int(at.timestamp()))
    signature = SignatureVerifier(signing_secret).generate_signature(timestamp=timestamp, body=body)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature or "",
    }
    return SignedPress(body=body, headers=headers)


def _body(request: Request) -> dict[str, Any]:
    if request.body and request.headers.get("content-type", "").startswith("application/json"):
        found: dict[str, Any] = request.json()
        return found
    return {key: values[0] for key, values in parse_qs(request.body.decode()).items()}


def _problem(body: dict[str, Any]) -> str:
    """Why Slack would refuse the message; empty when it would not."""
    blocks = body.get("blocks") or []
    if not blocks and not body.get("text"):
        return "no_text"
    if len(body.get("text") or "") > _LONGEST_TEXT:
        return "msg_too_long"
    if len(blocks) > _MOST_BLOCKS:
        return "invalid_blocks: more than 50"
    for block in blocks:
        parsed = Block.parse(block)
        if parsed is None or type(parsed) is Block:
            return f"invalid_blocks: unknown type {block.get('type')!r}"
        try:
            parsed.validate_json()
        except SlackObjectFormationError as error:
            return f"invalid_blocks: {error}"
    return ""
