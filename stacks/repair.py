"""What repairs: the state machine, the function that reads, the one that changes, and the one that takes decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.constructs.account_share import share_variables
from stacks.constructs.function import Deployed, Function
from stacks.constructs.machine import alarm_on_failure, machine_role, state_machine
from stacks.constructs.repair_machine import repair_machine_arn
from stacks.constructs.settings import add_settings
from stacks.constructs.statement import allow, explain
from stacks.parts.announcing import environment
from stacks.permissions import repair
from stacks.permissions.approvers import deciding_person
from stacks.permissions.sources import deciding
from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.naming import APPROVALS, APPROVERS, REPAIR
from staygreen.core.remediations import REMEDIATIONS
from staygreen.core.remediations.settings import settings

SWEEP = "rate(30 minutes)"
TELL_AFTER_SECONDS = 5
ACTS_WITHIN = timedelta(minutes=5)
"""A hundred assignments, each with its evidence read before it; shorter than `engine.UNDER_WAY`."""
RUNNING = json.dumps({"stopped": False}, sort_keys=True)


class RepairStack(Stack):
    """Repairs of one sender."""

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: repairs", **kwargs)
        self._config, self._state = config, state
        self._parameters()
        plan = self._function("plan", "reads and decides", repair.of_plan(self, config, state), timedelta(minutes=1))
        act = self._function("act", "changes what was planned", repair.of_act(self, config, state), ACTS_WITHIN)
        self._approvals()
        machine = self._machine(plan, act)
        self._sweep(machine)
        alarm_on_failure(
            self,
            machine,
            title=config.names.state_machine(REPAIR),
            description="A repair's execution ended badly; the sweep goes on with its measure",
            operations=state.operations,
        )

    def _parameters(self) -> None:
        config = self._config
        for entry in REMEDIATIONS:
            add_settings(
                Construct(self, entry.id),
                config.names.remediation_parameter(entry.id),
                settings(config, entry.id),
                f"How far the remediation {entry.id} goes",
            )
        ssm.StringParameter(
            self,
            "Switch",
            parameter_name=config.names.kill_switch,
            # a deployment does not touch it while this text stays the same: what is stopped stays stopped
            string_value=RUNNING,
            description="Stops every repair: staygreen stop, staygreen start",
        )

    def _function(self, part: str, does: str, allowed: repair.Allowed, timeout: timedelta) -> Function:
        function = Function(
            self,
            part.capitalize(),
            deployed=Deployed(
                name=self._config.names.function(f"repair-{part}"),
                handler=f"lambdas.repair.{part}",
                description=f"staygreen repairs: {does}",
                timeout=timeout,
                memory_mb=512,
                environment={**environment(self._config, self._state), **share_variables(self._config)},
                allowed=allowed.statements,
            ),
        )
        explain(function, allowed.wildcards)
        return function

    def _approvals(self) -> None:
        function = Function(
            self,
            "Approvals",
            deployed=Deployed(
                name=self._config.names.function(APPROVALS),
                handler="lambdas.approvals.handler",
                description="staygreen repairs: takes decisions",
                timeout=timedelta(seconds=30),
                memory_mb=256,
                environment=environment(self._config, self._state),
                allowed=deciding(self, self._config, self._state),
            ),
        )
        url = function.function.add_function_url(auth_type=lambda_.FunctionUrlAuthType.AWS_IAM)
        function.alarm_on_failure(self._state.operations, "A decision was not taken; the log says why")
        CfnOutput(self, "ApprovalsUrl", value=url.url, description="Where `staygreen approvals` decides; IAM guards it")
        policy = iam.ManagedPolicy(
            self,
            "Approvers",
            managed_policy_name=self._config.names.managed_policy(APPROVERS, self._config.sender.region),
            description="Lets a person decide about repairs, and stop them, with the staygreen command",
            statements=list(deciding_person(self, self._config)),
        )
        CfnOutput(
            self, "ApproversPolicy", value=policy.managed_policy_arn, description="Attach it to whoever may approve"
        )

    def _machine(self, plan: Function, act: Function) -> sfn.StateMachine:
        title = self._config.names.state_machine(REPAIR)
        role = machine_role(self, "What the state machine of repairs may do")
        own = repair_machine_arn(self._config, self._state)
        functions = (plan.function.function_arn, act.function.function_arn)
        role.add_to_policy(allow("TakeSteps", ("lambda:InvokeFunction",), *functions))
        role.add_to_policy(allow("StartEach", ("states:StartExecution",), own))
        return state_machine(self, title, role, definition(*functions, own))

    def _sweep(self, machine: sfn.StateMachine) -> None:
        """Every half hour somebody looks for measures whose execution died, and for plans that nobody decided on."""
        undelivered = self._state.dead_letters
        role = iam.Role(
            self,
            "SweepRole",
            description="Lets the schedule sweep up repairs",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
            ),
        )
        role.add_to_policy(allow("Sweep", ("states:StartExecution",), machine.state_machine_arn))
        role.add_to_policy(allow("KeepUndelivered", ("sqs:SendMessage",), undelivered.queue.queue_arn))
        made = scheduler.CfnSchedule(
            self,
            "Sweep",
            name=self._config.names.schedule("repair-sweep"),
            description="Finds repairs that were left where they stood",
            schedule_expression=SWEEP,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=machine.state_machine_arn,
                role_arn=role.role_arn,
                input='{"do": "sweep"}',
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=undelivered.queue.queue_arn),
            ),
        )
        made.node.add_dependency(role)


def definition(plan: str, act: str, own: str) -> Mapping[str, Any]:
    """The state machine in Amazon States Language.

    One execution plans a transition and starts one execution for each measure; that one
    waits, takes the step that is due, and is told the next. Where a measure stands is in
    the table: an execution that a person has to be waited for simply ends.
    """
    retry = [
        {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 5, "MaxDelaySeconds": 60}
    ]

    def step(function: str, do: str) -> Mapping[str, Any]:
        given = {"do": do, "measure.$": "$.measure"}
        return {"Type": "Task", "Resource": function, "Parameters": given, "Retry": retry, "Next": "Wait"}

    steps = {"Object": (plan, "object"), "Apply": (act, "apply"), "Verify": (plan, "verify"), "Undo": (act, "undo")}
    return {
        "Comment": "plan, object, (a person), apply, wait, verify, keep or undo",
        "StartAt": "Begin",
        "States": {
            "Begin": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.measure", "IsPresent": True, "Next": "Wait"}],
                "Default": "Plan",
            },
            "Plan": {
                "Type": "Task",
                "Resource": plan,
                "Parameters": {"do.$": "$.do", "call.$": "$"},
                "Retry": retry,
                "Next": "StartEach",
            },
            **_tell_together(plan, retry),
            "StartEach": _start_each(own, retry),
            "Wait": {"Type": "Wait", "TimestampPath": "$.until", "Next": "Route"},
            "Route": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.do", "StringEquals": do, "Next": title} for title, (_, do) in steps.items()
                ],
                "Default": "Ended",
            },
            **{title: step(function, do) for title, (function, do) in steps.items()},
            "Ended": {"Type": "Succeed"},
        },
    }


def _start_each(own: str, retry: list[dict[str, Any]]) -> Mapping[str, Any]:
    is_started = ["StepFunctions.ExecutionAlreadyExistsException", "ExecutionAlreadyExists"]
    return {
        "Type": "Map",
        "ItemsPath": "$.measures",
        "MaxConcurrency": 10,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Start",
            "States": {
                "Start": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::states:startExecution",
                    "Parameters": {"StateMachineArn": own, "Name.$": "$.name", "Input.$": "$.input"},
                    # started before: a repetition, which the first entry keeps from being tried again
                    "Retry": [{"ErrorEquals": is_started, "MaxAttempts": 0}, *retry],
                    "Catch": [{"ErrorEquals": is_started, "Next": "Started"}],
                    "Next": "Started",
                },
                # what starting answers is of no use, and a thousand answers are more than a state may hold
                "Started": {"Type": "Pass", "Result": "started", "End": True},
            },
        },
        "ResultPath": "$.started",
        "Next": "IsTold",
    }


def _tell_together(plan: str, retry: list[dict[str, Any]]) -> Mapping[str, Any]:
    """Come back to a group until something was made of each of its members and one message has told them."""
    return {
        "IsTold": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.group", "StringEquals": "", "Next": "Ended"}],
            "Default": "WaitForAll",
        },
        "WaitForAll": {"Type": "Wait", "Seconds": TELL_AFTER_SECONDS, "Next": "Tell"},
        "Tell": {
            "Type": "Task",
            "Resource": plan,
            "Parameters": {"do": "tell", "group.$": "$.group"},
            "Retry": retry,
            "Next": "IsTold",
        },
    }
