"""What the account says before a deployment: one question each, and a failure of one hides no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from staygreen.cli import aws_errors
from staygreen.core.account_share import DEFAULT_POOL
from staygreen.core.config.config import Config
from staygreen.core.config.tables.notifications import SubscriptionProtocol
from staygreen.core.declared.zone import records
from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import ResourceNames
from staygreen.core.preflight.world import ElasticIp, Sending, World
from staygreen.core.ses.identity import SesIdentity

_CHATBOT = "us-east-2"
"""A region with an endpoint of AWS Chatbot (AWS General Reference, "AWS Chatbot endpoints", recalled, not verified)."""
_Answer = TypeVar("_Answer")


def survey(config: Config) -> World:
    """Ask everything that `staygreen.core.preflight` judges, in the sender's region."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    from staygreen.adapters.aws.account_share import other_deployments

    session: Any = boto3.Session(region_name=config.sender.region)
    failures: dict[str, str] = {}
    try:
        has_credentials = session.get_credentials() is not None
    except BotoCoreError as error:
        return World(failures=MappingProxyType({"credentials": aws_errors.reason(error)}))
    if not has_credentials:
        return World(failures=MappingProxyType({"credentials": aws_errors.reason(NoCredentialsError())}))

    def asked(what: str, question: Callable[[], _Answer]) -> _Answer | None:
        try:
            return question()
        except (BotoCoreError, ClientError, SourceUnavailable) as error:
            failures[what] = aws_errors.reason(error)
            return None

    groups = config.monitors.refusals.log_groups if config.monitors.refusals.enabled else ()
    functions = [
        each.endpoint for each in config.notifications.subscriptions if each.protocol is SubscriptionProtocol.LAMBDA
    ]
    zones = {record.zone.id for record in records(config) if record.zone is not None}
    return World(
        account_id=asked("credentials", lambda: str(session.client("sts").get_caller_identity()["Account"])),
        sending=asked("SES", lambda: _sending(session.client("sesv2"))),
        identities=asked("identities", lambda: _identities(session, config)),
        zones=asked("hosted zones", lambda: _zones(session.client("route53"), zones)),
        addresses=asked("Elastic IPs", lambda: _addresses(session.client("ec2"))),
        address_quota=asked("the quota of Elastic IPs", lambda: _quota(session.client("ec2"))),
        concurrent_runs=asked("the limit of functions at once", lambda: _concurrent_runs(session.client("lambda"))),
        other_deployments=asked(
            "other senders",
            lambda: tuple(map(str, other_deployments(session.client("cloudformation"), config.names))),
        ),
        ses_names=asked("identities and pools", lambda: _ses_names(session.client("sesv2")))
        if config.sender.only
        else None,
        active_rule_set=asked("receipt rules", lambda: _rule_set(session.client("ses"))) if config.mailbox else None,
        github_provider=asked("the provider for GitHub", lambda: _github_provider(session.client("iam"), config.names))
        if config.github.repository and not config.github.provider
        else None,
        log_groups=asked("log groups", lambda: _log_groups(session.client("logs"), groups)) if groups else None,
        chat_clients=asked("chat workspaces", lambda: _chat_clients(session)) if config.notifications.chat else None,
        subscribers=asked("subscribed functions", lambda: _functions(session.client("lambda"), functions))
        if functions
        else None,
        recipient_key=asked("the key of recipients' hashes", lambda: _foreign_secret(session, config))
        if config.monitors.refusals.enabled
        else None,
        failures=MappingProxyType(failures),
    )


def _sending(sesv2: Any) -> Sending:
    from staygreen.adapters.estate.sending import allowed

    return allowed(sesv2.get_account())


def _identities(session: Any, config: Config) -> tuple[SesIdentity, ...]:
    from staygreen.adapters.dns import resolver
    from staygreen.adapters.sources.world import AwsAsk

    ask = AwsAsk(
        names=config.names,
        share=config.share,
        sesv2=session.client("sesv2"),
        ses=session.client("ses"),
        ec2=session.client("ec2"),
        secretsmanager=session.client("secretsmanager"),
        lookup=resolver.to(""),
    )
    return tuple(ask.ses_identities())


def _ses_names(sesv2: Any) -> frozenset[str]:
    from staygreen.adapters.ses.pages import pages

    identities = (each for page in pages(sesv2.list_email_identities) for each in page.get("EmailIdentities", ()))
    pools = (name for page in pages(sesv2.list_dedicated_ip_pools) for name in page.get("DedicatedIpPools", ()))
    # what belongs to a domain is its mail addresses too, which `sender.only` names by it
    return frozenset({each["IdentityName"].rpartition("@")[2].lower() for each in identities} | {DEFAULT_POOL, *pools})


def _zones(route53: Any, identifiers: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    found = {}
    for identifier in sorted(identifiers):
        try:
            zone = route53.get_hosted_zone(Id=identifier)
        except route53.exceptions.NoSuchHostedZone:
            continue
        found[identifier] = tuple(zone.get("DelegationSet", {}).get("NameServers", ()))
    return found


def _addresses(ec2: Any) -> Mapping[str, ElasticIp]:
    from staygreen.core.naming import SENDER_TAG

    pages = ec2.get_paginator("describe_addresses_attribute").paginate(Attribute="domain-name")
    names = {
        each["AllocationId"]: each.get("PtrRecord", "").rstrip(".") for page in pages for each in page["Addresses"]
    }
    found = {}
    for address in ec2.describe_addresses()["Addresses"]:
        tags = {tag["Key"]: tag["Value"] for tag in address.get("Tags", [])}
        found[address["AllocationId"]] = ElasticIp(
            ip=address["PublicIp"],
            reverse_name=names.get(address["AllocationId"], ""),
            attached_to=address.get("InstanceId") or address.get("NetworkInterfaceId") or "",
            sender=tags.get(SENDER_TAG, ""),
        )
    return found


def _quota(ec2: Any) -> int | None:
    """Of the account attribute; None where AWS names none."""
    found = ec2.describe_account_attributes(AttributeNames=["vpc-max-elastic-ips"])["AccountAttributes"]
    values = [value["AttributeValue"] for attribute in found for value in attribute["AttributeValues"]]
    return int(values[0]) if values else None


def _concurrent_runs(functions: Any) -> int:
    return int(functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])


def _rule_set(ses: Any) -> str:
    from staygreen.adapters.ses.receipt_rules import ReceiptRules

    return ReceiptRules(client=ses).active()


def _github_provider(iam: Any, own: ResourceNames) -> str:
    """The one that others made: what this deployment made has its tags."""
    from staygreen.core.config.tables.github import ISSUER

    for each in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        arn = str(each["Arn"])
        if arn.endswith(f":oidc-provider/{ISSUER}"):
            tags = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"]
            is_own = own.tags.items() <= {tag["Key"]: tag["Value"] for tag in tags}.items()
            return "" if is_own else arn
    return ""


def _log_groups(logs: Any, wanted: Iterable[str]) -> frozenset[str]:
    return frozenset(
        group
        for group in wanted
        for each in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        if each["logGroupName"] == group
    )


def _chat_clients(session: Any) -> frozenset[str]:
    """Amazon Q Developer in chat applications has one list for an account, asked in a region of its own."""
    chatbot = session.client("chatbot", region_name=_CHATBOT)
    workspaces = chatbot.describe_slack_workspaces().get("SlackWorkspaces", ())
    teams = chatbot.list_microsoft_teams_configured_teams().get("ConfiguredTeams", ())
    return frozenset({each["SlackTeamId"] for each in workspaces} | {each["TeamId"] for each in teams})


def _functions(lambda_: Any, wanted: Iterable[str]) -> frozenset[str]:
    found = set()
    for arn in wanted:
        try:
            lambda_.get_function(FunctionName=arn)
        except lambda_.exceptions.ResourceNotFoundException:
            continue
        found.add(arn)
    return frozenset(found)


def _foreign_secret(session: Any, config: Config) -> str:
    """Secrets that a stack made carry its name as a tag of AWS's."""
    secrets, name = session.client("secretsmanager"), config.names.recipient_key
    try:
        tags = secrets.describe_secret(SecretId=name).get("Tags", ())
    except secrets.exceptions.ResourceNotFoundException:
        return ""
    stacks = {tag["Value"] for tag in tags if tag["Key"] == "aws:cloudformation:stack-name"}
    return "" if config.names.stack("replies") in stacks else name
