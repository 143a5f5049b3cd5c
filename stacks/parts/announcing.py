"""What every function is told that may announce: where incidents are, and through which channels they are told."""

from __future__ import annotations

import json
from dataclasses import asdict

from stacks.constructs.repair_machine import repair_machine_arn, repairs
from stacks.state import StateStack
from staygreen.core.config.config import Config


def environment(config: Config, state: StateStack) -> dict[str, str]:
    """Return the environment that every announcing function has."""
    variables = {
        "STAYGREEN_ENVIRONMENT": config.sender.environment.value,
        "STAYGREEN_SENDER": config.sender.name,
        "STAYGREEN_TABLE": state.table.table_name,
        "STAYGREEN_ALERTS_TOPIC_ARN": state.alerts.topic_arn,
        "STAYGREEN_RUNBOOK_BASE": config.notifications.runbook_base,
    }
    if state.chat:
        variables["STAYGREEN_CHAT_TOPIC_ARN"] = state.chat.topic_arn
    if config.notifications.slack:
        variables["STAYGREEN_SLACK"] = json.dumps(asdict(config.notifications.slack), sort_keys=True)
    if repairs(config):
        variables["STAYGREEN_REPAIR_MACHINE_ARN"] = repair_machine_arn(config, state)
    return variables
