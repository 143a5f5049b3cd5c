"""A press of a button in Slack, as a value; and who may press.

Slack sends a form with one field `payload` (Slack developer documentation,
"Handling user interaction", read 2026-11-23). What a button's value means is
decided by its action: the registry is `lambdas/slack_actions.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from staygreen.core import foreign_json
from staygreen.core.errors import ActionRefused

ANSWERS_AT = "https://hooks.slack.com/"
_ORGANISATION = "E"
"""On Enterprise Grid a user's team is an organisation of many workspaces (Slack developer documentation, "block_actions
payload", read 2026-11-30); the button's is a workspace everywhere."""
_ACTION = re.compile(r"[a-z_]{1,40}")
_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_PERSON = re.compile(r" \(Slack ([UW][A-Z0-9]{1,30})\)$")
LONGEST_NAME = 80
_ABOUT_INCIDENT = re.compile(r"([a-z_]{1,40}):([0-9a-f]{16})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Who pressed which button, and what it is about."""

    action: str
    about: str
    """The button's value, in a form of its action's own."""
    user_id: str
    user_name: str
    """As Slack shows it; chosen by the user, so never markup of ours. May be empty."""
    response_url: str
    """Where Slack takes the answer; empty when that would not be Slack."""
    workspaces: frozenset[str] = frozenset()
    """Ids of the workspaces that it names: the button's, and the user's own where Slack tells it."""


def press(body: str, answers_at: str = ANSWERS_AT) -> Press:
    """Read a request whose signature was verified.

    Args:
        body: The form as it came.
        answers_at: The only place that an answer is sent to.

    Raises:
        ActionRefused: When it is not the press of a button.
    """
    try:
        payload: Any = foreign_json.loads(parse_qs(body, strict_parsing=True)["payload"][0])
        button, user = payload["actions"][0], str(payload["user"]["id"])
        action, about = str(button["action_id"]), str(button["value"])
        name = str(payload["user"].get("name", ""))[:LONGEST_NAME]
        answer = str(payload.get("response_url", ""))
        named = ((payload.get("team") or {}).get("id"), payload["user"].get("team_id"))
        workspaces = frozenset(str(each) for each in named if each and not str(each).startswith(_ORGANISATION))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ActionRefused("not a button of ours") from error
    if not _ACTION.fullmatch(action) or not _USER.fullmatch(user):
        raise ActionRefused("not a button of ours")
    return Press(
        action=action,
        about=about,
        user_id=user,
        user_name=name,
        response_url=answer if answer.startswith(answers_at) else "",
        workspaces=workspaces,
    )


def person(user_id: str, user_name: str) -> str:
    """How a user of Slack stands in the history and in mails, such as ``ada (Slack U0123456789)``."""
    return f"{user_name or 'somebody'} (Slack {user_id})"


def user_of(name: str) -> str:
    """The id of the user of Slack whom `person` named; empty for anybody else."""
    found = _PERSON.search(name)
    return found[1] if found else ""


def incident_of(about: str) -> tuple[str, str]:
    """The check and the incident's id that a button's value names.

    Raises:
        ActionRefused: When it names none.
    """
    found = _ABOUT_INCIDENT.fullmatch(about)
    if found is None:
        raise ActionRefused("not an incident of ours")
    return found[1], found[2]


def about_incident(check: str, incident_id: str) -> str:
    """The inverse of `incident_of`: the value of a button about an incident."""
    return f"{check}:{incident_id}"
