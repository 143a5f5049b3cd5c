"""What a deployed function is told by its environment, read once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from lambdas.adapters import clock, secrets
from lambdas.adapters.chat import ChatTopic
from lambdas.adapters.outbox import Channel
from lambdas.adapters.table import IncidentTable
from lambdas.adapters.topic import AlertsTopic
from lambdas.core.errors import SourceUnavailable
from lambdas.core.message import Alert, Context


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """STAYGREEN_SLACK, as JSON: names of secrets, the channel, who may press buttons."""

    webhook: str = ""
    token: str = ""
    channel: str = ""
    signing_secret_name: str = ""
    approvers: tuple[str, ...] = ()
    base_url: str = ""
    """Of a stand-in; believed in the local cloud alone."""

    def signing_secret(self) -> str:
        """What Slack signs its calls with."""
        return _secret(self.signing_secret_name)


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
    slack: SlackSettings | None


def deployed() -> Deployed:
    """Read the environment; fails at once when something is missing."""
    environment = os.environ["STAYGREEN_ENVIRONMENT"]
    slack = _slack_settings()
    channels = tuple(_channels(slack))
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
        slack=slack,
    )


def _slack_settings() -> SlackSettings | None:
    text = os.environ.get("STAYGREEN_SLACK", "")
    if not text:
        return None
    found: dict[str, Any] = json.loads(text)
    return SlackSettings(**{**found, "approvers": tuple(found.get("approvers", ()))})


def _channels(slack: SlackSettings | None) -> Iterator[Channel]:
    yield AlertsTopic(boto3.client("sns"), os.environ["STAYGREEN_ALERTS_TOPIC_ARN"])
    if chat := os.environ.get("STAYGREEN_CHAT_TOPIC_ARN", ""):
        yield ChatTopic(boto3.client("sns"), chat)
    if slack is not None:
        yield _Slack(slack)


class _Slack:
    """Slack, opened when there is something to say: a missing secret must not silence the topic."""

    channel = "slack"

    def __init__(self, settings: SlackSettings) -> None:
        self._open = cache(lambda: _slack(settings))

    def send(self, alert: Alert) -> None:
        self._open().send(alert)


def _slack(settings: SlackSettings) -> Channel:
    # Only where Slack is configured does a function pay for loading its library.
    from lambdas.adapters.slack import SlackThread, SlackWebhook, TablePlaces

    if settings.webhook:
        return SlackWebhook(_secret(settings.webhook))
    places = TablePlaces(boto3.client("dynamodb"), os.environ["STAYGREEN_TABLE"])
    stand_in = {"base_url": settings.base_url} if settings.base_url and clock.is_local_cloud() else {}
    return SlackThread(_secret(settings.token), settings.channel, places, **stand_in)


def _secret(name: str) -> str:
    value = secrets.read(boto3.client("secretsmanager"), name)
    if value is None:
        raise SourceUnavailable(f"the secret {name} does not exist")
    return value
