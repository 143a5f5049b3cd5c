"""From an assembly to its facts: one reader for each resource type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from staygreen.review import exposure
from staygreen.review.facts import Fact, Facts, Kind
from staygreen.review.reading import keeping, permissions, records, sending, settings, watching
from staygreen.review.resolve import Exports, Resolver
from staygreen.review.template import Assembly, Resource


def facts(assembly: Assembly) -> Facts:
    """Every mail fact of an assembly."""
    exports = Exports(assembly)
    found: list[Fact] = []
    exposed: list[tuple[Resource, str]] = []
    for resource in assembly.resources():
        resolver = exports.resolver(resource.stack)
        if not resolver.exists(resource):
            continue
        for fact in _of(resource, resolver):
            unsure = bool(resource.condition) and resolver.condition(resource.condition) is None
            found.append(replace(fact, conditional=True) if unsure else fact)
        exposed += [(resource, place) for place in exposure.exposed(resource, resolver)]
    found += [
        keeping.protection(template) for template in assembly.templates if template.termination_protection is not None
    ]
    return Facts(
        all=tuple(_distinct(list(settings.with_pages_joined(found)))),
        exposed=tuple(exposed),
        notes=assembly.notes,
        spf_answers=assembly.spf_answers,
    )


def _distinct(found: list[Fact]) -> Iterator[Fact]:
    """Two zones, two record types or two addresses may share a name: then, and only then, the key says which."""
    counts = Counter((fact.kind, fact.key) for fact in found)
    for fact in found:
        if fact.kind is Kind.RECORD and counts[fact.kind, fact.key] > 1:
            zones = {other.value["zone"] for other in found if (other.kind, other.key) == (fact.kind, fact.key)}
            yield replace(fact, key=f"{fact.key} in {fact.value['zone']}") if len(zones) > 1 else fact
        elif fact.kind is Kind.ADDRESS and counts[fact.kind, fact.key] > 1:
            yield replace(fact, key=f"{fact.key} ({fact.resource.logical_id})")
        elif fact.kind is Kind.KEEPING and counts[fact.kind, fact.key] > 1 and "Type" in fact.resource.properties:
            yield replace(fact, key=f"{fact.key} {fact.resource.properties['Type']}")
        else:
            yield fact


def _of(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    reader = _READERS.get(resource.type)
    if reader is not None:
        yield from reader(resource, resolver)
    if resource.type in keeping.KEPT:
        yield keeping.keeping(resource, resolver)


_READERS: Mapping[str, Callable[[Resource, Resolver], Iterator[Fact]]] = {
    "AWS::Route53::RecordSet": records.record_set,
    "AWS::Route53::RecordSetGroup": records.record_group,
    "AWS::Route53::HostedZone": records.zone,
    "AWS::SES::EmailIdentity": sending.identity,
    "AWS::SES::Tenant": sending.plain(Kind.TENANT, "TenantName"),
    "AWS::EC2::EIP": sending.address,
    "AWS::EC2::EIPAssociation": sending.association,
    "Custom::ElasticIp": sending.plain(Kind.ADDRESS, "Name", "AddressName"),
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
}
