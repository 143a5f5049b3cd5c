"""The state machine of repairs, for those who start it."""

from __future__ import annotations

from dataclasses import fields

from aws_cdk import Stack

from stacks.constructs.naming import arn
from staygreen.core.config.config import Config
from staygreen.core.config.mode import Mode
from staygreen.core.naming import REPAIR


def repairs(config: Config) -> bool:
    """Whether any remediation is on."""
    given = config.remediations
    return any(getattr(given, field.name).mode is not Mode.OFF for field in fields(given))


def repair_machine_arn(config: Config, stack: Stack) -> str:
    """The state machine of repairs, by its name: what announces is deployed without waiting for it."""
    return arn(stack, "states", f"stateMachine:{config.names.state_machine(REPAIR)}")
