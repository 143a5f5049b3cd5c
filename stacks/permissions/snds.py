"""What the check `snds` may do."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from stacks.constructs.naming import arn
from staygreen.core.checks import snds
from staygreen.core.checks.check import Check
from staygreen.core.config.config import Config


def of_snds(stack: Stack, config: Config, check: Check) -> tuple[iam.PolicyStatement, ...]:
    """Reading and renewing the login, keeping history, and keeping bodies that were not understood."""
    settings = snds.settings(config)
    statements = [
        iam.PolicyStatement(
            sid="KeepSndsHistory",
            actions=["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"],
            resources=[arn(stack, "dynamodb", f"table/{settings['table']}")],
        ),
        iam.PolicyStatement(
            sid="KeepUnreadBodies",
            actions=["s3:PutObject"],
            resources=[drift_objects(stack, config)],
        ),
    ]
    if settings["token_secret"]:
        statements.append(
            iam.PolicyStatement(
                sid="RenewSndsLogin",
                actions=["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
                resources=[arn(stack, "secretsmanager", f"secret:{settings['token_secret']}-??????")],
            )
        )
    return tuple(statements)


def of_cloudwatch(stack: Stack, config: Config, check: Check) -> tuple[iam.PolicyStatement, ...]:
    """Reading metrics: neither action has resource-level permissions (Service Authorization Reference, June 2026)."""
    actions = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"]
    return (iam.PolicyStatement(sid="ReadSndsMetrics", actions=actions, resources=["*"]),)


def drift_objects(stack: Stack, config: Config) -> str:
    """The ARN of the objects that hold bodies of unknown shape."""
    return f"arn:{stack.partition}:s3:::{snds.settings(config)['bucket']}/drift/*"
