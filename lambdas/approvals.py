"""The function URL behind `staygreen approvals`: IAM says who calls, and nothing that the caller writes does.

The identity is `requestContext.authorizer.iam.userArn` (AWS Lambda developer guide,
"Invoking Lambda function URLs", request payload; not verified). Only POST decides.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.environment import Deployed, deployed
from lambdas.repairs import engine
from staygreen.adapters.aws.clients import client
from staygreen.adapters.notify.repair_starter import start
from staygreen.core.alerts.repair_alert import details
from staygreen.core.approvers import Members
from staygreen.core.errors import ActionRefused
from staygreen.core.repair.decision import DECISIONS, decide
from staygreen.core.repair.engine import Next
from staygreen.core.repair.repair import Measure

logger = Logger(service="approvals")
_surroundings = cache(deployed)


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Record a decision and let it go ahead; the answer says why not, where not."""
    request = event["requestContext"]
    identity = str(request.get("authorizer", {}).get("iam", {}).get("userArn", ""))
    if request["http"]["method"] != "POST":
        return _answer(405, {"error": "POST alone"})
    if not identity:
        return _answer(403, {"error": "the request carries no identity"})
    try:
        asked = _asked(event)
        done = carry_out(_surroundings(), asked["decision"], asked["measure"], asked["plan"], identity)
    except ActionRefused as error:
        logger.warning("refused", identity=identity, reason=str(error))
        return _answer(409, {"error": str(error)})
    return _answer(200, dict(details(done)))


def carry_out(
    here: Deployed, decision: str, identifier: str, plan_hash: str, identity: str, *, members: Members = lambda _: ()
) -> Measure:
    """Record a decision, and start what follows from it.

    Raises:
        ActionRefused: It is not this person's to decide, or there is nothing to decide.
    """
    done, following = decide(engine(here), decision, identifier, plan_hash, identity, members=members)
    logger.info("decided", measure=done.id, stage=done.stage.value, identity=identity)
    if following.do == "apply":
        _go_ahead(following)
    return done


def _go_ahead(following: Next) -> None:
    # should this fail, the sweep starts it: the approval stands in the table
    until = following.until.strftime("%Y-%m-%dT%H:%M:%SZ")
    given = {"measure": following.measure, "do": following.do, "until": until}
    start(client("stepfunctions"), os.environ["STAYGREEN_REPAIR_MACHINE_ARN"], f"{following.measure}-approved", given)


def _asked(event: Mapping[str, Any]) -> Mapping[str, str]:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode("utf-8", "replace")
    try:
        found = json.loads(body)
        asked = {key: str(found[key]) for key in ("decision", "measure", "plan")}
    except (ValueError, KeyError, TypeError) as error:
        raise ActionRefused("not a decision: decision, measure and plan are needed") from error
    if asked["decision"] not in DECISIONS:
        raise ActionRefused(f"a decision is {' or '.join(DECISIONS)}")
    return asked


def _answer(status: int, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
