"""What a deployed function is told by its environment, read once."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.deployment import resource_names
from staygreen.adapters import clock
from staygreen.adapters.aws import secrets
from staygreen.adapters.aws.clients import client
from staygreen.adapters.notify.amazon_q import ChatTopic
from staygreen.adapters.notify.repair_starter import RepairMachine
from staygreen.adapters.notify.topic import AlertsTopic
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.adapters.store.outbox import Channel
from staygreen.core.alerts.alert import Alert, Context
from staygreen.core.approvers import Members
from staygreen.core.config.tables.slack import Slack
from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import ResourceNames

if TYPE_CHECKING:
    from slack_sdk import WebClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The surroundings of one function."""

    names: ResourceNames
    check: str
    """Empty for functions that serve no check."""
    settings_parameters: tuple[str, ...]
    """Names of the parameters that hold the parts of the settings, in order."""
    context: Context
    table: IncidentTable
    channels: tuple[Channel, ...]
    slack: Slack | None


def deployed() -> Deployed:
    """Read the environment; fails at once when something is missing."""
    names = resource_names()
    slack = _slack_settings()
    channels = tuple(_channels(slack))
    return Deployed(
        names=names,
        check=os.environ.get("STAYGREEN_CHECK", ""),
        settings_parameters=tuple(os.environ.get("STAYGREEN_SETTINGS_PARAMETER", "").split(",")),
        context=Context(
            sender=names.sender,
            environment=names.environment,
            region=os.environ["AWS_REGION"],
            runbook_base=os.environ.get("STAYGREEN_RUNBOOK_BASE", ""),
        ),
        table=IncidentTable(
            client("dynamodb"), os.environ["STAYGREEN_TABLE"], [channel.channel for channel in channels]
        ),
        channels=channels,
        slack=slack,
    )


def _slack_settings() -> Slack | None:
    """STAYGREEN_SLACK: the configuration's table as JSON; it holds names of secrets, never secrets."""
    text = os.environ.get("STAYGREEN_SLACK", "")
    if not text:
        return None
    found: dict[str, Any] = json.loads(text)
    return Slack(**{**found, "approvers": tuple(found.get("approvers", ()))})


def slack_stand_in() -> str:
    """Where Slack is in the local cloud; empty everywhere else."""
    return os.environ.get("STAYGREEN_SLACK_STAND_IN", "") if clock.is_local_cloud() else ""


def slack_groups(slack: Slack) -> Members:
    """Who is in a user group, asked of Slack when somebody wants to know."""

    def members(group: str) -> Collection[str]:
        from staygreen.adapters.notify.slack import members_of

        return members_of(group, slack_client(slack))

    return members


def secret(name: str) -> str:
    """The text of a secret.

    Raises:
        SourceUnavailable: When there is none, or it cannot be read.
    """
    value = secrets.read(client("secretsmanager"), name)
    if value is None:
        raise SourceUnavailable(f"the secret {name} does not exist")
    return value.strip()


def _channels(slack: Slack | None) -> Iterator[Channel]:
    yield AlertsTopic(client("sns"), os.environ["STAYGREEN_ALERTS_TOPIC_ARN"])
    if chat := os.environ.get("STAYGREEN_CHAT_TOPIC_ARN", ""):
        yield ChatTopic(client("sns"), chat)
    if slack is not None:
        yield _Slack(slack)
    if machine := os.environ.get("STAYGREEN_REPAIR_MACHINE_ARN", ""):
        yield RepairMachine(client("stepfunctions"), machine)


class _Slack:
    """Slack, opened for each announcement: a missing secret must not silence the topics, and a changed one counts."""

    channel = "slack"

    def __init__(self, settings: Slack) -> None:
        self._settings = settings

    def send(self, alert: Alert) -> None:
        _opened(self._settings).send(alert)


def _opened(slack: Slack) -> Channel:
    # Only where Slack is configured does a function pay for loading its library.
    from staygreen.adapters.notify.slack import SlackThread, SlackWebhook, TablePlaces

    with_buttons = bool(slack.signing_secret)
    if slack.webhook_secret:
        return SlackWebhook(secret(slack.webhook_secret), with_buttons=with_buttons)
    places = TablePlaces(client("dynamodb"), os.environ["STAYGREEN_TABLE"])
    return SlackThread(slack_client(slack), slack.channel, places, with_buttons=with_buttons)


def slack_client(slack: Slack) -> WebClient:
    """Slack, as the bot whose token it is."""
    from staygreen.adapters.notify.slack import web_client

    stand_in = slack_stand_in()
    return web_client(secret(slack.token_secret), f"{stand_in}api/" if stand_in else "")
