"""Answers that are out of the common, by dnspython: text, aliases, several records, EDNS; and TCP.

dnspython takes a while to import, so it is not before the first such answer.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from staygreen.core.dns import wire
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply

if TYPE_CHECKING:
    import dns.message
    import dns.name
    import dns.rrset

    from staygreen.adapters.dns.in_flight import Flight
    from staygreen.adapters.dns.server import Server

_MAX_ALIASES = 16


@dataclass(frozen=True, slots=True)
class Truncated:
    """The answer did not fit into a datagram."""


class Unusual:
    """Decodes such answers, and asks again over TCP what did not fit.

    Args:
        timeout: Seconds that one exchange over TCP may take.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._finished: SimpleQueue[tuple[Flight, Reply]] = SimpleQueue()
        self._pending: dict[int, Flight] = {}
        self._awake, self._wake = socket.socketpair()
        self._awake.setblocking(False)
        self.fd = self._awake.fileno()
        """Readable when something is finished."""

    def decode(self, question: Question, message: bytes) -> Reply | Truncated:
        """Read a datagram that answers the question."""
        import dns.exception
        import dns.message

        if wire.is_truncated(message):
            return Truncated()
        try:
            return read(question, dns.message.from_wire(message, ignore_trailing=True))
        except (dns.exception.DNSException, ValueError, struct.error):
            return Reply(question=question, rcode=Rcode.MALFORMED)

    def ask_again(self, flight: Flight, server: Server) -> None:
        """Put the question over TCP; `finished` has the answer when `fd` is readable."""
        self._pending[id(flight)] = flight
        Thread(target=self._over_tcp, args=(flight, server), daemon=True, name="dns over tcp").start()

    def _over_tcp(self, flight: Flight, server: Server) -> None:
        self._finished.put((flight, over_tcp(flight.question, server, self._timeout)))
        try:
            self._wake.send(b"\x00")
        except OSError:
            # the pass is over: nobody waits for this answer
            return

    def pending(self) -> Iterator[Flight]:
        """Questions that are still being asked over TCP."""
        yield from self._pending.values()

    def finished(self) -> Iterator[tuple[Flight, Reply]]:
        """What came over TCP since the last call."""
        if not self._pending:
            return
        try:
            self._awake.recv(4096)
        except BlockingIOError:
            return
        while True:
            try:
                flight, reply = self._finished.get_nowait()
            except Empty:
                return
            if self._pending.pop(id(flight), None) is not None:
                yield flight, reply

    def close(self) -> None:
        """Forget what is still asked."""
        self._pending.clear()
        self._awake.close()
        self._wake.close()


def over_tcp(question: Question, server: Server, timeout: float) -> Reply:
    """Put one question over TCP."""
    import dns.exception
    import dns.message
    import dns.query

    query = dns.message.make_query(question.name + ".", question.rtype.value, use_edns=False)
    try:
        answer = dns.query.tcp(query, server.address, timeout=timeout, port=server.port)
    except (dns.exception.Timeout, OSError, EOFError):
        return Reply(question=question, rcode=Rcode.TIMEOUT)
    except (dns.exception.DNSException, ValueError, struct.error):
        return Reply(question=question, rcode=Rcode.MALFORMED)
    return read(question, answer)


def read(question: Question, answer: dns.message.Message) -> Reply:
    """A message as a reply: all records of the asked type at the end of the aliases, and the SOA's owner."""
    import dns.flags
    import dns.name
    import dns.rcode
    import dns.rdatatype

    rcode = {
        dns.rcode.NOERROR: Rcode.NOERROR,
        dns.rcode.NXDOMAIN: Rcode.NXDOMAIN,
        dns.rcode.SERVFAIL: Rcode.SERVFAIL,
        dns.rcode.REFUSED: Rcode.REFUSED,
    }.get(answer.rcode(), Rcode.OTHER)
    if answer.flags & dns.flags.TC:
        return Reply(question=question, rcode=Rcode.MALFORMED)
    asked = dns.name.from_text(question.name + ".")
    owner = _end_of_aliases(answer.answer, asked, question.rtype)
    if owner is None:
        return Reply(question=question, rcode=Rcode.MALFORMED)
    wanted = dns.rdatatype.from_text(question.rtype.value)
    found = [rrset for rrset in answer.answer if rrset.name == owner and rrset.rdtype == wanted]
    values = tuple(_text(record) for rrset in found for record in rrset)
    soa = next((rrset.name for rrset in answer.authority if rrset.rdtype == dns.rdatatype.SOA), None)
    return Reply(
        question=question,
        rcode=rcode,
        values=values,
        canonical="" if owner == asked else _plain(owner),
        soa_owner=None if soa is None else _plain(soa),
        ttl=min((rrset.ttl for rrset in found), default=None),
    )


def _end_of_aliases(rrsets: list[dns.rrset.RRset], asked: dns.name.Name, rtype: RecordType) -> dns.name.Name | None:
    """Where the CNAMEs lead; None when they never end."""
    import dns.rdatatype

    if rtype is RecordType.CNAME:
        return asked
    aliases = {rrset.name: rrset[0].target for rrset in rrsets if rrset.rdtype == dns.rdatatype.CNAME}
    owner = asked
    for _ in range(_MAX_ALIASES):
        if owner not in aliases:
            return owner
        owner = aliases[owner]
    return None


def _text(record: Any) -> str:
    """Record data as text; the strings of a TXT record joined (RFC 7208 §3.3), names without the trailing dot."""
    import dns.rdatatype

    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", errors="replace")
    if record.rdtype in (dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR):
        return _plain(record.target)
    return str(record.to_text())


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")
