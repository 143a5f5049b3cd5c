"""What receiving servers answer: SES events and lines of mail logs, one queue, one function, one table of counters.

    SES ─► default event bus ─► rule ─┐
                                      ├─► queue ─► function `replies` ─► table
    mail log ─► function `mail-log` ──┘                 └─► bucket of what could not be read

What opens an incident is judged by the check `refusals`, which the function wakes when there is news.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.account_share import share_statements, share_variables
from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.alarm import alarm_at, own_metric
from stacks.constructs.dead_letters import DeadLetters
from stacks.constructs.function import Deployed, Function
from stacks.constructs.naming import arn
from stacks.constructs.statement import allow, explain
from stacks.constructs.stores import kept_bucket, kept_table, objects
from stacks.state import StateStack
from staygreen.core.checks import refusals
from staygreen.core.config.config import Config

REPLY_EVENTS = (
    "Email Bounced",
    "Email Complaint Received",
    "Email Delivery Delayed",
    "Email Rejected",
    "Email Rendering Failed",
)
"""SES's events that hold a reply. They are named one by one: with a trail, every call that changes something in SES
arrives from `aws.ses` as well, as "AWS API Call via CloudTrail" (EventBridge events reference, not verified)."""
BATCH = 100
BATCH_SECONDS = 5
MOST_AT_ONCE = 5
"""Functions at work together: more would wait for each other at the counters of a burst."""
TRIES = 5
_WORK = timedelta(minutes=2)


class RepliesStack(Stack):
    """The table and the bucket outlive the stack; the key of the hashes does not."""

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: what receiving servers answer", **kwargs)
        self._config = config
        self._state = state
        sender = config.sender
        self.table = kept_table(self, "Counters", table_name=refusals.settings(config)["table"])
        self.unread = kept_bucket(
            self,
            "Unread",
            bucket_name=config.names.bucket("unread", sender.account, sender.region),
            days=90,
            unlogged="A handful of objects, written by functions whose logs name each.",
        )
        self._hash_key()
        self.dead_letters = DeadLetters(self, "DeadLetters", queue_name=config.names.queue("replies-dead-letters"))
        self.dead_letters.alarm(state.operations, "Replies could not be counted; they wait in the queue")
        self.queue = self._queue()
        self._rule()
        self.function = self._function()
        self._alarms()
        CfnOutput(self, "UnreadBucket", value=self.unread.bucket_name)

    def _hash_key(self) -> None:
        secret = secretsmanager.Secret(
            self,
            "RecipientKey",
            secret_name=self._config.names.recipient_key,
            description="Key of the hashes under which recipients are kept",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            # CloudFormation cannot adopt a secret by its name: a kept one would forbid ever deploying this stack again
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(secret, "SMG4", "With another key no recipient that was kept before would be found again.")

    def _queue(self) -> sqs.Queue:
        return sqs.Queue(
            self,
            "Queue",
            queue_name=self._config.names.queue("replies"),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            # six times the function's time-out, as AWS advises for queues that feed a function
            visibility_timeout=Duration.seconds(6 * int(_WORK.total_seconds())),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=TRIES, queue=self.dead_letters.queue),
        )

    def _rule(self) -> None:
        rule = events.Rule(
            self,
            "Rule",
            rule_name=self._config.names.event_rule("replies"),
            description="What SES tells of mail that did not arrive",
            event_pattern=events.EventPattern(source=["aws.ses"], detail_type=list(REPLY_EVENTS)),
        )
        rule.add_target(targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters.queue))

    def _function(self) -> Function:
        config, check = self._config, self._config.names.check_function(refusals.ID)
        check_arn = arn(self, "lambda", f"function:{check}")
        # Secrets Manager ends every ARN with a hyphen and six characters
        key_arn = arn(self, "secretsmanager", f"secret:{config.names.recipient_key}-??????")
        function = Function(
            self,
            "Replies",
            deployed=Deployed(
                name=config.names.function("replies"),
                handler="lambdas.replies.handler",
                description="staygreen: counts what receiving servers answer",
                timeout=_WORK,
                memory_mb=512,
                environment={
                    "STAYGREEN_SENDER": config.sender.name,
                    "STAYGREEN_ENVIRONMENT": config.sender.environment.value,
                    "STAYGREEN_TABLE": self._state.table.table_name,
                    "STAYGREEN_REPLIES_TABLE": self.table.table_name,
                    "STAYGREEN_UNREAD_BUCKET": self.unread.bucket_name,
                    "STAYGREEN_RECIPIENT_KEY": config.names.recipient_key,
                    "STAYGREEN_CHECK_FUNCTION": check,
                    "STAYGREEN_CLUSTER": str(config.monitors.refusals.cluster),
                    **share_variables(config),
                },
                allowed=(
                    allow(
                        "CountReplies",
                        ("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
                        self.table.table_arn,
                    ),
                    allow("KeepComplaints", ("dynamodb:PutItem",), self._state.table.table_arn),
                    allow("KeepUnread", ("s3:PutObject",), self.unread.arn_for_objects("*")),
                    allow("ReadRecipientKey", ("secretsmanager:GetSecretValue",), key_arn),
                    allow("ReadDedicatedIps", ("ses:GetDedicatedIps",), "*"),
                    *share_statements(self, config),
                    allow("WakeCheck", ("lambda:InvokeFunction",), check_arn),
                ),
            ),
        )
        function.function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=BATCH,
                max_batching_window=Duration.seconds(BATCH_SECONDS),
                max_concurrency=MOST_AT_ONCE,
                report_batch_item_failures=True,
            )
        )
        reasons = {
            "*": "Listing dedicated IPs has no resource-level permissions.",
            objects(self.unread, "*"): "Objects are named by their reason, day and event.",
            key_arn: "The suffix is chosen by AWS.",
        }
        explain(function, reasons)
        return function

    def _alarms(self) -> None:
        operations = self._state.operations
        self.function.alarm_on_failure(operations, "Replies could not be read; the function's log says why")
        alarm_at(
            self,
            "Unreadable",
            name=self._config.names.alarm("replies-unreadable"),
            metric=own_metric(self._config, "Unreadable", service="replies", period=Duration.hours(1)),
            at_least=self._config.monitors.refusals.unreadable_alarm,
            description="Many events could not be read; they are kept in the bucket, each with its reason",
            operations=operations,
        )
        alarm_at(
            self,
            "Backlog",
            name=self._config.names.alarm("replies-waiting"),
            metric=self.queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5), statistic="Maximum"),
            at_least=int(Duration.hours(1).to_seconds()),
            description="Replies have waited for an hour to be counted; alerts about refusals are late",
            operations=operations,
        )
