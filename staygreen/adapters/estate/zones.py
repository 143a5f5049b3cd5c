"""Hosted zones of Route 53 with all their record sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from staygreen.core.dns.message import RecordType
from staygreen.core.estate.found import HostedZone, RecordSet
from staygreen.core.published.dns_cache import Answers

_ROUTING = {
    "Weight": "weighted",
    "Region": "by latency",
    "GeoLocation": "by place",
    "GeoProximityLocation": "by nearness",
    "Failover": "with failover",
    "MultiValueAnswer": "of several answers",
    "CidrRoutingConfig": "by network",
}
_ESCAPED = re.compile(r"\\([0-7]{3})")


def zones(route53: Any, answers: Answers, progress: Callable[[int], None]) -> Iterator[HostedZone]:
    """Give every hosted zone; `progress` is told how many record sets were read so far."""
    read = 0
    for page in route53.get_paginator("list_hosted_zones").paginate():
        for each in page["HostedZones"]:
            identifier, name = each["Id"].rpartition("/")[2], _plain(each["Name"])
            records = []
            for part in route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=identifier):
                records += [_record_set(found) for found in part["ResourceRecordSets"]]
                read += len(part["ResourceRecordSets"])
                progress(read)
            is_private = each.get("Config", {}).get("PrivateZone", False)
            servers = _servers(records, name)
            yield HostedZone(
                id=identifier,
                name=name,
                is_private=is_private,
                servers=servers,
                is_live=None if is_private else _is_live(name, servers, answers),
                records=tuple(records),
            )


def _servers(records: list[RecordSet], name: str) -> tuple[str, ...]:
    """The zone's own name servers, as Route 53 writes them into it."""
    found = next((each for each in records if (each.name, each.type) == (name, "NS")), None)
    return tuple(value.rstrip(".").lower() for value in found.values) if found else ()


def _is_live(name: str, servers: tuple[str, ...], answers: Answers) -> bool | None:
    reply = answers.ask(name, RecordType.NS)
    if not reply.is_answered:
        return None
    return bool({value.rstrip(".").lower() for value in reply.values} & set(servers))


def _record_set(found: Any) -> RecordSet:
    alias = found.get("AliasTarget", {}).get("DNSName", "").rstrip(".")
    routing = next((word for key, word in _ROUTING.items() if key in found), "") if "SetIdentifier" in found else ""
    return RecordSet(
        name=_plain(found["Name"]),
        type=found["Type"],
        ttl=None if "TTL" not in found else timedelta(seconds=found["TTL"]),
        values=tuple(each["Value"] for each in found.get("ResourceRecords", ())),
        routing=routing or ("routed" if "SetIdentifier" in found else ""),
        alias=alias or ("something" if "AliasTarget" in found else ""),
    )


def _plain(name: str) -> str:
    """A name as the core keeps it; Route 53 writes an asterisk and other odd characters in octal."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), name).rstrip(".").lower()
