"""Subjects as people give them: addresses, domains and networks, in lines of a file or as words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from staygreen.core.blocklist import dnsbl

LARGEST_NETWORK = 65_536
"""Addresses of one network that are looked up; more is a mistake more often than a wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A line that names no subject."""

    line: int
    """From 1."""
    reason: str
    """Names what stands there."""


def expanded(text: str) -> Iterator[str]:
    """The subjects that one word stands for, in canonical form: all addresses of a network, else itself.

    Raises:
        ValueError: It is none, or the network is too large; the message names it, and the count.
    """
    if "/" not in text or "://" in text:
        yield dnsbl.canonical(text)
        return
    network = _network(text)
    if network.num_addresses > LARGEST_NETWORK:
        raise ValueError(
            f"{text} has {network.num_addresses:,} addresses, more than {LARGEST_NETWORK:,}: name smaller networks"
        )
    yield from map(str, network)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a network: {error}") from None


def read(lines: Iterable[str]) -> Iterator[str | Unreadable]:
    """The subjects of a file: one or more words a line; `#` begins a comment."""
    for number, line in enumerate(lines, 1):
        for word in line.partition("#")[0].replace(",", " ").split():
            try:
                yield from expanded(word)
            except ValueError as error:
                yield Unreadable(line=number, reason=str(error))
