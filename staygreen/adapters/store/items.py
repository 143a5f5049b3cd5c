"""The items of the incident table: their keys, their attributes, and how many bytes they have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from staygreen.core.alerts.alert import Alert, encoded
from staygreen.core.incidents.incident import Incident, Kind, Status, Transition
from staygreen.core.incidents.run import Bundle, Heartbeat, Unfinished
from staygreen.core.incidents.storage import (
    read_asides,
    read_coverage,
    write_asides,
    write_coverage,
    write_incident,
)
from staygreen.core.naming import UNFINISHED

KEPT = timedelta(days=400)
"""How long history and closed incidents are kept."""
OUTBOX = "outbox"
SEEN_IN_ONE = 25_000
"""Incidents, of 8 bytes each, whose sighting one item holds."""
MOST_PARTS = 8
"""Beyond 200,000 open incidents of one check, the last sighting of the others grows old."""
LARGEST_ACTIONS = 3_500_000
"""Bytes that one transaction writes; AWS takes 4 MB (developer guide, "Quotas", recalled, not verified)."""

Item = dict[str, Any]


def sortable(at: datetime) -> str:
    """Text that sorts as the times do: microseconds are always written."""
    return at.isoformat(timespec="microseconds")


def expiry(at: datetime) -> str:
    """When DynamoDB may forget what happened at a time."""
    return str(int((at + KEPT).timestamp()))


def partition(check: str, identifier: str) -> str:
    """Which of its check's 16 partitions an incident is in."""
    return f"check#{check}#{identifier[0]}"


def place(owner: str, number: int) -> tuple[str, str]:
    """Where the n-th line of a history is."""
    return f"history#{owner}", f"transition#{number:07d}"


def history_item(pk: str, sk: str, identifier: str, kind: str, at: datetime) -> Item:
    """One line of a history, which is kept for a year and a bit."""
    return {
        "pk": {"S": pk},
        "sk": {"S": sk},
        "id": {"S": identifier},
        "kind": {"S": kind},
        "at": {"S": sortable(at)},
        "by": {"S": ""},
        "expires_at": {"N": expiry(at)},
    }


def to_send(message: Alert, at: datetime, channels: Sequence[str]) -> Item:
    """What makes an item an announcement that every channel is owed."""
    return {
        "message": {"S": encoded(message)},
        "owed": {"SS": list(channels)},
        "outbox_pk": {"S": OUTBOX},
        "outbox_at": {"S": sortable(at)},
    }


def transition_item(transition: Transition) -> Item:
    """One step of an incident, without a message."""
    incident = transition.incident
    item = history_item(*place(incident.id, incident.sequence), transition.id, transition.kind.value, transition.at)
    item["by"] = {"S": transition.by}
    return item


def bundle_item(bundle: Bundle, message: Alert, channels: Sequence[str]) -> Item:
    """A grouped announcement, and whom it tells."""
    item = history_item(*place(bundle.id, 1), message["transition_id"], bundle.kind.value, bundle.at)
    item["members"] = {"S": "".join(member.id for member in bundle.members)}
    item.update(to_send(message, bundle.at, channels))
    return item


def members_of(item: Mapping[str, Any]) -> Iterable[str]:
    """Ids of the incidents that a grouped announcement tells: 16 characters each."""
    text = item["members"]["S"]
    return (text[n : n + 16] for n in range(0, len(text), 16))


def incident_item(incident: Incident) -> Item:
    """An incident as it stands."""
    item: Item = {
        "pk": {"S": partition(incident.finding.check, incident.id)},
        "sk": {"S": f"incident#{incident.id}"},
        "status": {"S": incident.status.value},
        "subject": {"S": incident.subject.key},
        "cause": {"S": incident.finding.cause},
        "severity": {"S": incident.severity.value},
        "version": {"N": str(incident.version)},
        "doc": {"S": write_incident(incident)},
    }
    if incident.status is Status.CLOSED and incident.closed_at is not None:
        item["expires_at"] = {"N": expiry(incident.closed_at)}
    return item


def heartbeat_items(heartbeat: Heartbeat) -> list[Item]:
    """The last run of a check; what it has seen beyond one item's room is in further ones."""
    seen = sorted(heartbeat.seen)
    parts = [seen[n : n + SEEN_IN_ONE] for n in range(0, min(len(seen), SEEN_IN_ONE * MOST_PARTS), SEEN_IN_ONE)]
    pk = {"pk": {"S": f"check#{heartbeat.check}"}}
    run = {"run_id": {"S": heartbeat.run_id}}
    first = {
        **pk,
        "sk": {"S": "heartbeat"},
        **run,
        "at": {"S": sortable(heartbeat.at)},
        "coverage": {"S": write_coverage(heartbeat.coverage)},
        "asides": {"S": write_asides(heartbeat.asides)},
        "seen": _packed(parts[0] if parts else []),
        "parts": {"N": str(max(len(parts), 1))},
    }
    return [
        first,
        *({**pk, "sk": {"S": part_key(n)}, **run, "seen": _packed(part)} for n, part in enumerate(parts[1:], 1)),
    ]


def part_key(number: int) -> str:
    """The sort key of a heartbeat's n-th part after the first."""
    return f"heartbeat#{number}"


def _packed(seen: Sequence[str]) -> Mapping[str, bytes]:
    return {"B": bytes.fromhex("".join(seen))}


def read_heartbeat(check: str, item: Mapping[str, Any], parts: Iterable[Mapping[str, Any]] = ()) -> Heartbeat:
    """The inverse of `heartbeat_items`; a part that another run wrote meanwhile is left out."""
    of_run = (part for part in parts if part["run_id"] == item["run_id"])
    packed = "".join(bytes(each["seen"]["B"]).hex() for each in (item, *of_run))
    return Heartbeat(
        check=check,
        run_id=item["run_id"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
        coverage=read_coverage(item["coverage"]["S"]),
        asides=read_asides(item["asides"]["S"] if "asides" in item else "[]"),
        seen=frozenset(packed[n : n + 16] for n in range(0, len(packed), 16)),
    )


def unfinished_item(check: str, noted: Unfinished) -> Item:
    """The note of a run that has begun to write."""
    return {
        **unfinished_key(check, noted),
        "run_id": {"S": noted.run_id},
        "attempt": {"S": noted.attempt},
        "at": {"S": sortable(noted.at)},
        "groups": {"S": json.dumps({group: kind.value for group, kind in noted.groups.items()})},
        "expires_at": {"N": expiry(noted.at)},
    }


def unfinished_key(check: str, noted: Unfinished) -> Item:
    """Where the note of a run is."""
    return {"pk": {"S": f"{UNFINISHED}{check}"}, "sk": {"S": f"{noted.run_id}#{noted.attempt}"}}


def read_unfinished(item: Mapping[str, Any]) -> Unfinished:
    """The inverse of `unfinished_item`."""
    return Unfinished(
        run_id=item["run_id"]["S"],
        attempt=item["attempt"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
        groups={group: Kind(kind) for group, kind in json.loads(item["groups"]["S"]).items()},
    )


def size_of(item: Mapping[str, Any]) -> int:
    """Bytes of an item, not less than AWS counts (developer guide, "DynamoDB item sizes and formats", recalled)."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    if kind == "SS":
        return sum(len(each.encode("utf-8", "replace")) + 1 for each in held)
    if kind == "S":
        return len(held.encode("utf-8", "replace"))
    return len(held) if kind in ("B", "N") else 1
