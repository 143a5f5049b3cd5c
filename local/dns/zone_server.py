"""Answers for blocklist zones from their files, in this process: what rbldnsd answers from the same files.

An address is asked in reversed octets or nibbles (RFC 5782 sections 2.1 and 2.4), a name as it is (section 2.2).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import dns.name
import dns.rcode
import dns.rdatatype

from local.dns.answer import Message, add, negative, reply
from local.dns.blocklists import Blocklists, Entry


class ZoneServer:
    """Answers from the files, which it reads again when they change."""

    def __init__(self, blocklists: Blocklists) -> None:
        self._blocklists = blocklists
        self._cache: dict[str, tuple[tuple[int, ...], dict[str, list[Entry]]]] = {}

    def respond(self, query: Message, zone: dns.name.Name) -> Message:
        """The answer to a question inside the zone."""
        question = query.question[0]
        if question.name == zone:
            return negative(query, zone, dns.rcode.NOERROR)
        entries = self._find(zone.to_text(omit_final_dot=True), question.name.relativize(zone).to_text().lower())
        if not entries:
            return negative(query, zone, dns.rcode.NXDOMAIN)
        made = reply(query)
        if question.rdtype == dns.rdatatype.A:
            add(made, question.name, "A", *dict.fromkeys(entry.code for entry in entries))
        elif question.rdtype == dns.rdatatype.TXT:
            add(made, question.name, "TXT", *dict.fromkeys(f'"{entry.text}"' for entry in entries))
        else:
            return negative(query, zone, dns.rcode.NOERROR)
        return made

    def _find(self, zone: str, asked: str) -> list[Entry]:
        entries = self._read(zone)
        address = address_of(asked)
        if address is None:
            return [entry for entry in entries["names"] if _name_matches(entry.subject, asked)]
        kind = "ip4" if isinstance(address, IPv4Address) else "ip6"
        matching = [(ip_network(entry.subject), entry) for entry in entries[kind]]
        matching = [(network, entry) for network, entry in matching if address in network]
        # the most specific entries answer, as in rbldnsd
        narrowest = max((network.prefixlen for network, _ in matching), default=0)
        return [entry for network, entry in matching if network.prefixlen == narrowest]

    def _read(self, zone: str) -> dict[str, list[Entry]]:
        version = self._blocklists.version(zone)
        cached = self._cache.get(zone)
        if cached is None or cached[0] != version:
            cached = version, {kind: self._blocklists.entries(zone, kind) for kind in ("ip4", "ip6", "names")}
            self._cache[zone] = cached
        return cached[1]


def address_of(asked: str) -> IPv4Address | IPv6Address | None:
    """The address that reversed octets or nibbles ask for; None when it is a name."""
    labels = asked.split(".")[::-1]
    try:
        if len(labels) == 4:
            return IPv4Address(".".join(labels))
        if len(labels) == 32 and all(len(label) == 1 for label in labels):
            return IPv6Address(int("".join(labels), 16))
    except ValueError:
        return None
    return None


def _name_matches(subject: str, asked: str) -> bool:
    return asked == subject.removeprefix(".") or (subject.startswith(".") and asked.endswith(subject))
