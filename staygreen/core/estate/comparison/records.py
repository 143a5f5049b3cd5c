"""Record sets that a configuration declares beside those of the zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from staygreen.core.declared.record import Record
from staygreen.core.estate.comparison.beside import Resource, state_of
from staygreen.core.estate.difference import Difference
from staygreen.core.estate.found import Estate, OwnedKind, RecordSet


def record_resource(record: Record, live: Record, place: tuple[str, str], estate: Estate) -> Resource:
    """Return a record set.

    Args:
        record: As it is declared.
        live: The same with what is known of names that AWS chooses.
        place: Stack and logical id.
        estate: What was found.
    """
    stack, logical_id = place
    zone = next((each for each in estate.zones or () if record.zone and each.id == record.zone.id), None)
    sets = zone.sets(live.name, live.type.value) if zone else ()
    found = sets[0] if sets else None
    unlike = _unlike(live, found) if found else ()
    is_read = zone is not None and zone.records is not None
    return Resource(
        kind=OwnedKind.RECORD,
        name=f"{live.name if live.known else record.key} {live.type.value}",
        key=record.owner,
        stack=stack,
        logical_id=logical_id,
        properties=record_properties(record.zone.id if record.zone else "", live),
        found=_found_record(record, found) if found else None,
        state=state_of(estate, place, is_read=is_read, exists=found is not None, unlike=unlike),
        differences=unlike,
        owner=estate.owner(OwnedKind.RECORD, live.name, live.type.value),
        must_retain=bool(record.verbatim),
    )


def record_properties(zone: str, record: Record) -> Mapping[str, Any]:
    """Return an AWS::Route53::RecordSet; what is not known yet is asked of the identity beside it."""
    return {
        "HostedZoneId": zone,
        "Name": f"{record.name}.",
        "Type": record.type.value,
        "TTL": str(int(record.ttl.total_seconds())),
        "ResourceRecords": list(record.route53_values),
    }


def _found_record(record: Record, found: RecordSet) -> Mapping[str, Any]:
    return {
        "HostedZoneId": record.zone.id if record.zone else "",
        "Name": f"{found.name}.",
        "Type": found.type,
        "TTL": str(int(found.ttl.total_seconds())) if found.ttl is not None else "0",
        "ResourceRecords": list(found.values),
    }


def _unlike(declared: Record, found: RecordSet) -> tuple[Difference, ...]:
    if found.peculiarity:
        return (Difference("kind", found.peculiarity, "a record set of its own"),)
    values = Difference("values", ", ".join(found.values), ", ".join(declared.route53_values))
    ttl = Difference("time to live", _seconds(found), f"{declared.ttl.total_seconds():.0f} s")
    return tuple(
        each
        for each, is_other in (
            (values, found.values != declared.route53_values),
            (ttl, found.ttl != declared.ttl),
        )
        if is_other
    )


def _seconds(found: RecordSet) -> str:
    return "none" if found.ttl is None else f"{found.ttl.total_seconds():.0f} s"
