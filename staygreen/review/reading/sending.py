"""What mail leaves by: identities, addresses and their names, pools, configuration sets, events, receipt rules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from staygreen.review.facts import Fact, Kind
from staygreen.review.reading.properties import SILENT, items, part
from staygreen.review.reading.records import canonical_name
from staygreen.review.resolve import Resolver, text, unknown
from staygreen.review.template import Resource


def identity(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """An SES identity with its DKIM, MAIL FROM and default configuration set."""
    properties = resolver.members(resource.properties)
    signing = part(properties, "DkimSigningAttributes")
    key = signing.get("DomainSigningPrivateKey")
    value = {
        "signing": text(part(properties, "DkimAttributes").get("SigningEnabled", True)),
        "selector": text(signing.get("DomainSigningSelector")),
        "key_length": text(signing.get("NextSigningKeyLength")),
        "private_key": hashlib.sha256(text(key).encode()).hexdigest()[:12] if key else "",
        "mail_from": canonical_name(text(part(properties, "MailFromAttributes").get("MailFromDomain"))),
        "mail_from_failure": text(part(properties, "MailFromAttributes").get("BehaviorOnMxFailure")),
        "configuration_set": text(part(properties, "ConfigurationSetAttributes").get("ConfigurationSetName")),
        "feedback": text(part(properties, "FeedbackAttributes").get("EmailForwardingEnabled", True)),
        "region": resolver.template.region or unknown("AWS::Region"),
    }
    name = canonical_name(text(properties.get("EmailIdentity")))
    yield Fact(kind=Kind.IDENTITY, key=name, value=value, resource=resource)


def plain(kind: Kind, *names: str) -> Callable[[Resource, Resolver], Iterator[Fact]]:
    """A reader that takes all properties but tags; its key is the first name that is set."""

    def reader(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
        value = {key: part for key, part in resolver.members(resource.properties).items() if key not in SILENT}
        named = next((text(value[name]) for name in names if value.get(name)), resource.logical_id)
        yield Fact(kind=kind, key=named, value=value, resource=resource)

    return reader


def address(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """An Elastic IP has no name of its own: people call it by its tag Name, CloudFormation by its logical id."""
    properties = resolver.members(resource.properties)
    value = {key: part for key, part in properties.items() if key not in SILENT}
    tags = {text(part({"it": tag}, "it").get("Key")): tag for tag in items(properties.get("Tags"))}
    named = text(tags["Name"].get("Value")) if "Name" in tags else ""
    yield Fact(kind=Kind.ADDRESS, key=named or resource.logical_id, value=value, resource=resource)


def association(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The machine that an Elastic IP leads to, where a resource of its own says so."""
    properties = resolver.members(resource.properties)
    key = text(properties.get("AllocationId") or properties.get("EIP")) or resource.logical_id
    value = {name: text(properties.get(name)) for name in ("InstanceId", "NetworkInterfaceId", "PrivateIpAddress")}
    yield Fact(kind=Kind.ASSOCIATION, key=key, value=value, resource=resource)


def ptr(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The reverse DNS name of an address."""
    properties = resolver.members(resource.properties)
    name = canonical_name(text(properties.get("PtrName")))
    value = {
        "allocation": text(properties.get("AllocationId")),
        "ptr": name,
        "address": text(properties.get("PublicIp")),
        "release": text(properties.get("Release")) == "true",
    }
    yield Fact(kind=Kind.PTR, key=name, value=value, resource=resource)


def events(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Which events a configuration set tells, and where."""
    properties = resolver.members(resource.properties)
    destination = part(properties, "EventDestination")
    types = destination.get("MatchingEventTypes")
    value = {
        **{key: part for key, part in destination.items() if key != "MatchingEventTypes"},
        "types": sorted(text(one).upper() for one in types) if isinstance(types, list) else [],
    }
    name = text(destination.get("Name")) or resource.logical_id
    key = f"{text(properties.get('ConfigurationSetName'))}/{name}"
    yield Fact(kind=Kind.EVENTS, key=key, value=value, resource=resource)


def receipt(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What is done with mail that comes in."""
    properties = resolver.members(resource.properties)
    rule = part(properties, "Rule")
    key = f"{text(properties.get('RuleSetName'))}/{text(rule.get('Name')) or resource.logical_id}"
    yield Fact(kind=Kind.RECEIPT_RULE, key=key, value=dict(rule), resource=resource)
