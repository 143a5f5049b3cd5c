"""What makes days of reports every hour, and writes down once a day what is ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.account_share import share_statements, share_variables
from stacks.constructs.function import Deployed, Function
from stacks.constructs.naming import arn
from stacks.constructs.schedule import add_schedule
from stacks.constructs.statement import explain
from stacks.permissions import sources
from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.naming import REPORT_DAYS

MAKE_DAYS = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")


class ReportDays(Construct):
    """A function and its schedule; it may read what is ours at SES and EC2."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        config: Config,
        state: StateStack,
        environment: Mapping[str, str],
        allowed: tuple[iam.PolicyStatement, ...],
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        identities = arn(stack, "ses", "identity/*")
        function = Function(
            self,
            "Make",
            deployed=Deployed(
                name=config.names.function(REPORT_DAYS),
                handler="lambdas.report_days.handler",
                description="staygreen: makes days of reports, and writes down what is ours",
                timeout=timedelta(minutes=10),
                memory_mb=512,
                environment={**environment, **share_variables(config)},
                allowed=(
                    *allowed,
                    *sources.of_estate(stack, config),
                    *share_statements(stack, config),
                ),
            ),
            dead_letters=state.dead_letters.queue,
        )
        explain(
            function,
            {
                "*": "Listing identities, dedicated and Elastic IPs has no resource-level permissions.",
                identities: "Identities are found at run time.",
            },
        )
        add_schedule(
            self,
            name=config.names.schedule(REPORT_DAYS),
            what="the days of reports",
            expression="rate(1 hour)",
            function=function,
            dead_letters=state.dead_letters.queue,
        )
