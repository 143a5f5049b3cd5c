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
    scope: Construct, machine: sfn.StateMachine, *, title: str, description: str, operations: sns.ITopic
) -> None:
    """Tell operations when an execution fails, runs out of time or is stopped."""
    five = Duration.minutes(5)
    metrics = {
        "failed": machine.metric_failed(period=five, statistic="Sum"),
        "timed": machine.metric_timed_out(period=five, statistic="Sum"),
        "aborted": machine.metric_aborted(period=five, statistic="Sum"),
    }
    ended_badly = cloudwatch.MathExpression(
        expression="FILL(failed, 0) + FILL(timed, 0) + FILL(aborted, 0)", using_metrics=metrics, period=five
    )
    alarm_at(
        scope, "Failed", name=f"{title}-failed", metric=ended_badly, description=description, operations=operations
    )
