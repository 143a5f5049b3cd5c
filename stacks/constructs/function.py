"""One deployed function: code, role, log group. What it may do is handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aws_cdk import Duration, RemovalPolicy, Size, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarm import alarm_at
from stacks.constructs.code_asset import code
from stacks.constructs.libraries import layer
from staygreen.core.naming import function_log_group

RUNTIME = lambda_.Runtime.PYTHON_3_14
"""The newest Python of the pinned CDK; the source keeps to the grammar of 3.11."""
_LAYER = "libraries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What one function is."""

    name: str
    handler: str
    description: str
    timeout: timedelta
    memory_mb: int
    scratch_mb: int = 512
    """Of `/tmp`; 512 are included."""
    environment: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[iam.PolicyStatement, ...] = ()
    """Everything that its role may do, beyond writing its own log."""


class Function(Construct):
    """A function with a role of its own, a log group that forgets, and a metric for its failures."""

    def __init__(
        self, scope: Construct, id: str, *, deployed: Deployed, dead_letters: sqs.IQueue | None = None
    ) -> None:
        super().__init__(scope, id)
        self.name = deployed.name
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=function_log_group(deployed.name),
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {deployed.name} may do",
        )
        self._allow(
            [
                iam.PolicyStatement(
                    sid="WriteLog",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[log_group.log_group_arn],
                ),
                *deployed.allowed,
            ]
        )
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=deployed.name,
            description=deployed.description,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=code(deployed.handler),
            handler=deployed.handler,
            layers=[libraries(self)],
            role=self.role,
            log_group=log_group,
            timeout=Duration.seconds(int(deployed.timeout.total_seconds())),
            memory_size=deployed.memory_mb,
            ephemeral_storage_size=Size.mebibytes(deployed.scratch_mb) if deployed.scratch_mb > 512 else None,
            environment=dict(deployed.environment),
            # not a dead-letter queue of the function: that one would keep the input alone
            on_failure=destinations.SqsDestination(dead_letters) if dead_letters else None,
        )

    def _allow(self, statements: Iterable[iam.PolicyStatement]) -> None:
        for statement in statements:
            self.role.add_to_principal_policy(statement)

    def alarm_on_failure(self, operations: sns.ITopic, description: str) -> None:
        """Tell operations of any failure within five minutes."""
        alarm_at(
            self,
            "failed",
            name=f"{self.name}-failed",
            metric=self.function.metric_errors(period=Duration.minutes(5), statistic="Sum"),
            description=description,
            operations=operations,
        )


def libraries(scope: Construct) -> lambda_.ILayerVersion:
    """The stack's layer of libraries."""
    stack = Stack.of(scope)
    found = stack.node.try_find_child(_LAYER)
    if isinstance(found, lambda_.LayerVersion):
        return found
    packed, content = layer()
    return lambda_.LayerVersion(
        stack,
        _LAYER,
        code=lambda_.Code.from_asset(str(packed), asset_hash=content),
        compatible_runtimes=[RUNTIME],
        description="Pure Python libraries of staygreen's functions",
    )
