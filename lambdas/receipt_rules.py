"""The custom resources `Custom::ReceiptRules` and `Custom::SetUpObjects`, for the provider framework.

The latter takes SES's set-up objects out of the bucket when it is deleted, so that a creation that failed can be rolled
back. A bucket with any other object in it is left as it is.

What is raised here becomes the reason of the failed deployment. The rules stand in the environment, so that a person
can invoke the function with ``{"RequestType": "Update"}`` after the active set was changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from staygreen.adapters.aws.clients import client
from staygreen.adapters.ses import receipt_rules
from staygreen.core.errors import ActionRefused
from staygreen.core.provisioning.receipt_rules import SETUP_OBJECTS, away, towards

logger = Logger(service="receipt_rules")


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Bring the rules into the active set, or take them out."""
    if event.get("ResourceType") == "Custom::SetUpObjects":
        return _set_up_objects(event)
    own, wanted = os.environ["STAYGREEN_RULE_SET"], json.loads(os.environ["STAYGREEN_RULES"])
    rules = receipt_rules.connect()
    sets, active = rules.sets(), rules.active()
    if event["RequestType"] == "Delete":
        steps = list(away(sets, active, own))
    else:
        steps = list(towards(wanted, sets, active, own))
    try:
        rules.take(steps)
    except ActionRefused:
        if event["RequestType"] == "Create":
            # the provider framework sends no Delete for a creation that failed
            rules.take(away(rules.sets(), rules.active(), own))
        raise
    logger.info("receipt rules", request=event["RequestType"], active=active, steps=[str(step) for step in steps])
    return {"PhysicalResourceId": own, "Data": {"RuleSetName": rules.active()}}


def _set_up_objects(event: Mapping[str, Any]) -> Mapping[str, Any]:
    bucket = event["ResourceProperties"]["Bucket"]
    if event["RequestType"] == "Delete":
        s3 = client("s3")
        found = {each["Key"] for each in s3.list_objects(Bucket=bucket, MaxKeys=10).get("Contents", ())}
        if found <= set(SETUP_OBJECTS):
            for key in sorted(found):
                s3.delete_object(Bucket=bucket, Key=key)
        logger.info("set-up objects", found=sorted(found))
    return {"PhysicalResourceId": f"{bucket}-set-up"}
