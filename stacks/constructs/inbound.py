"""The road of received mail: SES tells a topic, the topic a queue, and the queue wakes a function."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarm import alarm_at, own_metric
from stacks.constructs.dead_letters import DeadLetters
from stacks.constructs.naming import arn
from staygreen.core.config.config import Config
from staygreen.core.naming import MAILBOX, MAILS_UNREADABLE

UNREADABLE_AN_HOUR = 10
"""So many unreadable mails in an hour are an alarm: one is somebody's mistake, ten are a format that has changed."""


def from_ses(scope: Any, config: Config) -> dict[str, Any]:
    """Return the conditions under which SES stores and tells: in this account, by a receipt rule of ours."""
    rules = f"receipt-rule-set/*:receipt-rule/{config.names.receipt_rule('*')}"
    return {
        "StringEquals": {"aws:SourceAccount": scope.account},
        "ArnLike": {"aws:SourceArn": arn(scope, "ses", rules)},
    }


def received_topic(scope: Construct, config: Config, *, part: str, title: str, key: kms.IKey) -> sns.Topic:
    """Return a topic that SES tells of received mail."""
    topic = sns.Topic(
        scope,
        "Received",
        topic_name=config.names.topic(part),
        display_name=title,
        master_key=key,
        enforce_ssl=True,
    )
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TellOfMail",
            principals=[iam.ServicePrincipal("ses.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions=from_ses(scope, config),
        )
    )
    return topic


def alarm_on_unreadable(scope: Construct, config: Config, operations: sns.ITopic) -> None:
    """Tell operations when much that came in cannot be read, whichever function reads it."""
    alarm_at(
        scope,
        "Unreadable",
        name=config.names.alarm(f"{MAILBOX}-unreadable"),
        metric=own_metric(config, MAILS_UNREADABLE, service=MAILBOX, period=Duration.hours(1)),
        at_least=UNREADABLE_AN_HOUR,
        description=f"{UNREADABLE_AN_HOUR} mails in an hour could not be read: see unreadable/ in the bucket",
        operations=operations,
    )


def waiting_queue(
    scope: Construct, config: Config, *, part: str, work: timedelta, tries: int = 5
) -> tuple[sqs.Queue, DeadLetters]:
    """Return a queue that feeds a function, and where ends what cannot be taken.

    Args:
        scope: Where both stand.
        config: Whose they are.
        part: The queue's name.
        work: The function's time-out.
        tries: How often a message is handed over.
    """
    dead_letters = DeadLetters(scope, "DeadLetters", queue_name=config.names.queue(f"{part}-dead-letters"))
    queue = sqs.Queue(
        scope,
        "Queue",
        queue_name=config.names.queue(part),
        # six times the function's time-out (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS")
        visibility_timeout=Duration.seconds(int(6 * work.total_seconds())),
        retention_period=Duration.days(14),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=tries, queue=dead_letters.queue),
    )
    return queue, dead_letters
