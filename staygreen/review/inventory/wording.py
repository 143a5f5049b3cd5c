"""Nouns for the types of resources, and phrases for their properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from staygreen.review.inventory.block import TITLE
from staygreen.review.inventory.properties import pairs, plain

Format = Callable[[Any], str]
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def seconds(value: Any) -> str:
    """A number of seconds, in the greatest unit that divides it."""
    if isinstance(value, bool) or not isinstance(value, int):
        return plain(value)
    for size, unit in _UNITS:
        if value > 0 and value % size == 0:
            return f"{value // size} {unit}" + ("s" if value > size else "")
    return f"{value} s"


@dataclass(frozen=True, slots=True)
class Phrase:
    """How one property is put."""

    path: str
    words: str
    """With ``{}`` where the value goes."""
    format: Format = plain
    row: str = TITLE

    def of(self, value: Any) -> str:
        """The phrase for a value."""
        return self.words.format(self.format(value))


@dataclass(frozen=True, slots=True)
class Words:
    """How resources of one type are put."""

    noun: str
    name: str = ""
    """The property that names them; empty: their logical id does."""
    owner: str = ""
    """The property that names what they belong to."""
    phrases: tuple[Phrase, ...] = ()


def of(type_name: str) -> Words:
    """The words for a type; the type itself where it has none."""
    return _WORDS.get(type_name) or Words(type_name)


_CHAT = (
    Phrase("SnsTopicArns", "hears {}"),
    Phrase("IamRoleArn", "as {}"),
    Phrase("GuardrailPolicies", "never beyond {}"),
    Phrase("LoggingLevel", "logs {}"),
)

_WORDS: Mapping[str, Words] = {
    "AWS::Lambda::Function": Words(
        "function",
        "FunctionName",
        phrases=(
            Phrase("Handler", "runs {}"),
            Phrase("Timeout", "time-out {}", seconds),
            Phrase("MemorySize", "memory {} MB"),
            Phrase("EphemeralStorage.Size", "disk {} MB"),
            Phrase("ReservedConcurrentExecutions", "at most {} at a time"),
            Phrase("Runtime", "{}", row="code"),
            Phrase("Architectures", "on {}", row="code"),
            Phrase("Code.S3Key", "code {}", row="code"),
            Phrase("Code.S3Bucket", "from {}", row="code"),
            Phrase("Layers", "layers {}", row="code"),
            Phrase("Role", "as {}", row="surroundings"),
            Phrase("LoggingConfig.LogGroup", "log {}", row="surroundings"),
            Phrase("DeadLetterConfig.TargetArn", "failed events go to {}", row="surroundings"),
        ),
    ),
    "AWS::Lambda::LayerVersion": Words(
        "layer",
        "LayerName",
        phrases=(
            Phrase("CompatibleRuntimes", "for {}"),
            Phrase("CompatibleArchitectures", "on {}"),
            Phrase("Content.S3Key", "content {}"),
            Phrase("Content.S3Bucket", "from {}"),
        ),
    ),
    "AWS::Lambda::Url": Words(
        "function URL", owner="TargetFunctionArn", phrases=(Phrase("AuthType", "authentication {}"),)
    ),
    "AWS::Lambda::Permission": Words(
        "permission",
        owner="FunctionName",
        phrases=(
            Phrase("Principal", "lets {}"),
            Phrase("Action", "{}"),
            Phrase("SourceArn", "for {}"),
            Phrase("SourceAccount", "of account {}"),
        ),
    ),
    "AWS::Lambda::EventSourceMapping": Words(
        "event source",
        owner="FunctionName",
        phrases=(
            Phrase("EventSourceArn", "{}"),
            Phrase("BatchSize", "batches of {}"),
            Phrase("MaximumBatchingWindowInSeconds", "collected for {}", seconds),
            Phrase("StartingPosition", "from {}"),
            Phrase("MaximumRetryAttempts", "{} retries"),
            Phrase("BisectBatchOnFunctionError", "failed batches are halved: {}"),
            Phrase("DestinationConfig.OnFailure.Destination", "failed batches go to {}"),
            Phrase("ScalingConfig.MaximumConcurrency", "at most {} at a time"),
            Phrase("FunctionResponseTypes", "answers with {}"),
        ),
    ),
    "AWS::Logs::LogGroup": Words(
        "log group",
        "LogGroupName",
        phrases=(Phrase("RetentionInDays", "kept for {} days"), Phrase("KmsKeyId", "encrypted with {}")),
    ),
    "AWS::Logs::SubscriptionFilter": Words(
        "log filter",
        "FilterName",
        owner="DestinationArn",
        phrases=(Phrase("LogGroupName", "reads {}"), Phrase("FilterPattern", "takes {}")),
    ),
    "AWS::IAM::Role": Words(
        "role",
        "RoleName",
        phrases=(
            Phrase("MaxSessionDuration", "for sessions of {}", seconds),
            Phrase("ManagedPolicyArns", "with {}"),
        ),
    ),
    "AWS::IAM::Policy": Words("policy", owner="Roles"),
    "AWS::IAM::ManagedPolicy": Words("managed policy", "ManagedPolicyName", owner="Roles"),
    "AWS::IAM::OIDCProvider": Words(
        "identity provider", "Url", phrases=(Phrase("ClientIdList", "for {}"), Phrase("ThumbprintList", "known by {}"))
    ),
    "AWS::SQS::Queue": Words(
        "queue",
        "QueueName",
        phrases=(
            Phrase("MessageRetentionPeriod", "keeps messages for {}", seconds),
            Phrase("VisibilityTimeout", "visibility time-out {}", seconds),
            Phrase("RedrivePolicy.maxReceiveCount", "after {} receipts"),
            Phrase("RedrivePolicy.deadLetterTargetArn", "to {}"),
            Phrase("SqsManagedSseEnabled", "encryption by SQS {}"),
            Phrase("KmsMasterKeyId", "encrypted with {}"),
        ),
    ),
    "AWS::SQS::QueuePolicy": Words("queue policy", owner="Queues"),
    "AWS::SNS::Topic": Words(
        "topic",
        "TopicName",
        phrases=(Phrase("DisplayName", 'shown as "{}"'), Phrase("KmsMasterKeyId", "encrypted with {}")),
    ),
    "AWS::SNS::TopicPolicy": Words("topic policy", owner="Topics"),
    "AWS::SNS::Subscription": Words(
        "subscription",
        owner="TopicArn",
        phrases=(
            Phrase("Protocol", "{}"),
            Phrase("Endpoint", "{}"),
            Phrase("FilterPolicy", "takes {}"),
            Phrase("RawMessageDelivery", "raw messages {}"),
            Phrase("RedrivePolicy.deadLetterTargetArn", "undelivered messages go to {}"),
        ),
    ),
    "AWS::KMS::Key": Words("key", phrases=(Phrase("EnableKeyRotation", "rotation {}"),)),
    "AWS::KMS::Alias": Words("key alias", "AliasName", owner="TargetKeyId"),
    "AWS::SecretsManager::Secret": Words(
        "secret",
        "Name",
        phrases=(
            Phrase("GenerateSecretString.PasswordLength", "generated, {} characters"),
            Phrase("GenerateSecretString.ExcludePunctuation", "without punctuation: {}"),
        ),
    ),
    "AWS::DynamoDB::Table": Words(
        "table",
        "TableName",
        phrases=(
            Phrase("BillingMode", "billed {}"),
            Phrase("StreamSpecification.StreamViewType", "stream of {}"),
            Phrase("TimeToLiveSpecification.AttributeName", "items expire at {}"),
            Phrase("TimeToLiveSpecification.Enabled", "expiry {}"),
            Phrase("DeletionProtectionEnabled", "deletion protection {}"),
            Phrase("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", "point-in-time recovery {}"),
        ),
    ),
    "AWS::S3::Bucket": Words(
        "bucket",
        "BucketName",
        phrases=(
            Phrase("VersioningConfiguration.Status", "versioning {}"),
            Phrase("PublicAccessBlockConfiguration.BlockPublicAcls", "public ACLs blocked: {}", row="public access"),
            Phrase("PublicAccessBlockConfiguration.IgnorePublicAcls", "ignored: {}", row="public access"),
            Phrase(
                "PublicAccessBlockConfiguration.BlockPublicPolicy", "public policies blocked: {}", row="public access"
            ),
            Phrase("PublicAccessBlockConfiguration.RestrictPublicBuckets", "restricted: {}", row="public access"),
        ),
    ),
    "AWS::S3::BucketPolicy": Words("bucket policy", owner="Bucket"),
    "AWS::CloudWatch::Alarm": Words("alarm", "AlarmName"),
    "AWS::CloudWatch::Dashboard": Words("dashboard", "DashboardName"),
    "AWS::Scheduler::Schedule": Words(
        "schedule",
        "Name",
        owner="Target.Arn",
        phrases=(
            Phrase("ScheduleExpression", "{}"),
            Phrase("ScheduleExpressionTimezone", "in {}"),
            Phrase("FlexibleTimeWindow.Mode", "window {}"),
            Phrase("FlexibleTimeWindow.MaximumWindowInMinutes", "of {} minutes"),
            Phrase("State", "{}"),
            Phrase("Target.Input", "with {}", row="start"),
            Phrase("Target.RetryPolicy.MaximumRetryAttempts", "{} retries", row="start"),
            Phrase("Target.RetryPolicy.MaximumEventAgeInSeconds", "within {}", seconds, row="start"),
            Phrase("Target.DeadLetterConfig.Arn", "failed starts go to {}", row="start"),
            Phrase("Target.RoleArn", "as {}", row="start"),
        ),
    ),
    "AWS::Events::Rule": Words(
        "event rule", "Name", phrases=(Phrase("State", "{}"), Phrase("EventBusName", "on bus {}"))
    ),
    "AWS::StepFunctions::StateMachine": Words(
        "state machine",
        "StateMachineName",
        phrases=(
            Phrase("StateMachineType", "{}"),
            Phrase("RoleArn", "as {}"),
            Phrase("LoggingConfiguration.Level", "logs {}"),
            Phrase("LoggingConfiguration.Destinations", "to {}", pairs),
            Phrase("LoggingConfiguration.IncludeExecutionData", "with data: {}"),
            Phrase("TracingConfiguration.Enabled", "tracing {}"),
        ),
    ),
    "AWS::SSM::Parameter": Words("parameter", "Name", phrases=(Phrase("Type", "{}"), Phrase("Tier", "tier {}"))),
    "AWS::SES::EmailIdentity": Words("identity", "EmailIdentity"),
    "AWS::SES::ConfigurationSet": Words(
        "configuration set",
        "Name",
        phrases=(
            Phrase("DeliveryOptions.TlsPolicy", "TLS {}"),
            Phrase("DeliveryOptions.SendingPoolName", "sends from pool {}"),
            Phrase("SendingOptions.SendingEnabled", "sending {}"),
            Phrase("ReputationOptions.ReputationMetricsEnabled", "reputation metrics {}"),
            Phrase("SuppressionOptions.SuppressedReasons", "suppresses after {}"),
        ),
    ),
    "AWS::SES::ConfigurationSetEventDestination": Words(
        "event destination",
        owner="ConfigurationSetName",
        phrases=(
            Phrase("EventDestination.Name", "{}"),
            Phrase("EventDestination.Enabled", "{}"),
            Phrase("EventDestination.MatchingEventTypes", "takes {}"),
            Phrase("EventDestination.EventBridgeDestination.EventBusArn", "hands to {}"),
            Phrase("EventDestination.CloudWatchDestination.DimensionConfigurations", "counts by {}", pairs),
        ),
    ),
    "AWS::SES::DedicatedIpPool": Words("dedicated IP pool", "PoolName", phrases=(Phrase("ScalingMode", "{}"),)),
    "AWS::Route53::RecordSet": Words("record"),
    "AWS::EC2::EIP": Words("Elastic IP", phrases=(Phrase("Domain", "domain {}"),)),
    "Custom::ReverseDns": Words(
        "reverse name",
        "PtrName",
        phrases=(
            Phrase("AllocationId", "of {}"),
            Phrase("Release", "release {}"),
            Phrase("Adopted", "adopted {}"),
            Phrase("ServiceToken", "set by {}"),
        ),
    ),
    "Custom::ElasticIp": Words("adopted Elastic IP"),
    "Custom::ReceiptRules": Words("receipt rules", "RuleSetName", phrases=(Phrase("ServiceToken", "set by {}"),)),
    "AWS::Chatbot::SlackChannelConfiguration": Words(
        "Slack channel",
        "ConfigurationName",
        phrases=(
            Phrase("SlackChannelId", "{}"),
            Phrase("SlackWorkspaceId", "of workspace {}"),
            *_CHAT,
        ),
    ),
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": Words(
        "Teams channel",
        "ConfigurationName",
        phrases=(
            Phrase("TeamsChannelId", "{}"),
            Phrase("TeamId", "of team {}"),
            Phrase("TeamsTenantId", "tenant {}"),
            *_CHAT,
        ),
    ),
}
