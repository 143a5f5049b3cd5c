"""DNS records, in one form whatever their quoting, chunking, order and dots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.meanings import canonical
from staygreen.core.mail_facts.reading.properties import items
from staygreen.core.mail_facts.resolve import Resolver, is_known, text
from staygreen.core.mail_facts.template import Resource, Unread

_MARKER = re.compile("(⟨[^⟨⟩]*⟩)")
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def canonical_name(name: str) -> str:
    """A DNS name in lower case, without Route 53's octal escapes and the trailing dot; markers stay as they are."""
    parts = _MARKER.split(name) if "⟨" in name else [name]
    lowered = "".join(part if part.startswith("⟨") else part.lower() for part in parts)
    return _OCTAL.sub(_character, lowered).removesuffix(".").strip()


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 8))


def txt_text(value: str) -> str:
    """One TXT value with its character-strings joined (RFC 1035 §3.3.14, RFC 7208 §3.3)."""
    return "".join(txt_strings(value))


def txt_strings(value: str) -> list[str]:
    """The character-strings of one TXT value, without quotes and escapes."""
    return [_unescaped(one) for one in _QUOTED.findall(value) or [value]]


def _unescaped(string: str) -> str:
    return re.sub(r"\\(.)", r"\1", _OCTAL.sub(_character, string)) if "\\" in string else string


LONGEST_STRING = 255
"""Octets of a character-string (RFC 1035 §3.3); Route 53 refuses a longer one."""


def _longest_string(values: list[Any]) -> int:
    """How long the longest string of a TXT record is, as far as its values are known."""
    known = [text(one) for one in values if is_known(one)]
    return max((len(one.encode("latin-1", "replace")) for value in known for one in txt_strings(value)), default=0)


_ROUTING = (
    "Weight",
    "Failover",
    "Region",
    "GeoLocation",
    "GeoProximityLocation",
    "CidrRoutingConfig",
    "MultiValueAnswer",
    "HealthCheckId",
)
"""What decides which of several records of one name is the answer."""


def record(resource: Resource, raw: Mapping[str, Any], resolver: Resolver) -> Fact:
    """A record from the properties of a record set."""
    resolved = resolver.value(raw)
    properties = canonical("AWS::Route53::RecordSet", resolved if isinstance(resolved, Mapping) else {})
    rtype = text(properties.get("Type")).upper()
    name = canonical_name(text(properties.get("Name")))
    zone = canonical_name(text(properties.get("HostedZoneName"))) or text(properties.get("HostedZoneId"))
    set_id = text(properties.get("SetIdentifier"))
    alias = properties.get("AliasTarget")
    key = f"{rtype} {name}" + (f" ({set_id})" if set_id else "")
    value: dict[str, Any] = {
        "name": name,
        "type": rtype,
        "zone": zone,
        "ttl": text(properties.get("TTL")),
        "values": sorted(_record_value(rtype, text(one)) for one in items(properties.get("ResourceRecords"))),
    }
    if rtype == "TXT" and (longest := _longest_string(items(properties.get("ResourceRecords")))) > LONGEST_STRING:
        value["longest_string"] = longest
    routing = {part: properties[part] for part in _ROUTING if part in properties}
    if isinstance(alias, Mapping):
        value["alias"] = canonical_name(text(alias.get("DNSName")))
        routing |= {"EvaluateTargetHealth": alias["EvaluateTargetHealth"]} if "EvaluateTargetHealth" in alias else {}
    if routing:
        value["routing"] = routing
    return Fact(kind=Kind.RECORD, key=key, value=value, resource=resource)


def _record_value(rtype: str, value: str) -> str:
    if rtype == "TXT":
        return txt_text(value)
    if rtype in ("CNAME", "MX", "NS", "PTR"):
        target = " ".join(canonical_name(value).split())
        return f"{target} ." if value.split()[1:] == ["."] else target
    return value.strip()


def zone(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """A hosted zone, by its name; what it holds are the records."""
    name = canonical_name(resolver.string(resource.properties.get("Name")))
    yield Fact(kind=Kind.ZONE, key=name, value={"private": bool(resource.properties.get("VPCs"))}, resource=resource)


def record_set(resource: Resource, resolver: Resolver) -> Iterator[Fact | Unread]:
    """The record of a record set."""
    yield _whole(record(resource, resource.properties, resolver), resource)


def _whole(fact: Fact, resource: Resource) -> Fact | Unread:
    """A record without a type is none: CloudFormation refuses the template."""
    if fact.rtype:
        return fact
    why = f"the record {fact.name or '(unnamed)'} has no Type, so CloudFormation refuses it"
    content = text(fact.value)
    return Unread(stack=resource.stack, part=resource.logical_id, why=why, content=content, type=resource.type)


def record_group(resource: Resource, resolver: Resolver) -> Iterator[Fact | Unread]:
    """The records of a group; one that is chosen at deployment leaves the group unread in part."""
    properties = resolver.properties(resource)
    zone: dict[str, Any] = {name: properties[name] for name in ("HostedZoneId", "HostedZoneName") if name in properties}
    for raw in items(properties.get("RecordSets")):
        if isinstance(raw, Mapping):
            yield _whole(record(resource, {**zone, **raw}, resolver), resource)
        else:
            yield Unread(
                stack=resource.stack,
                part=resource.logical_id,
                why=f"one of its records is known only at deployment: {text(raw)}",
                content=text(properties),
                type=resource.type,
            )
