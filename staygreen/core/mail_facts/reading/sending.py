"""What mail leaves by: identities, addresses and their names, pools, configuration sets, events, receipt rules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.reading import properties as read
from staygreen.core.mail_facts.reading.properties import SILENT, items, part
from staygreen.core.mail_facts.reading.records import canonical_name
from staygreen.core.mail_facts.resolve import Resolver, text, unknown
from staygreen.core.mail_facts.template import Resource


def identity(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """An SES identity with its DKIM, MAIL FROM and default configuration set."""
    properties = read.of(resource, resolver)
    value = identity_value(properties, resolver.template.region)
    name = canonical_name(resolver.string(resource.properties.get("EmailIdentity")))
    yield Fact(kind=Kind.IDENTITY, key=name, value=value, resource=resource)


def identity_value(properties: Mapping[str, Any], region: str) -> dict[str, Any]:
    """What is known of an identity, from its properties in canonical form."""
    signing = part(properties, "DkimSigningAttributes")
    key = signing.get("DomainSigningPrivateKey")
    return {
        "signing": text(part(properties, "DkimAttributes").get("SigningEnabled", "true")),
        "selector": text(signing.get("DomainSigningSelector")),
        "key_length": text(signing.get("NextSigningKeyLength")),
        "private_key": hashlib.sha256(text(key).encode()).hexdigest()[:12] if key else "",
        "mail_from": canonical_name(text(part(properties, "MailFromAttributes").get("MailFromDomain"))),
        "mail_from_failure": text(part(properties, "MailFromAttributes").get("BehaviorOnMxFailure")),
        "configuration_set": text(part(properties, "ConfigurationSetAttributes").get("ConfigurationSetName")),
        "feedback": text(part(properties, "FeedbackAttributes").get("EmailForwardingEnabled", "true")),
        "region": region or unknown("AWS::Region"),
    }


def plain(kind: Kind, *names: str) -> Callable[[Resource, Resolver], Iterator[Fact]]:
    """A reader that takes all properties that mean anything; its key is the first name that is set."""

    def reader(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
        properties = resolver.properties(resource)
        named = next((text(properties[name]) for name in names if properties.get(name)), resource.logical_id)
        value = {key: part for key, part in read.of(resource, resolver).items() if key not in SILENT}
        yield Fact(kind=kind, key=named, value=value, resource=resource)

    return reader


def address(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """An Elastic IP has no name of its own: people call it by its tag Name, CloudFormation by its logical id."""
    value = {key: part for key, part in read.of(resource, resolver).items() if key not in SILENT}
    named = tags(resolver.properties(resource)).get("Name", "")
    yield Fact(kind=Kind.ADDRESS, key=named or resource.logical_id, value=value, resource=resource)


def tags(properties: Mapping[str, Any]) -> dict[str, str]:
    """A resource's tags by their key."""
    found = [part({"it": tag}, "it") for tag in items(properties.get("Tags"))]
    return {text(tag.get("Key")): text(tag.get("Value")) for tag in found}


def association(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The machine that an Elastic IP leads to, where a resource of its own says so."""
    properties = resolver.properties(resource)
    key = text(properties.get("AllocationId") or properties.get("EIP")) or resource.logical_id
    value = {name: text(properties.get(name)) for name in ("InstanceId", "NetworkInterfaceId", "PrivateIpAddress")}
    yield Fact(kind=Kind.ASSOCIATION, key=key, value=value, resource=resource)


def ptr(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The reverse DNS name of an address."""
    properties = resolver.properties(resource)
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
    raw = resolver.properties(resource)
    name = text(part(raw, "EventDestination").get("Name")) or resource.logical_id
    yield event_destination(resource, text(raw.get("ConfigurationSetName")), name, read.of(resource, resolver))


def event_destination(resource: Resource, set_name: str, name: str, properties: Mapping[str, Any]) -> Fact:
    """An event destination from its properties in canonical form."""
    destination = part(properties, "EventDestination")
    value = {
        **{key: part for key, part in destination.items() if key != "MatchingEventTypes"},
        "types": sorted(_event(text(one)) for one in items(destination.get("MatchingEventTypes"))),
    }
    return Fact(kind=Kind.EVENTS, key=f"{set_name}/{name}", value=value, resource=resource)


def _event(name: str) -> str:
    """An event type in one spelling: SES's first API calls it ``renderingFailure``, the second RENDERING_FAILURE."""
    return {"RENDERINGFAILURE": "RENDERING_FAILURE", "DELIVERYDELAY": "DELIVERY_DELAY"}.get(name.upper(), name.upper())


def receipt(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What is done with mail that comes in."""
    raw = resolver.properties(resource)
    name = text(part(raw, "Rule").get("Name")) or resource.logical_id
    yield receipt_rule(resource, text(raw.get("RuleSetName")), name, read.of(resource, resolver))


def receipt_rule(resource: Resource, set_name: str, name: str, properties: Mapping[str, Any]) -> Fact:
    """A receipt rule from its properties in canonical form."""
    value = dict(part(properties, "Rule"))
    if "After" in properties:
        value["After"] = properties["After"]
    return Fact(kind=Kind.RECEIPT_RULE, key=f"{set_name}/{name}", value=value, resource=resource)
