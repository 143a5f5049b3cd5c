"""Record sets as the templates of deployed stacks have them, with their references filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from staygreen.core.provisioning.elastic_ip_ptr import canonical
from staygreen.core.remediations.account import DeployedRecord


def resolved(value: Any, known: Mapping[str, str]) -> Any:
    """The value with its references filled in from the stack's outputs; None where one is not known."""
    if isinstance(value, Mapping):
        return _reference(value, known)
    if isinstance(value, list):
        parts = [resolved(each, known) for each in value]
        return None if None in parts else parts
    return value


def _reference(value: Mapping[str, Any], known: Mapping[str, str]) -> Any:
    told = known.get(json.dumps(value, sort_keys=True))
    if told is not None:
        return told
    if set(value) == {"Fn::Join"}:
        between, parts = value["Fn::Join"]
        found = resolved(parts, known)
        return None if found is None else between.join(found)
    if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
        return None
    found = {key: resolved(each, known) for key, each in value.items()}
    return None if None in found.values() else found


def record_of(properties: Mapping[str, Any], stack: str) -> DeployedRecord:
    """A record set as the template has it."""
    return DeployedRecord(
        zone_id=properties["HostedZoneId"],
        name=canonical(properties["Name"]),
        type=properties["Type"],
        value=record_value(int(properties["TTL"]), properties["ResourceRecords"]),
        stack=stack,
    )


def record_value(ttl: int, values: Sequence[str]) -> str:
    """A record set's value as remediations compare it."""
    return json.dumps({"ttl": ttl, "values": sorted(values)}, sort_keys=True)
