"""From an assembly to its facts: one reader for each resource type."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from staygreen.core.mail_facts import exposure
from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.meanings import ALWAYS, table
from staygreen.core.mail_facts.reading import (
    calls,
    hosts,
    keeping,
    permissions,
    records,
    rights,
    sending,
    settings,
    tables,
    watching,
)
from staygreen.core.mail_facts.reading.mail_path import MailPath
from staygreen.core.mail_facts.resolve import Exports, Resolver
from staygreen.core.mail_facts.template import NESTED_STACK, Assembly, Resource, Unread

Reader = Callable[[Resource, Resolver], Iterator[Fact | Unread]]


def facts(assembly: Assembly) -> Facts:
    """Every mail fact of an assembly, each with why it is mail."""
    exports = Exports(assembly)
    hidden = {(part.stack, part.part) for part in assembly.unread_parts()}
    read = [part for one in assembly.resources() if one.place not in hidden for part in _read(one, exports)]
    found = [part for part in read if isinstance(part, Fact)]
    found += [
        keeping.protection(template) for template in assembly.templates if template.termination_protection is not None
    ]
    found = list(_distinct(list(settings.with_pages_joined(found))))
    path = MailPath(assembly, exports, found)
    found = list(_with_reasons([replace(fact, why=path.of(fact), is_ours=path.is_ours(fact)) for fact in found]))
    return Facts(
        all=tuple(found),
        exposed=tuple(_exposed(assembly, exports, path)),
        unread=tuple(one for one in (*assembly.unread_parts(), *_unread(read)) if _may_be_mail(one)),
        notes=assembly.notes,
        spf_answers=assembly.spf_answers,
    )


def _with_reasons(found: list[Fact]) -> Iterator[Fact]:
    """How a thing is kept, and properties that nobody knows, are mail's where the thing itself is."""
    known = {fact.resource.place: fact.why for fact in found if fact.why}
    for fact in found:
        follows = fact.kind in (Kind.KEEPING, Kind.PROPERTY) and not fact.why
        yield replace(fact, why=known.get(fact.resource.place, "")) if follows else fact


def _unread(read: list[Fact | Unread]) -> list[Unread]:
    return [part for part in read if isinstance(part, Unread)]


def _may_be_mail(part: Unread) -> bool:
    """Whether what could not be read may be about mail; of most types that is known."""
    return (
        not part.type or part.type == NESTED_STACK or _reader(part.type) is not None or part.type.endswith("::MODULE")
    )


def _read(resource: Resource, exports: Exports) -> Iterator[Fact | Unread]:
    resolver = exports.resolver(resource.stack)
    try:
        if not resolver.exists(resource):
            return
        unsure = bool(resource.condition) and resolver.condition(resource.condition) is None
        condition = resolver.condition_text(resource.condition) if unsure else ""
        for part in list(_of(resource, resolver)):
            yield replace(part, condition=condition) if condition and isinstance(part, Fact) else part
    except Exception as error:  # noqa: BLE001 - one resource that nobody foresaw must not hide all the others
        yield unread(resource, f"its properties have a form that this program does not know ({type(error).__name__})")


def unread(resource: Resource, why: str) -> Unread:
    """A resource that cannot be read."""
    content = json.dumps([resource.type, resource.properties], sort_keys=True, default=str)
    return Unread(stack=resource.stack, part=resource.logical_id, why=why, content=content, type=resource.type)


def _exposed(assembly: Assembly, exports: Exports, path: MailPath) -> Iterator[tuple[Fact, str]]:
    """Secrets in plain text, each as a fact of its own, so that it is known whether it is mail's."""
    for resource in assembly.resources():
        resolver = exports.resolver(resource.stack)
        for place in exposure.exposed(resource, resolver):
            fact = Fact(kind=Kind.KEEPING, key=resource.path, value={}, resource=resource)
            yield replace(fact, why=path.of(fact)), place


def _distinct(found: list[Fact]) -> Iterator[Fact]:
    """Two zones, two record types or two addresses may share a name: then, and only then, the key says which."""
    counts = Counter((fact.kind, fact.key) for fact in found)
    for fact in found:
        if fact.kind is Kind.RECORD and counts[fact.kind, fact.key] > 1 and fact.conditional:
            yield replace(fact, key=f"{fact.key} if {fact.resource.condition}")
        elif fact.kind is Kind.RECORD and counts[fact.kind, fact.key] > 1:
            zones = {other.value["zone"] for other in found if (other.kind, other.key) == (fact.kind, fact.key)}
            yield replace(fact, key=f"{fact.key} in {fact.value['zone']}") if len(zones) > 1 else fact
        elif fact.kind is Kind.ADDRESS and counts[fact.kind, fact.key] > 1:
            yield replace(fact, key=f"{fact.key} ({fact.resource.logical_id})")
        elif fact.kind is Kind.KEEPING and counts[fact.kind, fact.key] > 1 and "Type" in fact.resource.properties:
            yield replace(fact, key=f"{fact.key} {fact.resource.properties['Type']}")
        else:
            yield fact


def _of(resource: Resource, resolver: Resolver) -> Iterator[Fact | Unread]:
    reader = _reader(resource.type)
    if reader is not None:
        yield from reader(resource, resolver)
    if resource.type in _ALSO:
        yield from _ALSO[resource.type](resource, resolver)
    if resource.type in keeping.KEPT:
        yield keeping.keeping(resource, resolver)
    if resource.type in table():
        yield from tables.unknown_properties(resource, resolver)


def _reader(type_name: str) -> Reader | None:
    if type_name in _READERS:
        return _READERS[type_name]
    if type_name in table():
        return tables.described
    if type_name.startswith("Custom::"):
        return calls.custom
    return _undescribed if type_name.startswith(ALWAYS) or type_name.endswith("::MODULE") else None


def _described_elsewhere(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What watches in an app that is not ours is part of mail's way; ours is read as a monitor."""
    if not list(_READERS[resource.type](resource, resolver)):
        yield from tables.described(resource, resolver)


def _undescribed(resource: Resource, resolver: Resolver) -> Iterator[Unread]:
    """A type of SES that is younger than this program, or a module."""
    yield unread(resource, f"this program does not know the type {resource.type}")


_READERS: Mapping[str, Reader] = {
    "AWS::Route53::RecordSet": records.record_set,
    "AWS::Route53::RecordSetGroup": records.record_group,
    "AWS::Route53::HostedZone": records.zone,
    "AWS::SES::EmailIdentity": sending.identity,
    "AWS::SES::Tenant": sending.plain(Kind.TENANT, "TenantName"),
    "AWS::EC2::EIP": sending.address,
    "AWS::EC2::EIPAssociation": sending.association,
    "Custom::ElasticIp": sending.plain(Kind.ADDRESS, "Name", "AddressName"),
    "AWS::CloudFormation::CustomResource": calls.custom,
    "AWS::EC2::SecurityGroup": hosts.security_group,
    "AWS::EC2::SecurityGroupIngress": hosts.ingress,
    "AWS::EC2::SecurityGroupEgress": hosts.egress,
    "AWS::S3::BucketPolicy": rights.policy,
    "AWS::SNS::TopicPolicy": rights.policy,
    "AWS::SNS::TopicInlinePolicy": rights.policy,
    "AWS::SQS::QueuePolicy": rights.policy,
    "AWS::SQS::QueueInlinePolicy": rights.policy,
    "AWS::KMS::Key": rights.key,
    "AWS::Lambda::Permission": rights.permission,
    "Custom::CrossAccountZoneDelegation": calls.delegation,
    "Custom::DeleteExistingRecordSet": calls.delete_existing,
    "Custom::ReceiptRules": calls.receipt_rules,
    "Custom::ReverseDns": sending.ptr,
    "AWS::SES::DedicatedIpPool": sending.plain(Kind.POOL, "PoolName"),
    "AWS::SES::ConfigurationSet": sending.plain(Kind.CONFIGURATION_SET, "Name"),
    "AWS::SES::ConfigurationSetEventDestination": sending.events,
    "AWS::SES::ReceiptRule": sending.receipt,
    "AWS::SSM::Parameter": settings.parameter,
    "AWS::CloudWatch::Alarm": watching.alarm,
    "AWS::Lambda::Function": watching.function,
    "AWS::Lambda::Url": watching.function_url,
    "AWS::Chatbot::SlackChannelConfiguration": watching.chat_channel,
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": watching.chat_channel,
    "AWS::Events::Rule": watching.event_rule,
    "AWS::Logs::SubscriptionFilter": watching.log_filter,
    "AWS::SNS::Subscription": watching.subscription,
    "AWS::SNS::Topic": watching.topic,
    "AWS::Scheduler::Schedule": watching.schedule,
    "AWS::IAM::Policy": permissions.permission,
    "AWS::IAM::ManagedPolicy": permissions.permission,
    "AWS::IAM::Role": permissions.permission,
    "AWS::IAM::User": permissions.permission,
    "AWS::IAM::Group": permissions.permission,
    "AWS::IAM::UserToGroupAddition": permissions.membership,
    "AWS::IAM::RolePolicy": permissions.permission,
    "AWS::IAM::UserPolicy": permissions.permission,
    "AWS::IAM::GroupPolicy": permissions.permission,
}
_ALSO: Mapping[str, Reader] = {
    "AWS::Events::Rule": _described_elsewhere,
    "AWS::Lambda::Function": _described_elsewhere,
    "AWS::SNS::Subscription": _described_elsewhere,
    "AWS::SNS::Topic": _described_elsewhere,
    "AWS::Serverless::Function": permissions.serverless,
    "AWS::KMS::Key": tables.described,
    "AWS::IAM::Role": tables.described,
    "AWS::IAM::Policy": tables.described,
    "AWS::IAM::RolePolicy": tables.described,
}
"""Types that are read in two ways: as part of what watches, and as part of mail's way."""
