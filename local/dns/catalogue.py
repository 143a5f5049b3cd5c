"""Zones for every list of the catalogue, with the test points that it documents: what a healthy internet answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from local.dns.blocklists import Zone
from staygreen.core.blocklist.catalogue import Catalogue, Control, Entry, Means

_NO_KEYS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    name: str
    code: str

    @property
    def is_address(self) -> bool:
        try:
            ip_address(self.name)
        except ValueError:
            return False
        return True


def zones_from(catalogue: Catalogue, keys: Mapping[str, str] = _NO_KEYS) -> list[Zone]:
    """The zones that questions go to.

    Args:
        catalogue: its lists.
        keys: the key of each key family. A list whose key is not here has no zone: nobody asks it.
    """
    zones: dict[str, Zone] = {}
    for entry in catalogue.entries:
        if not entry.needs_key or entry.key_family in keys:
            zone = _zone(entry, entry.asked_zone(keys.get(entry.key_family, "")))
            zones[zone.name] = _joined(zones[zone.name], zone) if zone.name in zones else zone
    return list(zones.values())


def _zone(entry: Entry, name: str) -> Zone:
    points = [_Point(name=control.name.lower(), code=_code(entry, control)) for control in entry.positive]
    return Zone(
        name=name,
        addresses=tuple((point.name, point.code) for point in points if point.is_address),
        names=tuple((point.name, point.code) for point in points if not point.is_address),
    )


def _joined(one: Zone, other: Zone) -> Zone:
    return Zone(
        name=one.name,
        addresses=_unique([*one.addresses, *other.addresses]),
        names=_unique([*one.names, *other.names]),
    )


def _unique(points: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(points))


def _code(entry: Entry, control: Control) -> str:
    """The code that the control documents, else the list's first listing or info code."""
    meant = [code.match for code in entry.codes if code.means in (Means.LISTING, Means.INFO)]
    samples = [pattern.sample() for pattern in (*control.expect, *meant)]
    return next((str(sample) for sample in samples if sample is not None), "127.0.0.2")
