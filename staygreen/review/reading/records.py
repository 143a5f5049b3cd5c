"""DNS records, in one form whatever their quoting, chunking, order and dots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.review.facts import Fact, Kind
from staygreen.review.resolve import Resolver, is_known, text
from staygreen.review.template import Resource


def canonical_name(name: str) -> str:
    """A DNS name in lower case, without the trailing dot and Route 53's octal asterisk."""
    lowered = name if not is_known(name) else name.lower()
    return lowered.replace("\\052", "*").removesuffix(".")


def txt_text(value: str) -> str:
    """One TXT value with its character-strings joined (RFC 1035 §3.3.14, RFC 7208 §3.3)."""
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    joined = "".join(strings) if strings else value
    return re.sub(r"\\(\d{3}|.)", lambda found: chr(int(found[1], 8)) if found[1].isdigit() else found[1], joined)


def _record(resource: Resource, raw: Mapping[str, Any], resolver: Resolver) -> Fact:
    properties = resolver.members(raw)
    rtype = text(properties.get("Type")).upper()
    name = canonical_name(text(properties.get("Name")))
    zone = canonical_name(text(properties.get("HostedZoneName"))) or text(properties.get("HostedZoneId"))
    values = properties.get("ResourceRecords") or []
    values = [text(value) for value in values] if isinstance(values, list) else [text(values)]
    set_id = text(properties.get("SetIdentifier"))
    alias = properties.get("AliasTarget")
    key = f"{rtype} {name}" + (f" ({set_id})" if set_id else "")
    value = {
        "name": name,
        "type": rtype,
        "zone": zone,
        "ttl": text(properties.get("TTL")),
        "values": sorted(_record_value(rtype, one) for one in values),
    }
    if isinstance(alias, Mapping):
        value["alias"] = canonical_name(text(alias.get("DNSName")))
    return Fact(kind=Kind.RECORD, key=key, value=value, resource=resource)


def _record_value(rtype: str, value: str) -> str:
    if rtype == "TXT":
        return txt_text(value)
    if rtype in ("CNAME", "MX", "NS", "PTR"):
        target = " ".join(canonical_name(value).split())
        return f"{target} ." if value.split()[1:] == ["."] else target
    return value


def zone(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """A hosted zone, by its name; what it holds are the records."""
    name = canonical_name(resolver.string(resource.properties.get("Name")))
    yield Fact(kind=Kind.ZONE, key=name, value={"private": bool(resource.properties.get("VPCs"))}, resource=resource)


def record_set(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The record of a record set."""
    yield _record(resource, resource.properties, resolver)


def record_group(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """The records of a group."""
    sets = resource.properties.get("RecordSets")
    zone = {key: resource.properties[key] for key in ("HostedZoneId", "HostedZoneName") if key in resource.properties}
    for raw in sets if isinstance(sets, list) else []:
        if isinstance(raw, Mapping):
            yield _record(resource, {**zone, **raw}, resolver)
