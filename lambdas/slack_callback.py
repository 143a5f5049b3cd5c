"""The function URL that Slack calls when a button is pressed: signed, fresh, once, by an approver; POST alone.

Slack waits three seconds for the answer (Slack developer documentation, "Handling user
interaction", and Bolt's "Acknowledging requests", read 2026-11-24). Whoever is not Slack gets
a status and no reason; a person who may not press is told so, alone, in Slack.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.environment import Deployed, deployed, secret, slack_client, slack_groups, slack_stand_in
from lambdas.slack_actions import ACTIONS
from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client
from staygreen.adapters.notify.slack import answer, workspace_of, workspace_of_webhook
from staygreen.adapters.notify.slack_signature import is_first_time, is_from_slack
from staygreen.core.alerts.slack_press import ANSWERS_AT, Press, press
from staygreen.core.approvers import is_approver
from staygreen.core.config.tables.slack import Slack
from staygreen.core.errors import ActionRefused, SourceUnavailable

logger = Logger(service="slack_callback")
_surroundings = cache(deployed)
KEPT_SECRET = timedelta(minutes=5)
"""Callers who cannot sign must not make us read the secret each time; a changed one counts after this."""
_DONE, _ELSEWHERE, _LATER = 200, 403, 503


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Do what the button says; the status tells Slack, and nobody else, why not."""
    here, now, headers = _surroundings(), clock.now(), event.get("headers") or {}
    if event["requestContext"]["http"]["method"] != "POST" or here.slack is None:
        return {"statusCode": 405}
    body = _body(event)
    if not is_from_slack(body, headers, _signing_secret(here.slack.signing_secret, _period(now)), now):
        return {"statusCode": 401}
    if not is_first_time(client("dynamodb"), os.environ["STAYGREEN_TABLE"], headers, now):
        return {"statusCode": 409}
    try:
        pressed = press(body, slack_stand_in() or ANSWERS_AT)
    except ActionRefused as error:
        logger.warning("refused", reason=str(error))
        return {"statusCode": 400}
    status = _of_our_workspace(pressed, here.slack, now)
    if status == _DONE:
        _answer(pressed, here, here.slack)
    return {"statusCode": status}


def _body(event: Mapping[str, Any]) -> str:
    """The body as text; empty where it is not what AWS would send."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return base64.b64decode(body).decode("utf-8", "replace")
    except ValueError:
        return ""


def _of_our_workspace(pressed: Press, slack: Slack, now: datetime) -> int:
    """The status for a press: an app that several workspaces have installed signs for each of them alike."""
    try:
        ours = slack.workspace or _learned_workspace(slack, _period(now))
    except SourceUnavailable as error:
        logger.warning("which workspace is ours is not known", reason=str(error))
        return _LATER
    if pressed.workspaces == {ours}:
        return _DONE
    logger.warning("refused: of another workspace", workspaces=sorted(pressed.workspaces), ours=ours)
    return _ELSEWHERE


def _answer(pressed: Press, here: Deployed, slack: Slack) -> None:
    """Do it, and tell a channel that has no threads; or tell the presser alone why not."""
    try:
        told = _do(pressed, here, slack)
    except (ActionRefused, SourceUnavailable) as error:
        logger.warning("refused", action=pressed.action, user=pressed.user_id, reason=str(error))
        answer(pressed.response_url, f"Not done: {error}", is_private=True)
        return
    logger.info("done", action=pressed.action, about=pressed.about, user=pressed.user_id)
    if not slack.token_secret:
        answer(pressed.response_url, told)


def _do(pressed: Press, here: Deployed, slack: Slack) -> str:
    act = ACTIONS.get(pressed.action)
    if act is None:
        raise ActionRefused("This button is of another version of staygreen.")
    if not is_approver(pressed.user_id, slack.approvers, slack_groups(slack)):
        raise ActionRefused("You are not among the approvers that staygreen's configuration names.")
    return act(pressed, here)


def _period(now: datetime) -> int:
    return int(now.timestamp() // KEPT_SECRET.total_seconds())


@lru_cache(maxsize=1)
def _learned_workspace(slack: Slack, _period: int) -> str:
    """The workspace that the configuration does not name: the webhook's, or the one that the bot token is of."""
    if slack.webhook_secret:
        return workspace_of_webhook(secret(slack.webhook_secret))
    return workspace_of(slack_client(slack))


@lru_cache(maxsize=1)
def _signing_secret(name: str, _period: int) -> str:
    return secret(name)
