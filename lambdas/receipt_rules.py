"""The custom resource `Custom::ReceiptRules`, for the provider framework.

What is raised here becomes the reason of the failed deployment. The rules stand in the environment, so that a person
can invoke the function with ``{"RequestType": "Update"}`` after the active set was changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from staygreen.adapters.ses import receipt_rules
from staygreen.core.provisioning.receipt_rules import away, towards

logger = Logger(service="receipt_rules")


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Bring the rules into the active set, or take them out."""
    own, wanted = os.environ["STAYGREEN_RULE_SET"], json.loads(os.environ["STAYGREEN_RULES"])
    rules = receipt_rules.connect()
    sets, active = rules.sets(), rules.active()
    if event["RequestType"] == "Delete":
        steps = list(away(sets, active, own))
    else:
        steps = list(towards(wanted, sets, active, own))
    rules.take(steps)
    logger.info("receipt rules", request=event["RequestType"], active=active, steps=[str(step) for step in steps])
    return {"PhysicalResourceId": own, "Data": {"RuleSetName": rules.active()}}
