"""`[notifications]`: who is told, and through which channels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from staygreen.core.config.field import key
from staygreen.core.config.tables.slack import Slack


class SubscriptionProtocol(str, Enum):
    """How a subscriber gets messages."""

    EMAIL = "email"
    HTTPS = "https"
    HTTP = "http"
    """Plain HTTP: only for a loopback address, in the local cloud."""
    SQS = "sqs"
    LAMBDA = "lambda"

    @classmethod
    def looked_for(cls, value: str) -> str:
        """Where to find what some look for here; empty: nowhere."""
        word = value.strip().lower()
        if word in ("slack", "teams", "chatbot", "webhook"):
            return (
                f'"{value}" is no protocol: Slack has a table of its own, [notifications.slack], and so has Amazon Q '
                "Developer for Slack and Teams, [notifications.chat] (docs/slack.md)"
            )
        if word in ("sms", "application", "firehose", "email-json", "mail"):
            return f'"{value}" is no protocol here: email, https, sqs or lambda'
        return ""


class TopicKey(str, Enum):
    """What encrypts the `alerts` topic at rest."""

    CUSTOMER = "customer"
    NONE = "none"


class Topic(str, Enum):
    """Which messages."""

    ALERTS = "alerts"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscriber to a topic."""

    topic: Topic = key("alerts or operations.", Topic.ALERTS)
    protocol: SubscriptionProtocol = key("email, https, sqs or lambda.")
    endpoint: str = key("Mail address, https URL, or ARN of the queue or function.")
    severities: tuple[str, ...] = key(
        "Only these: critical, warning, info; empty: all.", (), choices=("critical", "warning", "info")
    )
    checks: tuple[str, ...] = key("Only these checks; empty: all.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChannel:
    """A Slack channel that Amazon Q Developer writes to."""

    workspace: str = key("Id of the workspace, such as T0123456789, as Amazon Q Developer's console shows it.")
    channel: str = key("Id of the channel, such as C0123456789.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsChannel:
    """A Microsoft Teams channel that Amazon Q Developer writes to."""

    tenant: str = key("Id of the Microsoft tenant, a UUID.")
    team: str = key("Id of the team, a UUID.")
    channel: str = key("Id of the channel, from its link; such as 19%3Aab...%40thread.tacv2.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Alerts in Slack or Teams through Amazon Q Developer, AWS's own chat integration (docs/slack.md)."""

    slack: tuple[SlackChannel, ...] = key("Slack channels.", ())
    teams: tuple[TeamsChannel, ...] = key("Teams channels.", ())
    operations: bool = key("True: alarms about the monitor itself are shown there too.", False)


class Every(str, Enum):
    """How often a digest is sent."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What is new, open, over and unanswered, as one message to everybody who gets alerts."""

    every: Every = key("day, or week: on Monday.", Every.WEEK)
    hour: int = key("The hour of the day, 0 to 23.", 7)
    timezone: str = key("Whose hour: a name such as Europe/Berlin.", "UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """Who is told."""

    encryption: TopicKey = key("customer: a KMS key of this stack (about 1 USD a month); none.", TopicKey.CUSTOMER)
    key_arn: str = key(
        "ARN of a KMS key that exists, for topics and received mail, instead of one of this stack; its policy has to "
        "let them be used (docs/first-deploy.md).",
        "",
    )
    subscriptions: tuple[Subscription, ...] = key("Subscribers.", ())
    slack: Slack | None = key("Slack, written to directly; absent: not used.", None)
    chat: Chat | None = key("Slack or Teams through Amazon Q Developer; absent: not used.", None)
    digest: Digest | None = key("A regular summary; absent: none.", None)
    dashboard: bool = key("True: a CloudWatch dashboard with pictures; an account has three without charge.", False)
    runbook_base: str = key(
        "Where the runbooks are; alerts link there.",
        "https://github.com/staygreen/staygreen/blob/main/docs/runbooks",
    )
