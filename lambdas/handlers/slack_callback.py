"""The function URL that Slack calls when a button is pressed: signed, fresh, once, by an approver; POST alone."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger

from lambdas.adapters import clock
from lambdas.adapters.callback import is_first_time, is_from_slack
from lambdas.adapters.slack import answer
from lambdas.core import incident as rules
from lambdas.core.callback import Press, press
from lambdas.core.errors import ActionRefused
from lambdas.core.run import Change
from lambdas.core.slack_blocks import escaped
from lambdas.handlers.environment import Deployed, deployed

logger = Logger(service="slack_callback")
_surroundings = cache(deployed)
MUTED_FOR = timedelta(days=1)


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Do what the button says; the status tells Slack, and nobody else, why not."""
    here, now, headers = _surroundings(), clock.now(), event["headers"]
    body = event.get("body", "")
    if event["requestContext"]["http"]["method"] != "POST" or here.slack is None:
        return {"statusCode": 405}
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode("utf-8", "replace")
    if not is_from_slack(body, headers, here.slack.signing_secret(), now):
        return {"statusCode": 401}
    if not is_first_time(boto3.client("dynamodb"), os.environ["STAYGREEN_TABLE"], headers, now):
        return {"statusCode": 409}
    try:
        told = _do(press(body, here.slack.approvers), here)
    except ActionRefused as error:
        logger.warning("refused", reason=str(error))
        return {"statusCode": 403}
    return {"statusCode": 200, "body": told}


def _do(pressed: Press, here: Deployed) -> str:
    now, before = clock.now(), here.table.get(pressed.check, pressed.incident_id)
    if before is None:
        raise ActionRefused("no such incident")
    if pressed.action == "acknowledge":
        after, transition = rules.acknowledge(before, pressed.user_id, now)
    else:
        after, transition = rules.mute(before, pressed.user_id, "muted in Slack", now + MUTED_FOR, now)
    after = replace(after, version=before.version + 1)
    transition = replace(transition, incident=after)
    here.table.save(Change(before=before, after=after, transition=transition, finding=before.finding), lambda _: {})
    told = f"{escaped(before.subject.id)}: {transition.kind.value} by <@{pressed.user_id}>"
    answer(pressed.response_url, told)
    return told
