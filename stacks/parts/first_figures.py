"""What has each check's function answer once before the alarm on its silence begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aws_cdk import CustomResource, RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from constructs import Construct

from stacks.constructs.function import Deployed, Function
from stacks.constructs.statement import acknowledge_framework, allow, explain
from staygreen.core.config.config import Config

LONGEST = timedelta(minutes=10)
"""CloudWatch shows what Lambda counts within minutes (docs/assumptions.md, 231)."""


class FirstFigures(Construct):
    """A custom resource that asks the functions that it did not ask before; alarms depend on it."""

    def __init__(self, scope: Construct, id: str, *, config: Config, functions: Sequence[Function]) -> None:
        super().__init__(scope, id)
        asks = Function(
            self,
            "Ask",
            deployed=Deployed(
                name=config.names.function("first-figures"),
                handler="lambdas.first_figures.handler",
                description="staygreen: gives the alarms on silence a figure to begin with",
                timeout=LONGEST,
                memory_mb=256,
                allowed=(
                    allow("AskOnce", ("lambda:InvokeFunction",), *(each.function.function_arn for each in functions)),
                    allow("ReadFigures", ("cloudwatch:GetMetricData",), "*"),
                ),
            ),
        )
        explain(asks, {"*": "Reading metrics has no resource-level permissions."})
        provider = cr.Provider(
            self,
            "Provider",
            on_event_handler=asks.function,
            log_group=logs.LogGroup(
                self, "Logs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
            ),
        )
        acknowledge_framework(provider, (asks,))
        self.resource = CustomResource(
            self,
            "Figures",
            resource_type="Custom::FirstFigures",
            service_token=provider.service_token,
            properties={"Functions": [each.name for each in functions]},
        )
        self.resource.node.add_dependency(*(each.function for each in functions))
