"""What a deployment of a file would do with an estate: create, adopt, change; and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from staygreen.core.config.config import Config
from staygreen.core.config.mode import ACTS
from staygreen.core.estate.comparison.beside import Resource, State
from staygreen.core.estate.comparison.resources import resources
from staygreen.core.estate.found import Estate, HostedZone, OwnedKind, RecordSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something of the estate that the deployment does not touch."""

    kind: OwnedKind
    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The comparison of a file with an estate."""

    resources: tuple[Resource, ...]
    """What the file declares."""
    added: tuple[str, ...]
    """What is made beside what is adopted: event destinations."""
    left: tuple[Left, ...]

    def of(self, *states: State) -> tuple[Resource, ...]:
        """The resources in some states."""
        return tuple(each for each in self.resources if each.state in states)

    @property
    def changes_nothing(self) -> bool:
        """Whether everything that exists stays as it is, and nothing of mail is made."""
        return not self.of(State.CREATE, State.CHANGE, State.UNKNOWN) and not self.added


def plan(config: Config, estate: Estate) -> Plan:
    """Compare a file with an estate."""
    declared = tuple(resources(config, estate))
    return Plan(
        resources=declared,
        added=tuple(_destinations(config, estate)),
        left=tuple(_left(config, estate, declared)),
    )


def _destinations(config: Config, estate: Estate) -> Iterator[str]:
    """Event destinations that managed sets get beside their own."""
    for each in config.configuration_sets:
        if not each.manage:
            continue
        found = estate.configuration_set(each.name)
        known = {destination.name for destination in found.destinations} if found else set()
        parts = ["events"]
        if config.monitors.volume.enabled or config.remediations.pause_sending.mode in ACTS:
            parts.append("volume")
        for part in parts:
            name = config.names.event_destination(part)
            if name not in known:
                yield f"event destination {name} of {each.name}"


def _left(config: Config, estate: Estate, declared: tuple[Resource, ...]) -> Iterator[Left]:
    taken = {(each.kind, each.key) for each in declared}
    watched = {each.name for each in config.domains if not each.manage}
    watched |= {each.allocation_id for each in config.addresses if not each.manage}
    watched |= {each.name for each in config.pools if not each.manage}
    watched |= {each.name for each in config.configuration_sets if not each.manage}
    things = [
        *((OwnedKind.IDENTITY, each.name.lower(), each.name) for each in estate.identities or ()),
        *((OwnedKind.ADDRESS, each.allocation_id, each.ip) for each in estate.addresses or ()),
        *((OwnedKind.POOL, each.name, each.name) for each in estate.pools or ()),
        *((OwnedKind.CONFIGURATION_SET, each.name, each.name) for each in estate.configuration_sets or ()),
    ]
    for kind, key, shown in things:
        if (kind, key) not in taken:
            owner = estate.owner(kind, key)
            beside = f"; {owner.tool} has it ({owner.place})" if owner else ""
            why = "watched: manage = false" if key in watched else "not in the file"
            yield Left(kind=kind, name=shown, why=f"{why}{beside}")
    written = {each.name for each in declared if each.kind is OwnedKind.RECORD}
    for zone in estate.zones or ():
        others = [each for each in zone.records or () if f"{each.name} {each.type}" not in written]
        count = sum(not _is_own(zone, each) for each in others)
        if count:
            yield Left(kind=OwnedKind.RECORD, name=zone.name, why=f"{count} record sets of the zone {zone.id}")


def _is_own(zone: HostedZone, record: RecordSet) -> bool:
    """Whether a record set is the zone's own."""
    return record.name == zone.name and record.type in ("NS", "SOA")
