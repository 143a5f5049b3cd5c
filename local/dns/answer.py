"""What an answerer of the local DNS is, and how answers are put together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

Message = dns.message.Message


class Answerer(Protocol):
    """Answers for some zones."""

    def zone_of(self, name: dns.name.Name) -> dns.name.Name | None:
        """The longest zone served here that the name is in."""
        ...

    def respond(self, query: Message, *, over_tcp: bool) -> Message | None:
        """The answer; None is silence."""
        ...


def longest(name: dns.name.Name, zones: Iterable[dns.name.Name]) -> dns.name.Name | None:
    """The longest of the zones that the name is in."""
    return max((zone for zone in zones if name.is_subdomain(zone)), key=len, default=None)


def reply(query: Message, rcode: dns.rcode.Rcode = dns.rcode.NOERROR, *, authoritative: bool = True) -> Message:
    """An empty answer to the query."""
    made: Message = dns.message.make_response(query)
    made.flags |= dns.flags.RA
    if authoritative:
        made.flags |= dns.flags.AA
    made.set_rcode(rcode)
    return made


def add(message: Message, owner: dns.name.Name, rtype: str, *values: str, ttl: int = 60) -> None:
    """Add records to the answer section."""
    message.answer.append(record_set(owner, rtype, values, ttl))


def record_set(owner: dns.name.Name, rtype: str, values: Iterable[str], ttl: int = 60) -> dns.rrset.RRset:
    """Records from their presentation form; names in them are absolute, with or without the dot, as in Route 53."""
    return dns.rrset.from_text_list(owner, ttl, "IN", rtype, list(values), origin=dns.name.root, relativize=False)


def negative(query: Message, zone: dns.name.Name, rcode: dns.rcode.Rcode) -> Message:
    """No such name, or no such data: with the zone's SOA in the authority section (RFC 2308 section 3)."""
    made = reply(query, rcode)
    soa = f"ns1.local.test. hostmaster.{zone.to_text()} 1 600 300 86400 60".replace("..", ".")
    made.authority.append(dns.rrset.from_text(zone, 60, "IN", "SOA", soa))
    return made
