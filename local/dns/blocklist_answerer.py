"""Answers for the blocklists: misbehaving ones as they misbehave, the others from rbldnsd or the in-process server."""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype

from local.dns.answer import Message, add, longest, negative, reply
from local.dns.blocklists import Blocklists, Fault, Misbehaviour
from local.dns.zone_server import ZoneServer

_RCODES = {Misbehaviour.REFUSED: dns.rcode.REFUSED, Misbehaviour.SERVFAIL: dns.rcode.SERVFAIL}


class BlocklistAnswerer:
    """Answers for all blocklist zones of a directory.

    Args:
        blocklists: the zones.
        rbldnsd_port: where on 127.0.0.1 a real rbldnsd serves them; None: answer in this process.
    """

    def __init__(self, blocklists: Blocklists, rbldnsd_port: int | None = None) -> None:
        self._blocklists = blocklists
        self._port = rbldnsd_port
        self._zones = {dns.name.from_text(zone): zone for zone in blocklists.zones()}
        self._own = ZoneServer(blocklists)

    def zone_of(self, name: dns.name.Name) -> dns.name.Name | None:
        found = longest(name, self._zones)
        return found or longest(name, self._zones_now())

    def _zones_now(self) -> dict[dns.name.Name, str]:
        if self._port is None:
            self._zones = {dns.name.from_text(zone): zone for zone in self._blocklists.zones()}
        return self._zones

    def respond(self, query: Message, *, over_tcp: bool) -> Message | None:
        zone = self.zone_of(query.question[0].name)
        if zone is None:
            return reply(query, dns.rcode.REFUSED)
        fault = self._blocklists.faults().get(self._zones[zone])
        if fault is None or (fault.kind is Misbehaviour.TRUNCATION and over_tcp):
            return self._honest(query, zone)
        if fault.kind is Misbehaviour.SILENCE:
            self._blocklists.ignore(self._zones[zone])
            return None
        return _faulty(query, zone, fault)

    def _honest(self, query: Message, zone: dns.name.Name) -> Message:
        if self._port is None:
            return self._own.respond(query, zone)
        try:
            answer: Message = dns.query.udp(query, "127.0.0.1", timeout=20, port=self._port)
        except dns.exception.Timeout:
            return reply(query, dns.rcode.SERVFAIL)
        answer.flags |= dns.flags.RA
        return answer


def _faulty(query: Message, zone: dns.name.Name, fault: Fault) -> Message | None:
    if fault.kind in _RCODES:
        return reply(query, _RCODES[fault.kind], authoritative=False)
    if fault.kind is Misbehaviour.TRUNCATION:
        made = reply(query)
        made.flags |= dns.flags.TC
        return made
    question = query.question[0]
    if question.rdtype != dns.rdatatype.A:
        return negative(query, zone, dns.rcode.NOERROR)
    made = reply(query)
    add(made, question.name, "A", fault.code)
    return made
