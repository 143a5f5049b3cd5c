"""Telling lines of mail servers' logs, forwarded into the queue of replies.

A stack of its own: a log group that is not there fails its creation, and takes nothing else with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.function import Deployed, Function
from stacks.constructs.naming import arn
from stacks.constructs.statement import allow
from stacks.replies import RepliesStack
from stacks.state import StateStack
from staygreen.core.config.config import Config

TELLING_LINES = '?"status=bounced" ?"status=deferred" ?" ** " ?" == "'
"""Lines of Postfix and Exim that may tell of a refusal (CloudWatch Logs, filter pattern syntax, not verified)."""


class MailLogsStack(Stack):
    """One function, and a filter for each log group of the configuration."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, state: StateStack, replies: RepliesStack, **kwargs: Any
    ) -> None:
        super().__init__(scope, id, description="staygreen: refusals in mail logs", **kwargs)
        function = Function(
            self,
            "MailLog",
            deployed=Deployed(
                name=config.names.function("mail-log"),
                handler="lambdas.mail_log.handler",
                description="staygreen: forwards refusals in mail logs",
                timeout=timedelta(seconds=30),
                memory_mb=256,
                environment={"STAYGREEN_QUEUE_URL": replies.queue.queue_url},
                allowed=(allow("ForwardLines", ("sqs:SendMessage",), replies.queue.queue_arn),),
            ),
            dead_letters=state.dead_letters.queue,
        )
        failed = "Lines of a mail log could not be forwarded; the function's log says why"
        function.alarm_on_failure(state.operations, failed)
        for number, group in enumerate(config.monitors.refusals.log_groups, start=1):
            scope = Construct(self, f"LogGroup{number}")
            permission = lambda_.CfnPermission(
                scope,
                "Permission",
                action="lambda:InvokeFunction",
                function_name=function.function.function_arn,
                principal="logs.amazonaws.com",
                source_account=self.account,
                source_arn=arn(self, "logs", f"log-group:{group}:*"),
            )
            subscription = logs.CfnSubscriptionFilter(
                scope,
                "Lines",
                log_group_name=group,
                filter_name=config.names.log_filter("replies"),
                filter_pattern=TELLING_LINES,
                destination_arn=function.function.function_arn,
            )
            subscription.add_resource_dependency(permission)
