"""A press of a button in Slack, as a value; whether it counts is decided here.

Slack sends a form with one field `payload` (Slack developer documentation,
"Handling user interaction", read 2026-11-23).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import parse_qs

from lambdas.core.errors import ActionRefused

ACTIONS = ("acknowledge", "mute")
_VALUE = re.compile(r"([a-z_]{1,40}):([0-9a-f]{16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Who pressed which button about which incident."""

    action: str
    check: str
    incident_id: str
    user_id: str
    response_url: str
    """Where Slack takes the answer; only Slack's own host is believed."""


def press(body: str, approvers: Collection[str]) -> Press:
    """Read a request whose signature was verified.

    Raises:
        ActionRefused: When it is not one of our buttons, or its presser may not press it.
    """
    try:
        payload = json.loads(parse_qs(body, strict_parsing=True)["payload"][0])
        action, user = payload["actions"][0], str(payload["user"]["id"])
        name, value = str(action["action_id"]), _VALUE.fullmatch(str(action["value"]))
        answer = str(payload.get("response_url", ""))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ActionRefused("not a button of ours") from error
    if name not in ACTIONS or value is None:
        raise ActionRefused("not a button of ours")
    if user not in approvers:
        raise ActionRefused("not an approver")
    return Press(
        action=name,
        check=value[1],
        incident_id=value[2],
        user_id=user,
        response_url=answer if answer.startswith("https://hooks.slack.com/") else "",
    )
