"""State machines: each logs, is traced, and raises an alarm when an execution ends badly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.alarm import alarm_at
from staygreen.core.naming import state_machine_log_group


def machine_role(scope: Construct, description: str) -> iam.Role:
    """What a state machine of this account may do: nothing yet."""
    return iam.Role(
        scope,
        "MachineRole",
        assumed_by=iam.ServicePrincipal(
            "states.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
        ),
        description=description,
    )


def state_machine(scope: Construct, title: str, role: iam.Role, definition: Mapping[str, Any]) -> sfn.StateMachine:
    """Add a state machine to a construct.

    Args:
        scope: What it belongs to.
        title: Its name.
        role: What it may do; it is given the delivery of logs and traces.
        definition: Amazon States Language.
    """
    machine = sfn.StateMachine(
        scope,
        "Machine",
        state_machine_name=title,
        role=role,
        definition_body=sfn.DefinitionBody.from_string(Stack.of(scope).to_json_string(definition)),
        logs=sfn.LogOptions(
            destination=logs.LogGroup(
                scope,
                "MachineLogs",
                log_group_name=state_machine_log_group(title),
                retention=logs.RetentionDays.THREE_MONTHS,
                removal_policy=RemovalPolicy.DESTROY,
            ),
            level=sfn.LogLevel.ALL,
            include_execution_data=False,
        ),
        tracing_enabled=True,
    )
    acknowledge(role, "IAM5[Resource::*]", "Delivery of logs and traces has no resource-level permissions.")
    return machine


def alarm_on_failure(
    scope: Construct,
    machine: sfn.StateMachine,
    *,
    title: str,
    description: str,
    operations: sns.ITopic,
    may_time_out: bool = False,
) -> None:
    """Tell operations when an execution fails, or runs out of time where its definition has a limit.

    One that is stopped was stopped by a person: nothing of ours stops executions, but a distributed map those of its
    own items, and that map then fails.
    """
    five = Duration.minutes(5)
    failed = machine.metric_failed(period=five, statistic="Sum")
    timed = machine.metric_timed_out(period=five, statistic="Sum")
    either = cloudwatch.MathExpression(
        expression="FILL(failed, 0) + FILL(timed, 0)", using_metrics={"failed": failed, "timed": timed}, period=five
    )
    alarm_at(
        scope,
        "Failed",
        name=f"{title}-failed",
        metric=either if may_time_out else failed,
        description=description,
        operations=operations,
    )
