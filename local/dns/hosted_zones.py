"""The emulator's Route 53 hosted zones, served as public DNS; and reverse DNS of its Elastic IPs.

Runs inside the emulator's process and reads its state as it is at the moment of the question. Answers as RFC 1034
section 4.3.2 says: CNAMEs are followed inside our zones, wildcards expanded, an empty non-terminal exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import dns.exception
import dns.name
import dns.rcode
import dns.rdatatype
import dns.reversename
import dns.rrset

from local.dns.answer import Message, add, longest, negative, reply
from local.dns.answer import record_set as make_record_set

RecordSet = dict[str, Any]
_REVERSE = (dns.name.from_text("in-addr.arpa."), dns.name.from_text("ip6.arpa."))
_LONGEST_CHAIN = 8


class HostedZones:
    """Answers from record sets as the emulator stores them.

    Args:
        zones: gives name and record sets of every hosted zone.
        follow: answers for names outside (targets of CNAMEs), or None.
    """

    def __init__(
        self,
        zones: Callable[[], Iterable[tuple[str, list[RecordSet]]]],
        follow: Callable[[dns.name.Name, str], list[dns.rrset.RRset]],
    ) -> None:
        self._zones = zones
        self._follow = follow

    def zone_of(self, name: dns.name.Name) -> dns.name.Name | None:
        return longest(name, (dns.name.from_text(zone) for zone, _ in self._zones()))

    def respond(self, query: Message, *, over_tcp: bool) -> Message | None:
        question = query.question[0]
        zone = self.zone_of(question.name)
        if zone is None:
            return reply(query, dns.rcode.REFUSED)
        wanted = dns.rdatatype.to_text(question.rdtype)
        found = self._chain(question.name, wanted)
        if not found:
            exists = any(_name(each).is_subdomain(question.name) for each in self._records(zone))
            return negative(query, zone, dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN)
        made = reply(query)
        made.answer.extend(found)
        return made

    def _records(self, zone: dns.name.Name) -> list[RecordSet]:
        return [each for name, records in self._zones() if dns.name.from_text(name) == zone for each in records]

    def _chain(self, name: dns.name.Name, wanted: str) -> list[dns.rrset.RRset]:
        found: list[dns.rrset.RRset] = []
        for _ in range(_LONGEST_CHAIN):
            zone = self.zone_of(name)
            if zone is None:
                return found + self._follow(name, wanted)
            matching = _matching(self._records(zone), name)
            direct = [each for each in matching if each["Type"] == wanted]
            if direct:
                return found + [_rrset(name, each) for each in direct]
            aliases = [each for each in matching if each["Type"] == "CNAME"]
            if not aliases:
                return found
            found.append(_rrset(name, aliases[0]))
            name = found[-1][0].target
        return found


def _name(record_set: RecordSet) -> dns.name.Name:
    # Route 53 writes the asterisk of a wildcard as an escape
    return dns.name.from_text(str(record_set["Name"]).replace("\\052", "*"))


def _matching(records: list[RecordSet], name: dns.name.Name) -> list[RecordSet]:
    exact = [each for each in records if _name(each) == name]
    if exact:
        return exact
    wildcard = dns.name.Name(["*", *name.parent().labels])
    return [each for each in records if _name(each) == wildcard]


def _rrset(owner: dns.name.Name, record_set: RecordSet) -> dns.rrset.RRset:
    values = [each["Value"] if isinstance(each, dict) else each for each in record_set.get("ResourceRecords") or []]
    ttl = int(record_set.get("TTL") or 60)
    return make_record_set(owner, record_set["Type"], (str(value) for value in values), ttl)


class ReverseZones:
    """Answers PTR questions for addresses.

    Args:
        pointer: gives the name that an address has, or None.
    """

    def __init__(self, pointer: Callable[[str], str | None]) -> None:
        self._pointer = pointer

    def zone_of(self, name: dns.name.Name) -> dns.name.Name | None:
        return longest(name, _REVERSE)

    def respond(self, query: Message, *, over_tcp: bool) -> Message | None:
        question = query.question[0]
        zone = self.zone_of(question.name) or dns.name.root
        try:
            target = self._pointer(dns.reversename.to_address(question.name))
        except dns.exception.SyntaxError:
            return negative(query, zone, dns.rcode.NOERROR)
        if target is None:
            return negative(query, zone, dns.rcode.NXDOMAIN)
        if question.rdtype != dns.rdatatype.PTR:
            return negative(query, zone, dns.rcode.NOERROR)
        made = reply(query)
        add(made, question.name, "PTR", target)
        return made
