"""The channel by which incidents start repairs: one execution of the state machine for each transition.

The execution is named by the transition, so a repeated delivery starts nothing twice
(AWS Step Functions API reference, StartExecution: a name is used once within 90 days; not verified).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from staygreen.core.alerts.alert import Alert
from staygreen.core.incidents.incident import Kind
from staygreen.core.remediations import called_for

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

CHANNEL = "repair"


class RepairMachine:
    """Starts the state machine.

    Args:
        client: A Step Functions client.
        arn: The state machine.
    """

    channel = CHANNEL

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def send(self, alert: Alert) -> None:
        """Start an execution for what some remediation may answer; nothing for all else."""
        if not _is_called_for(alert):
            return
        transition = alert["transition_id"]
        call = {
            "do": "plan",
            "transition_id": transition,
            "check": alert["check"],
            "kind": alert["kind"],
            "about": alert["incident_id"],
            **_incidents(alert),
        }
        start(self._client, self._arn, transition, call)


def start(client: SFNClient, arn: str, name: str, given: object) -> None:
    """Start an execution, unless one of that name was started already."""
    try:
        client.start_execution(stateMachineArn=arn, name=name, input=json.dumps(given))
    except ClientError as error:
        # the same name with the input of another time is a repetition too
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise


def _is_called_for(alert: Alert) -> bool:
    if "remark" in alert or "subjects" not in alert:
        # what a person said, or a digest
        return False
    kind = Kind(alert["kind"])
    return any(called_for(alert["check"], each["cause"], each["kind"], kind) for each in alert["subjects"])


def _incidents(alert: Alert) -> dict[str, object]:
    """The incidents; of a grouped announcement that left some out, the group."""
    if alert.get("subjects_omitted"):
        return {"group": alert["incident_id"]}
    return {"incidents": [each["incident_id"] for each in alert["subjects"]]}
