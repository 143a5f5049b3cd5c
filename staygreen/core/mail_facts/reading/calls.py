"""Custom resources that call AWS: what their calls set up, in the same facts as resources of CloudFormation's own.

The CDK's `AwsCustomResource` writes the calls of its SDK into the template: ``Create``, ``Update`` and ``Delete``, each
JSON with ``service``, ``action`` and ``parameters`` ("aws-cdk-lib.custom_resources", verified 2026-11). What stands is
what the last of Create and Update set; without a Delete call it stays when the resource goes. Of every other custom
resource nobody but its function knows what it does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.meanings import canonical
from staygreen.core.mail_facts.reading import records, sending
from staygreen.core.mail_facts.reading.properties import SILENT, items, part
from staygreen.core.mail_facts.resolve import Resolver, is_open, text
from staygreen.core.mail_facts.template import Resource, Unread

_MAIL_SERVICES = frozenset({"ses", "sesv2", "mailmanager", "pinpointemail", "workmail", "workmailmessageflow"})
_ADDRESS_CALLS = frozenset(
    {
        "allocateAddress",
        "associateAddress",
        "disassociateAddress",
        "modifyAddressAttribute",
        "releaseAddress",
        "resetAddressAttribute",
    }
)
_ZONE_CALLS = frozenset(
    {
        "changeResourceRecordSets",
        "deleteHostedZone",
        "disableHostedZoneDNSSEC",
        "deactivateKeySigningKey",
        "deleteKeySigningKey",
    }
)
_SAYS_MAIL = re.compile(r"ses\.amazonaws\.com|ses:|amazonses\.com|email-smtp", re.IGNORECASE)
_PHASES = ("Create", "Update", "Delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of an AWS SDK."""

    service: str
    """Lower case, without hyphens: ``ses``, ``sesv2``, ``route53``."""
    action: str
    """As the SDK for JavaScript names the method: ``setActiveReceiptRuleSet``."""
    parameters: Mapping[str, Any]

    @property
    def is_mail(self) -> bool:
        """Whether the call is about mail, whatever it sets."""
        if self.service in _MAIL_SERVICES:
            return True
        if self.service == "ec2":
            return self.action in _ADDRESS_CALLS
        if self.service == "route53":
            return self.action in _ZONE_CALLS
        return _SAYS_MAIL.search(json.dumps(self.parameters, default=str)) is not None


def custom(resource: Resource, resolver: Resolver) -> Iterator[Fact | Unread]:
    """What a custom resource sets up."""
    properties = resolver.properties(resource)
    calls = {phase: found for phase in _PHASES if (found := _call(properties.get(phase))) is not None}
    hidden = [phase for phase in _PHASES if phase not in calls and is_open(properties.get(phase, ""))]
    if hidden:
        content = json.dumps(resource.properties, sort_keys=True, default=str)
        why = f"its {' and '.join(hidden)} call is known only at deployment"
        yield Unread(stack=resource.stack, part=resource.logical_id, why=why, content=content, type=resource.type)
    elif calls:
        standing = calls.get("Update") or calls.get("Create")
        kept = resource if "Delete" in calls else replace(resource, deletion_policy="Retain")
        if standing is not None and standing.is_mail:
            yield from _standing(standing, calls.get("Delete"), kept, resolver)
        elif calls.get("Delete") is not None and calls["Delete"].is_mail:
            yield _plain(calls["Delete"], calls["Delete"], resource)
    else:
        value = {name: part for name, part in properties.items() if name not in SILENT}
        key = f"{resource.type} {resource.logical_id}"
        yield Fact(kind=Kind.CUSTOM, key=key, value=value, resource=resource)


def _call(raw: Any) -> Call | None:
    if isinstance(raw, str):
        try:
            raw = json.loads(raw)
        except ValueError:
            return None
    if not isinstance(raw, Mapping) or "service" not in raw or "action" not in raw:
        return None
    service = re.sub(r"^@?aws-sdk[/-](client-)?|-", "", text(raw["service"]).lower())
    action = text(raw["action"]).removesuffix("Command")
    return Call(service=service, action=action[:1].lower() + action[1:], parameters=part(raw, "parameters"))


def _standing(call: Call, undo: Call | None, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    translate = _TRANSLATED.get(call.action)
    translated = list(translate(call, resource, resolver)) if translate else []
    yield from translated or [_plain(call, undo, resource)]


def _plain(call: Call, undo: Call | None, resource: Resource) -> Fact:
    """A call that sets something for which there is no kind of fact."""
    value: dict[str, Any] = {
        "service": call.service,
        "action": call.action,
        "parameters": canonical("", call.parameters),
    }
    if undo is not None:
        value["undo"] = {"action": undo.action, "parameters": canonical("", undo.parameters)}
    key = f"{call.service}:{call.action} of {resource.logical_id}"
    return Fact(kind=Kind.CALL, key=key, value=value, resource=resource)


def _named(call: Call, *names: str) -> str:
    return next((text(call.parameters[name]) for name in names if call.parameters.get(name)), "")


def _event_destination(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    raw = part(call.parameters, "EventDestination")
    name = _named(call, "EventDestinationName") or text(raw.get("Name")) or resource.logical_id
    spelled = {_EVENT_PARTS.get(key, key): value for key, value in raw.items()}
    properties = canonical("AWS::SES::ConfigurationSetEventDestination", {"EventDestination": spelled})
    yield sending.event_destination(resource, _named(call, "ConfigurationSetName"), name, properties)


_EVENT_PARTS = {"SNSDestination": "SnsDestination"}


def _identity(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    name = records.canonical_name(_named(call, "EmailIdentity", "Domain", "EmailAddress"))
    properties = canonical("AWS::SES::EmailIdentity", call.parameters)
    value = sending.identity_value(properties, resolver.template.region)
    yield Fact(kind=Kind.IDENTITY, key=name, value=value, resource=resource)


def _configuration_set(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    name = _named(call, "ConfigurationSetName") or text(part(call.parameters, "ConfigurationSet").get("Name"))
    value = canonical("AWS::SES::ConfigurationSet", call.parameters)
    value.pop("ConfigurationSetName", None)
    value.pop("ConfigurationSet", None)
    yield Fact(kind=Kind.CONFIGURATION_SET, key=name, value=value, resource=resource)


def _receipt_rule(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    rule = part(call.parameters, "Rule")
    properties = canonical("AWS::SES::ReceiptRule", {"Rule": rule})
    set_name, name = _named(call, "RuleSetName"), text(rule.get("Name")) or resource.logical_id
    yield sending.receipt_rule(resource, set_name, name, properties)


def _receipt_filter(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    given = {"Filter": part(call.parameters, "Filter")}
    key = f"receipt filter {text(given['Filter'].get('Name')) or resource.logical_id}"
    value = canonical("AWS::SES::ReceiptFilter", given)
    like = replace(resource, type="AWS::SES::ReceiptFilter")
    yield Fact(kind=Kind.RESOURCE, key=key, value=value, resource=like)


def _rule_set(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    like = replace(resource, type="AWS::SES::ReceiptRuleSet")
    yield Fact(kind=Kind.RESOURCE, key=f"receipt rule set {_named(call, 'RuleSetName')}", value={}, resource=like)


def _active_rules(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    value = {"set": _named(call, "RuleSetName")}
    yield Fact(
        kind=Kind.ACTIVE_RULES, key=f"({resolver.template.region or 'of the region'})", value=value, resource=resource
    )


def _address(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    yield Fact(kind=Kind.ADDRESS, key=resource.logical_id, value={}, resource=resource)


def _association(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    value = {name: _named(call, name) for name in ("InstanceId", "NetworkInterfaceId", "PrivateIpAddress")}
    key = _named(call, "AllocationId", "PublicIp") or resource.logical_id
    yield Fact(kind=Kind.ASSOCIATION, key=key, value=value, resource=resource)


def _ptr(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    name = records.canonical_name(_named(call, "DomainName"))
    value = {"allocation": _named(call, "AllocationId"), "ptr": name, "address": "", "release": False}
    yield Fact(kind=Kind.PTR, key=name, value=value, resource=resource)


def _records(call: Call, resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    zone = {"HostedZoneId": call.parameters.get("HostedZoneId")}
    for change in items(part(call.parameters, "ChangeBatch").get("Changes")):
        given = part({"it": change}, "it")
        record = part(given, "ResourceRecordSet")
        values = [part({"it": one}, "it").get("Value") for one in items(record.get("ResourceRecords"))]
        fact = records.record(resource, {**zone, **record, "ResourceRecords": values}, resolver)
        if text(given.get("Action")).upper() == "DELETE":
            yield record_deletion(resource, fact.name, fact.rtype)
        else:
            yield fact


def record_deletion(resource: Resource, name: str, rtype: str) -> Fact:
    """A record that is deleted when the resource is made, or changed."""
    value = {"name": name, "type": rtype}
    return Fact(kind=Kind.RECORD_DELETION, key=f"{rtype} {name}", value=value, resource=resource)


def delete_existing(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What the CDK's ``deleteExisting`` deletes before a record is made (aws-cdk, `RecordSet`)."""
    properties = resolver.properties(resource)
    name = records.canonical_name(text(properties.get("RecordName")))
    yield record_deletion(resource, name, text(properties.get("RecordType")).upper())


def delegation(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The CDK's `CrossAccountZoneDelegationRecord`: an NS record in a zone of another account."""
    properties = resolver.properties(resource)
    raw = {
        "Name": properties.get("DelegatedZoneName"),
        "Type": "NS",
        "TTL": properties.get("TTL"),
        "HostedZoneId": properties.get("ParentZoneId"),
        "HostedZoneName": properties.get("ParentZoneName"),
        "ResourceRecords": properties.get("DelegatedZoneNameServers"),
    }
    kept = properties.get("RemovalPolicy") in ("retain", "Retain", "RETAIN")
    like = replace(resource, deletion_policy="Retain") if kept else resource
    yield records.record(like, {name: value for name, value in raw.items() if value is not None}, resolver)


def receipt_rules(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The rules of our own custom resource, as the SES API takes them."""
    properties = resolver.properties(resource)
    set_name = text(properties.get("RuleSetName"))
    for raw in items(properties.get("Rules")):
        rule = part({"it": raw}, "it")
        name = text(rule.get("Name")) or resource.logical_id
        yield sending.receipt_rule(resource, set_name, name, canonical("AWS::SES::ReceiptRule", {"Rule": rule}))


_TRANSLATED: Mapping[str, Callable[[Call, Resource, Resolver], Iterator[Fact]]] = {
    "createConfigurationSetEventDestination": _event_destination,
    "updateConfigurationSetEventDestination": _event_destination,
    "createConfigurationSet": _configuration_set,
    "createEmailIdentity": _identity,
    "verifyDomainIdentity": _identity,
    "verifyEmailIdentity": _identity,
    "createReceiptRule": _receipt_rule,
    "updateReceiptRule": _receipt_rule,
    "createReceiptFilter": _receipt_filter,
    "createReceiptRuleSet": _rule_set,
    "setActiveReceiptRuleSet": _active_rules,
    "changeResourceRecordSets": _records,
    "allocateAddress": _address,
    "associateAddress": _association,
    "modifyAddressAttribute": _ptr,
}
