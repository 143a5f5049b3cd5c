"""The name servers of zones, found over DNS and kept as long as their records allow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from staygreen.adapters.dns.server import Server
from staygreen.core.dns.message import Lookup, Question, RecordType, Reply

_UNKNOWN_TTL = 60.0
"""Seconds after which servers that were not found are looked for again."""


@dataclass(frozen=True, slots=True)
class _Found:
    hosts: Mapping[str, tuple[str, ...]]
    until: float


@dataclass
class Authorities:
    """Finds the servers of many zones at once.

    Attributes:
        lookup: DNS by way of a resolver.
        now: Seconds of a clock that never runs backwards.
    """

    lookup: Lookup
    now: Callable[[], float] = time.monotonic
    _kept: dict[str, _Found] = field(default_factory=dict)

    def of(self, zone: str) -> tuple[Server, ...]:
        """The servers of the closest zone at or above the name; none when unknown."""
        addresses = (address for found in self.hosts(zone).values() for address in found)
        return tuple(dict.fromkeys(map(Server, addresses)))

    def hosts(self, zone: str) -> Mapping[str, tuple[str, ...]]:
        """The same by name, each with its IPv4 addresses: functions have no IPv6."""
        self.find([zone])
        return self._kept[zone].hosts

    def is_known(self, zone: str) -> bool:
        """Whether what is kept is still valid."""
        return zone in self._kept and self.now() < self._kept[zone].until

    def find(self, zones: Iterable[str]) -> None:
        """Find, at once, those that are not known or too old."""
        wanted = [zone for zone in dict.fromkeys(zones) if not self.is_known(zone)]
        if not wanted:
            return
        parents = {name: None for zone in wanted for name in _upwards(zone)}
        named = self._ask(parents, RecordType.NS)
        hosts = {host: None for reply in named.values() for host in reply.values}
        addresses = self._ask(hosts, RecordType.A)
        for zone in wanted:
            delegation = next((named[name] for name in _upwards(zone) if named[name].values), None)
            self._kept[zone] = self._found(delegation, addresses)

    def _found(self, delegation: Reply | None, addresses: Mapping[str, Reply]) -> _Found:
        if delegation is None:
            return _Found({}, self.now() + _UNKNOWN_TTL)
        hosts = {host: addresses[host].values for host in sorted(delegation.values)}
        replies = (delegation, *(addresses[host] for host in hosts))
        ttls = [reply.ttl for reply in replies if reply.ttl is not None]
        return _Found(hosts, self.now() + (min(ttls) if ttls and any(hosts.values()) else _UNKNOWN_TTL))

    def _ask(self, names: Iterable[str], rtype: RecordType) -> dict[str, Reply]:
        questions = [Question(name, rtype) for name in names]
        return {reply.question.name: reply for reply in self.lookup(questions)}


def _upwards(zone: str) -> Iterator[str]:
    """The name and those above it, down to two labels: no list is a top-level domain."""
    labels = zone.split(".")
    for start in range(max(1, len(labels) - 1)):
        yield ".".join(labels[start:])
