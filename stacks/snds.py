"""What the check `snds` keeps: the history table, and bodies that it could not read."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from lambdas.core.check import Check
from lambdas.core.checks import snds
from lambdas.core.config.model import Config
from stacks.acknowledgement import acknowledge
from stacks.naming import arn


class SndsStack(Stack):
    """A table of (report date, address), 400 days deep, and a bucket. Both outlive the stack."""

    def __init__(self, scope: Construct, id: str, *, config: Config, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: what SNDS said", **kwargs)
        settings = snds.settings(config)
        string = dynamodb.AttributeType.STRING
        dynamodb.Table(
            self,
            "History",
            table_name=settings["table"],
            partition_key=dynamodb.Attribute(name="pk", type=string),
            sort_key=dynamodb.Attribute(name="sk", type=string),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires_at",
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        bucket = s3.Bucket(
            self,
            "Drift",
            bucket_name=settings["bucket"],
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(400))],
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(bucket, "S1", "A handful of objects a year, written by one function whose log names each.")


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
    """Reading metrics: neither action has resource-level permissions (Service Authorization Reference, 2026-11)."""
    actions = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"]
    return (iam.PolicyStatement(sid="ReadSndsMetrics", actions=actions, resources=["*"]),)


def drift_objects(stack: Stack, config: Config) -> str:
    """The ARN of the objects that hold bodies of unknown shape."""
    return f"arn:{stack.partition}:s3:::{snds.settings(config)['bucket']}/drift/*"
