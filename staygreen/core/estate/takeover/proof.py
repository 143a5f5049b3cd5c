"""Why one part of an estate can be taken over without a change, or cannot; and that nothing changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.tables.domain import Domain
from staygreen.core.config.written import written
from staygreen.core.estate.comparison.beside import Resource, State
from staygreen.core.estate.comparison.plan import Plan
from staygreen.core.estate.difference import identity_found, pool_found, set_found
from staygreen.core.estate.found import Estate, OwnedKind, RecordSet
from staygreen.core.estate.takeover.switch import part
from staygreen.core.naming import is_ours
from staygreen.core.records.name import is_within


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What stands beside what."""

    same: tuple[Resource, ...]
    """Declared exactly as it was found."""
    obstacles: tuple[str, ...]
    """Sentences; empty: it can be taken over."""


def proof(config: Config, path: Path, found: Plan) -> Proof:
    """Judge whether a part can be taken over.

    Args:
        config: The file with the part managed.
        path: Where the part stands.
        found: The comparison of this file with the estate.
    """
    own = part(config, path)
    keys = {own.name, getattr(own, "allocation_id", "")} - {""}
    resources = [each for each in found.resources if each.key in keys and _is_of(str(path[0]), each)]
    obstacles = [text for each in resources for text in _obstacles(each)]
    if not resources:
        obstacles.append(f"Nothing of {own.name} would be deployed: there is nothing to take over.")
    return Proof(same=tuple(resources), obstacles=tuple(dict.fromkeys(obstacles)))


_KINDS: Mapping[str, frozenset[OwnedKind]] = {
    "domain": frozenset({OwnedKind.IDENTITY, OwnedKind.RECORD}),
    "address": frozenset({OwnedKind.ADDRESS, OwnedKind.RECORD}),
    "pool": frozenset({OwnedKind.POOL}),
    "configuration_set": frozenset({OwnedKind.CONFIGURATION_SET}),
}


def _is_of(table: str, resource: Resource) -> bool:
    return resource.kind in _KINDS[table]


def _obstacles(each: Resource) -> Iterator[str]:
    what = f"{each.kind.value} {each.name}"
    if each.owner is not None:
        yield f"{what} belongs to {each.owner.tool} ({each.owner.place}): {each.owner.evidence}."
    if each.state is State.CREATE:
        yield f"{what} does not exist: a deployment would make it."
    if each.state is State.UNKNOWN:
        yield f"Whether {what} exists was not read."
    for unlike in each.differences:
        yield f"{what} would change: {unlike}."
    if each.kind is OwnedKind.RECORD and each.state is State.ADOPT and not each.must_retain:
        values = tuple(each.properties["ResourceRecords"])
        yield (
            f"{what} is not under verbatim: if the deployment failed, CloudFormation would delete it. Add "
            f"{{ name = {written(each.name.partition(' ')[0])}, type = {written(each.properties['Type'])}, "
            f'ttl = "{each.properties["TTL"]}s", values = {written(values)} }}'
        )


Snapshot = Mapping[str, Any]
"""What everything around a part is: by what a person calls it, as JSON."""


def snapshot(estate: Estate, config: Config, path: Path) -> Snapshot:
    """Return every record and setting that taking a part over could touch.

    Args:
        estate: What was found.
        config: The file.
        path: Where the part stands.
    """
    own = part(config, path)
    if isinstance(own, Domain):
        return {**dict(_records(estate, own.name)), **_settings(estate, own.name)}
    if path[0] == "address":
        found = estate.address(own.allocation_id)
        name = found.reverse_name if found else ""
        told = {f"reverse name of {own.allocation_id}": name} if found else {}
        return {**told, **(dict(_records(estate, name)) if name else {})}
    return _settings(estate, own.name)


def _records(estate: Estate, domain: str) -> Iterator[tuple[str, Any]]:
    for zone in estate.zones or ():
        for each in zone.records or ():
            if is_within(each.name, domain) and each.type != "SOA":
                yield f"{each.name} {each.type} in {zone.id}{_which(each)}", _told(each)


def _which(each: RecordSet) -> str:
    return f" ({each.routing}: {', '.join(each.values)})" if each.routing else ""


def _told(each: RecordSet) -> Any:
    return {
        "ttl": None if each.ttl is None else int(each.ttl.total_seconds()),
        "values": list(each.values),
        "alias": each.alias,
    }


def _settings(estate: Estate, name: str) -> Snapshot:
    told: dict[str, Any] = {}
    identity, found, pool = estate.identity(name), estate.configuration_set(name), estate.pool(name)
    if identity is not None:
        told[f"identity {name}"] = {**identity_found(identity), "DKIM tokens": ", ".join(identity.dkim_tokens)}
    if found is not None:
        own = (each for each in found.destinations if not is_ours(each.name))
        destinations = "; ".join(sorted(f"{each.name}: {', '.join(each.kinds)} to {each.to}" for each in own))
        told[f"configuration set {name}"] = {**set_found(found), "event destinations": destinations}
    if pool is not None:
        told[f"pool {name}"] = {**pool_found(pool), "addresses": ", ".join(sorted(pool.ips))}
    return told


def changes(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Give what is not as it was, a sentence each."""
    for what, old in before.items():
        if what not in after:
            yield f"{what} is gone; it was {old}."
        elif after[what] != old:
            yield f"{what} was {old} and is {after[what]}."
    for what, new in after.items():
        if what not in before:
            yield f"{what} is new: {new}."
