"""SNS behind boto3's call, and Slack behind the call with which slack_sdk opens its connection.

Limits of SNS: a message has 262,144 bytes with its attributes, whose values are not empty; a subject has less than 100
ASCII characters without line breaks (Amazon SNS API Reference, Publish, verified 2026-11-24). Of Slack: 50 blocks,
3,000 characters of a section ("Block Kit"), errors by name (`staygreen/core/data/slack_errors.toml`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from slack_sdk import WebClient

from tests.faults.schedule import Fault, Schedule

LARGEST = 262_144
LONGEST_SUBJECT = 99


class Topic:
    """A topic's client; `published` is what its subscribers got, as JSON."""

    def __init__(self, around: Callable[[str, Callable[[], Any]], Any]) -> None:
        self.around = around
        self.published: list[Mapping[str, Any]] = []

    def publish(self, **given: Any) -> Mapping[str, str]:
        """Take one message."""
        return self.around("sns.Publish", lambda: self._publish(**given))  # type: ignore[no-any-return]

    def _publish(self, *, Message: str, Subject: str = "x", MessageAttributes: Any = None, **_: Any) -> Any:
        values = {name: value["StringValue"] for name, value in (MessageAttributes or {}).items()}
        size = len(Message.encode()) + sum(len((name + "String" + text).encode()) for name, text in values.items())
        wrong = (
            size > LARGEST
            or not all(values.values())
            or not 0 < len(Subject) <= LONGEST_SUBJECT
            or not (Subject.isascii() and Subject.isprintable())
        )
        if wrong:
            raise ClientError({"Error": {"Code": "InvalidParameter", "Message": f"{size} bytes"}}, "Publish")
        bodies = json.loads(Message)
        self.published.append(json.loads(bodies.get("https", bodies["default"])))
        return {"MessageId": str(len(self.published))}


@dataclass
class Workspace:
    """A Slack workspace with one channel."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    """What was posted, in order; an edit is no post."""

    def call(self, method: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What Slack answers."""
        blocks = given.get("blocks", ())
        texts = [block["text"]["text"] for block in blocks if block["type"] == "section"]
        if len(blocks) > 50 or any(not 0 < len(text) <= 3000 for text in texts):
            return {"ok": False, "error": "invalid_blocks"}
        if method.endswith("chat.update"):
            if given["ts"] not in self.messages:
                return {"ok": False, "error": "message_not_found"}
            self.messages[given["ts"]] = dict(given)
            return {"ok": True, "channel": given["channel"], "ts": given["ts"]}
        if given.get("thread_ts", "") and given["thread_ts"] not in self.messages:
            return {"ok": False, "error": "thread_not_found"}
        ts = f"{len(self.posts) + 1}.0"
        self.messages[ts] = dict(given)
        self.posts.append(dict(given))
        return {"ok": True, "channel": given["channel"], "ts": ts}


class SlackOverNothing(WebClient):
    """Slack's own client, whose requests end in a workspace instead of a connection."""

    def __init__(self, workspace: Workspace, around: Schedule) -> None:
        super().__init__(token="xoxb-1", retry_handlers=[])
        self._workspace, self._around = workspace, around

    def _perform_urllib_http_request(self, *, url: str, args: dict[str, dict[str, Any]]) -> dict[str, Any]:
        name = f"slack.{url.rpartition('/')[2]}"

        def call() -> dict[str, Any]:
            answer = self._workspace.call(url, args["json"])
            return {"status": 200, "headers": {}, "body": json.dumps(answer)}

        number = len(self._around.calls)
        if self._around.planned.get(number) is Fault.THROTTLED:
            self._around.calls.append(name)
            self._around.happened.append((number, name, Fault.THROTTLED))
            return {"status": 429, "headers": {}, "body": json.dumps({"ok": False, "error": "ratelimited"})}
        return self._around(name, call)  # type: ignore[no-any-return]
