"""The recorder of deployments: a rule on what CloudFormation tells of this sender's stacks, and one function.

It costs about 0.20 USD a month, which are its two alarms: events of AWS's services cost nothing, and so do a few
hundred calls and items (public prices of CloudWatch, EventBridge and DynamoDB, recalled, not verified).
"""

from __future__ import annotations

from datetime import timedelta

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.function import Deployed, Function
from stacks.constructs.naming import arn
from stacks.constructs.statement import Statements, allow, explain
from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.deployments.stack_event import DETAIL_TYPE, OUTCOMES, SOURCE
from staygreen.core.naming import DEPLOYMENTS

TIMEOUT, MEMORY_MB = timedelta(minutes=1), 512
"""A stack of 500 resources takes a tenth of both (benchmarks/deployment_facts.py)."""


class DeploymentRecorder(Construct):
    """Records each finished deployment with the mail facts that it changed."""

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        stacks = arn(stack, "cloudformation", f"stack/{config.names.any_stack}/*")
        function = Function(
            self,
            "Record",
            deployed=Deployed(
                name=config.names.function(DEPLOYMENTS),
                handler="lambdas.record_deployment.handler",
                description="staygreen: records what deployments changed about mail",
                timeout=TIMEOUT,
                memory_mb=MEMORY_MB,
                environment={
                    "STAYGREEN_ENVIRONMENT": config.sender.environment.value,
                    "STAYGREEN_SENDER": config.sender.name,
                    "STAYGREEN_TABLE": state.table.table_name,
                    "STAYGREEN_OWN_STACK": stack.stack_name,
                },
                allowed=(*_reading(stacks), _keeping(state)),
            ),
            dead_letters=state.dead_letters.queue,
        )
        explain(
            function,
            {stacks: "CloudFormation chooses the end of a stack's ARN.", "*": "Listing stacks has no resource."},
        )
        rule = events.Rule(
            self,
            "Ended",
            rule_name=config.names.event_rule(DEPLOYMENTS),
            description="Records finished deployments of this sender's stacks",
            event_pattern=events.EventPattern(
                source=[SOURCE],
                detail_type=[DETAIL_TYPE],
                detail={
                    "stack-id": [{"prefix": arn(stack, "cloudformation", f"stack/{config.names.prefix}-")}],
                    "status-details": {"status": sorted(OUTCOMES)},
                },
            ),
        )
        rule.add_target(
            targets.LambdaFunction(
                function.function,
                dead_letter_queue=sqs.Queue.from_queue_arn(self, "DeadLetters", state.dead_letters.queue.queue_arn),
                max_event_age=Duration.hours(6),
                retry_attempts=5,
            )
        )


def _reading(stacks: str) -> Statements:
    return (
        allow("ReadStacks", ("cloudformation:DescribeStacks", "cloudformation:GetTemplate"), stacks),
        allow("ListStacks", ("cloudformation:ListStacks",), "*"),
    )


def _keeping(state: StateStack) -> iam.PolicyStatement:
    """Reading and writing deployments, and nothing else in the table."""
    statement = allow("KeepDeployments", ("dynamodb:GetItem", "dynamodb:PutItem"), state.table.table_arn)
    statement.add_condition("ForAllValues:StringLike", {"dynamodb:LeadingKeys": [f"{DEPLOYMENTS}*"]})
    return statement
