"""How well what a sender needs, or remembers, is kept."""

from __future__ import annotations

from typing import Any

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.resolve import NAMES, Resolver
from staygreen.core.mail_facts.template import Resource, Template

KEPT = frozenset(
    {
        "AWS::Route53::RecordSet",
        "AWS::SES::ConfigurationSet",
        "AWS::SES::DedicatedIpPool",
        "Custom::ReverseDns",
        "AWS::SES::EmailIdentity",
        "AWS::EC2::EIP",
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::Logs::LogGroup",
        "AWS::Route53::HostedZone",
        "AWS::KMS::Key",
        "AWS::SecretsManager::Secret",
    }
)


_PROPERTIES = (
    "RetentionInDays",
    "PointInTimeRecoverySpecification",
    "DeletionProtectionEnabled",
    "VersioningConfiguration",
    "LifecycleConfiguration",
    "KeySchema",
)


def keeping(resource: Resource, resolver: Resolver) -> Fact:
    """What happens to a resource when it goes, and how what is in it is kept."""
    named = resolver.string(resource.properties.get(NAMES.get(resource.type, "Name")))
    key = f"{resource.type.rsplit('::', 1)[-1]} {named or resource.logical_id}"
    properties = {name: resource.properties[name] for name in _PROPERTIES if name in resource.properties}
    value: dict[str, Any] = {"on_delete": resource.deletion_policy, "on_replace": resource.update_replace_policy}
    return Fact(kind=Kind.KEEPING, key=key, value=value | resolver.value(properties), resource=resource)


def protection(template: Template) -> Fact:
    """Whether a stack can be deleted with one command."""
    resource = Resource(stack=template.stack, logical_id="", type="stack", properties={})
    value = {"termination_protection": template.termination_protection}
    return Fact(kind=Kind.KEEPING, key=f"stack {template.stack}", value=value, resource=resource)
