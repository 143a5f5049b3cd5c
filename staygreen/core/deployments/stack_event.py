"""What CloudFormation says of a stack on the default event bus, as far as a finished deployment is told by it.

Source ``aws.cloudformation``, detail type ``CloudFormation Stack Status Change``; the detail has ``stack-id`` and
``status-details.status`` (CloudFormation User Guide, "Stack Status Change event detail", verified 2026-12). It has no
commit and no change set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from staygreen.core.deployments.deployment import Outcome

DETAIL_TYPE = "CloudFormation Stack Status Change"
SOURCE = "aws.cloudformation"
OUTCOMES: Mapping[str, Outcome] = {
    "CREATE_COMPLETE": Outcome.DONE,
    "UPDATE_COMPLETE": Outcome.DONE,
    "IMPORT_COMPLETE": Outcome.DONE,
    "ROLLBACK_COMPLETE": Outcome.ROLLED_BACK,
    "UPDATE_ROLLBACK_COMPLETE": Outcome.ROLLED_BACK,
    "IMPORT_ROLLBACK_COMPLETE": Outcome.ROLLED_BACK,
    "CREATE_FAILED": Outcome.FAILED,
    "UPDATE_FAILED": Outcome.FAILED,
    "ROLLBACK_FAILED": Outcome.FAILED,
    "UPDATE_ROLLBACK_FAILED": Outcome.FAILED,
    "IMPORT_ROLLBACK_FAILED": Outcome.FAILED,
    "DELETE_COMPLETE": Outcome.DELETED,
    "DELETE_FAILED": Outcome.FAILED,
}
"""The statuses in which an operation has ended (same guide, "Stack status codes", verified 2026-12)."""
_ARN = re.compile(r"arn:[^:]+:cloudformation:[^:]+:[^:]+:stack/(?P<name>[^/]+)/[^/]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEvent:
    """That an operation on a stack has ended."""

    stack_id: str
    """The ARN, by which a deleted stack is found too."""
    stack: str
    status: str
    outcome: Outcome
    at: datetime


def read(event: Mapping[str, Any]) -> StackEvent | None:
    """Read an event; None: it is no end of an operation, or no event of a stack."""
    detail = event.get("detail", {})
    stack_id, status = str(detail.get("stack-id", "")), str(detail.get("status-details", {}).get("status", ""))
    found, outcome = _ARN.fullmatch(stack_id), OUTCOMES.get(status)
    if event.get("source") != SOURCE or event.get("detail-type") != DETAIL_TYPE or not found or outcome is None:
        return None
    at = datetime.fromisoformat(str(event["time"]))
    return StackEvent(stack_id=stack_id, stack=found["name"], status=status, outcome=outcome, at=at)
