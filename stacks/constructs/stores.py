"""What keeps data and outlives its stack, except where its creation fails: tables and buckets, all made in one way."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.acknowledgement import acknowledge


def kept_table(
    scope: Construct, id: str, *, table_name: str, stream: dynamodb.StreamViewType | None = None
) -> dynamodb.Table:
    """Return a table with the keys `pk` and `sk`, paid by request, whose items may expire and which nothing deletes."""
    string = dynamodb.AttributeType.STRING
    return dynamodb.Table(
        scope,
        id,
        table_name=table_name,
        partition_key=dynamodb.Attribute(name="pk", type=string),
        sort_key=dynamodb.Attribute(name="sk", type=string),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        time_to_live_attribute="expires_at",
        stream=stream,
        # protected against deletion after it was made (`staygreen protect`): protection would stop a rollback
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )


def kept_bucket(
    scope: Construct,
    id: str,
    *,
    bucket_name: str,
    days: int,
    unlogged: str,
    key: kms.IKey | None = None,
    sooner: Mapping[str, int] | None = None,
) -> s3.Bucket:
    """Return a private bucket whose objects go after so many days.

    Args:
        scope: Where it stands.
        id: Its name there.
        bucket_name: Its name among all of AWS's buckets.
        days: How long an object is kept.
        unlogged: Why access to it is not logged.
        key: What its objects are encrypted with; a key of S3's own where there is none.
        sooner: Prefixes whose objects go earlier, after so many days: of two rules S3 heeds the shorter.
    """
    bucket = s3.Bucket(
        scope,
        id,
        bucket_name=bucket_name,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        bucket_key_enabled=True if key else None,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        enforce_ssl=True,
        lifecycle_rules=[
            s3.LifecycleRule(expiration=Duration.days(days)),
            *(s3.LifecycleRule(prefix=each, expiration=Duration.days(n)) for each, n in (sooner or {}).items()),
        ],
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    )
    acknowledge(bucket, "S1", unlogged)
    return bucket


def objects(bucket: s3.Bucket, pattern: str) -> str:
    """The objects of a bucket of the same stack, as the rules of cdk-nag name them in a wildcard."""
    logical = Stack.of(bucket).get_logical_id(bucket.node.default_child)  # type: ignore[arg-type]  # it is a CfnBucket
    return f"<{logical}.Arn>/{pattern}"
