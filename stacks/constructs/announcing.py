"""What every function is told that may announce: where incidents are, and through which channels they are told."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

from stacks.constructs.naming import arn, name
from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.config.tables.remediations import Mode


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


def repairs(config: Config) -> bool:
    """Whether any remediation is on."""
    given = config.remediations
    return any(getattr(given, field.name).mode is not Mode.OFF for field in fields(given))


def repair_machine_arn(config: Config, state: StateStack) -> str:
    """The state machine of repairs, by its name: what announces is deployed without waiting for it."""
    return arn(state, "states", f"stateMachine:{name(config, 'repair')}")
