"""A schedule that runs a function, with retries and a dead-letter queue."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.function import Function
from stacks.constructs.naming import arn
from stacks.constructs.statement import allow

FLEXIBLE_MINUTES = 5
"""Runs of many senders spread over this; well under the shortest schedule."""


def add_schedule(
    scope: Construct,
    *,
    name: str,
    what: str,
    expression: str,
    function: Function,
    dead_letters: sqs.IQueue,
    timezone: str | None = None,
) -> None:
    """Add a schedule and its role to a construct.

    Args:
        scope: What the schedule belongs to.
        name: The schedule's name.
        what: What it runs, such as ``the check blocklist``.
        expression: A `rate(…)` or `cron(…)` expression of EventBridge Scheduler.
        function: What it calls, with the run's id and its scheduled time.
        dead_letters: Where calls end that failed for good.
        timezone: Whose time a cron expression means; absent: UTC.
    """
    stack = Stack.of(scope)
    role = iam.Role(
        scope,
        "ScheduleRole",
        description=f"Lets the schedule run {what}",
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={
                "StringEquals": {
                    "aws:SourceAccount": stack.account,
                    "aws:SourceArn": arn(stack, "scheduler", "schedule-group/default"),
                }
            },
        ),
    )
    target = function.function.function_arn
    role.add_to_policy(allow("RunCheck", ("lambda:InvokeFunction",), target))
    role.add_to_policy(allow("KeepUndelivered", ("sqs:SendMessage",), dead_letters.queue_arn))
    made = scheduler.CfnSchedule(
        scope,
        "Schedule",
        name=name,
        description=f"Runs {what}",
        schedule_expression=expression,
        schedule_expression_timezone=timezone,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
            mode="FLEXIBLE", maximum_window_in_minutes=FLEXIBLE_MINUTES
        ),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=target,
            role_arn=role.role_arn,
            input='{"run_id": "<aws.scheduler.execution-id>", "scheduled_at": "<aws.scheduler.scheduled-time>"}',
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_event_age_in_seconds=int(Duration.hours(1).to_seconds()), maximum_retry_attempts=3
            ),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
        ),
    )
    made.node.add_dependency(role)
