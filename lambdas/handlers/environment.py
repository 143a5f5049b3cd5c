"""What a deployed function is told by its environment, read once."""

from __future__ import annotations

import os
from dataclasses import dataclass

import boto3

from lambdas.adapters.outbox import Channel
from lambdas.adapters.table import IncidentTable
from lambdas.adapters.topic import AlertsTopic
from lambdas.core.message import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The surroundings of one function."""

    environment: str
    check: str
    """Empty for functions that serve no check."""
    settings_parameter: str
    context: Context
    table: IncidentTable
    channels: tuple[Channel, ...]


def deployed() -> Deployed:
    """Read the environment; fails at once when something is missing."""
    environment = os.environ["STAYGREEN_ENVIRONMENT"]
    channels: tuple[Channel, ...] = (AlertsTopic(boto3.client("sns"), os.environ["STAYGREEN_ALERTS_TOPIC_ARN"]),)
    return Deployed(
        environment=environment,
        check=os.environ.get("STAYGREEN_CHECK", ""),
        settings_parameter=os.environ.get("STAYGREEN_SETTINGS_PARAMETER", ""),
        context=Context(
            sender=os.environ["STAYGREEN_SENDER"],
            environment=environment,
            region=os.environ["AWS_REGION"],
            runbook_base=os.environ.get("STAYGREEN_RUNBOOK_BASE", ""),
        ),
        table=IncidentTable(
            boto3.client("dynamodb"), os.environ["STAYGREEN_TABLE"], [channel.channel for channel in channels]
        ),
        channels=channels,
    )
