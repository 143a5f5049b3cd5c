"""What lists say of the addresses around ours: context for a conversation with the provider, never a listing.

Only lists of host scope are asked: what a list says of a whole network it says of ours too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network

from staygreen.core.blocklist.catalogue import Entry, Scope, Target
from staygreen.core.blocklist.dnsbl import Verdict
from staygreen.core.blocklist.sweep import Result, sweep
from staygreen.core.dns.message import StreamLookup
from staygreen.core.dns.route import Route

MOST_LISTS = 3
"""Lists that a summary names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What one list says of the neighbours of one address."""

    subject: str
    entry: Entry
    network: IPv4Network
    neighbours: int
    listed: int
    unknown: int
    """Neighbours that the list said nothing about."""

    @property
    def text(self) -> str:
        """In words."""
        said = f"{self.listed} of your {self.neighbours} neighbours in {self.network} are on {self.entry.name}"
        return f"{said}; of {self.unknown} it is not known" if self.unknown else said


def summary(said: Iterable[Around]) -> str:
    """What all lists together say of the neighbours of one address, the worst first; empty when none is listed."""
    of_all = tuple(said)
    listed = sorted((one for one in of_all if one.listed), key=lambda one: (-one.listed, one.entry.name))
    if not listed:
        return ""
    counts = [f"{one.listed} {'are' if one.listed > 1 else 'is'} on {one.entry.name}" for one in listed[:MOST_LISTS]]
    more = f" and some on {len(listed) - MOST_LISTS} more" if len(listed) > MOST_LISTS else ""
    silent = sum(one.unknown > 0 for one in of_all)
    gaps = f" {silent} of {len(of_all)} lists did not answer for every address." if silent else ""
    lead = f"Of your {listed[0].neighbours} neighbours in {listed[0].network} "
    return f"{lead}{', '.join(counts)}{more}. These are not your address.{gaps}"


def around(
    subjects: Iterable[str],
    prefix: int,
    entries: Sequence[Entry],
    lookup: StreamLookup,
    *,
    token: Callable[[], str],
    keys: Mapping[str, str],
    routes: Mapping[str, Route] | None = None,
) -> Iterator[Around]:
    """Ask lists of host scope about every address in the networks of the subjects.

    Args:
        subjects: IPv4 addresses; all else is passed over.
        prefix: Length of the networks' prefix, such as 24.
        entries: The lists; those of other scopes are not asked.
        lookup: Names in, answers out.
        token: As `sweep` takes it.
        keys: The keys by family.
        routes: The way to each list.
    """
    of_network: dict[IPv4Network, list[str]] = {}
    for subject in dict.fromkeys(subjects):
        network = network_of(subject, prefix)
        if network is not None:
            of_network.setdefault(network, []).append(subject)
    hosts = [entry for entry in entries if entry.scope is Scope.HOST and Target.IPV4 in entry.targets]
    for network, own in of_network.items():
        found = sweep(hosts, map(str, network), lookup, token=token, keys=keys, routes=routes)
        yield from _counted(network, own, found.results)


def network_of(subject: str, prefix: int) -> IPv4Network | None:
    """The network around an IPv4 address; None for what is none."""
    try:
        address = ip_address(subject)
    except ValueError:
        return None
    if not isinstance(address, IPv4Address):
        return None
    network = ip_network((address, prefix), strict=False)
    return network if isinstance(network, IPv4Network) else None


def _counted(network: IPv4Network, own: Sequence[str], results: Iterable[Result]) -> Iterator[Around]:
    listed: dict[str, set[str]] = {}
    unknown: dict[str, set[str]] = {}
    entries: dict[str, Entry] = {}
    for result in results:
        entries[result.entry.id] = result.entry
        if result.answer.is_about_subject:
            listed.setdefault(result.entry.id, set()).add(result.subject)
        elif result.answer.verdict is Verdict.UNKNOWN:
            unknown.setdefault(result.entry.id, set()).add(result.subject)
    for list_id, entry in entries.items():
        for subject in own:
            yield Around(
                subject=subject,
                entry=entry,
                network=network,
                neighbours=network.num_addresses - 1,
                listed=len(listed.get(list_id, set()) - {subject}),
                unknown=len(unknown.get(list_id, set()) - {subject}),
            )
