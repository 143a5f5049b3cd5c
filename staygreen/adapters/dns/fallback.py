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
            return read(question, dns.message.from_wire(message, one_rr_per_rrset=True))
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
        answer = dns.query.tcp(query, server.address, timeout=timeout, port=server.port, one_rr_per_rrset=True)
    except (dns.exception.Timeout, OSError, EOFError):
        return Reply(question=question, rcode=Rcode.TIMEOUT)
    except (dns.exception.DNSException, ValueError, struct.error):
        return Reply(question=question, rcode=Rcode.MALFORMED)
    return read(question, answer)


def read(question: Question, answer: dns.message.Message) -> Reply:
    """A message as a reply: all records of the asked type at the end of the aliases, and the SOA's owner.

    MALFORMED where the sections contradict each other, break off, are about another name, or hold a record of another
    class: such a message is no answer, and above all no negative one.

    Args:
        question: What was asked.
        answer: A message that was read with each record in a set of its own.
    """
    import dns.flags
    import dns.name
    import dns.rdatatype

    asked = dns.name.from_text(question.name + ".")
    chain = _aliases(answer.answer, asked)
    if answer.flags & dns.flags.TC or chain is None or not _is_of_internet(answer):
        return Reply(question=question, rcode=Rcode.MALFORMED)
    owner = asked if question.rtype is RecordType.CNAME else chain[-1]
    wanted = dns.rdatatype.from_text(question.rtype.value)
    found = [rrset for rrset in answer.answer if rrset.name == owner and _is(rrset, wanted)]
    rcode = _rcode(answer)
    if (found and rcode is Rcode.NXDOMAIN) or not (found or _is_negative(answer, chain, rcode)):
        return Reply(question=question, rcode=Rcode.MALFORMED)
    soa = next((rrset.name for rrset in answer.authority if _is(rrset, dns.rdatatype.SOA)), None)
    return Reply(
        question=question,
        rcode=rcode,
        values=tuple(dict.fromkeys(_text(rrset[0]) for rrset in found)),
        canonical="" if owner == asked else _plain(owner),
        soa_owner=None if soa is None else _plain(soa),
        ttl=min((rrset.ttl for rrset in found), default=None),
    )


def _rcode(answer: dns.message.Message) -> Rcode:
    import dns.rcode

    known = {
        dns.rcode.NOERROR: Rcode.NOERROR,
        dns.rcode.NXDOMAIN: Rcode.NXDOMAIN,
        dns.rcode.SERVFAIL: Rcode.SERVFAIL,
        dns.rcode.REFUSED: Rcode.REFUSED,
    }
    return known.get(answer.rcode(), Rcode.OTHER)


def _is(rrset: dns.rrset.RRset, rtype: int) -> bool:
    """Whether a record is of the type, and of the internet."""
    import dns.rdataclass

    return rrset.rdclass == dns.rdataclass.IN and rrset.rdtype == rtype


def _is_of_internet(answer: dns.message.Message) -> bool:
    """Whether every record is of the class that was asked; the pseudo-records of EDNS and TSIG stand apart."""
    import dns.rdataclass

    records = (*answer.answer, *answer.authority, *answer.additional)
    return all(rrset.rdclass == dns.rdataclass.IN for rrset in records)


def _is_negative(answer: dns.message.Message, chain: list[dns.name.Name], rcode: Rcode) -> bool:
    """Whether a message without the wanted records says that there are none.

    Its answer section has nothing but the aliases, and the DNAMEs that they come from (RFC 6672 §3). No other section
    has an address or an alias of a name that was to be answered: that is an answer in the wrong place. Name servers
    without an SOA are a referral (RFC 2308 §2.2). An alias without its target is half an answer, unless a zone's SOA
    ends it, or who answers has looked for the target.
    """
    import dns.flags
    import dns.rdatatype

    elsewhere = (rrset for rrset in (*answer.authority, *answer.additional) if rrset.name in chain)
    if not all(_is_alias(rrset, chain) for rrset in answer.answer) or any(
        _is(rrset, rtype) for rrset in elsewhere for rtype in (dns.rdatatype.A, dns.rdatatype.CNAME)
    ):
        return False
    if rcode is not Rcode.NOERROR or any(_is(rrset, dns.rdatatype.SOA) for rrset in answer.authority):
        return True
    if any(_is(rrset, dns.rdatatype.NS) for rrset in answer.authority):
        return False
    return len(chain) == 1 or bool(answer.flags & dns.flags.RA)


def _is_alias(rrset: dns.rrset.RRset, chain: list[dns.name.Name]) -> bool:
    import dns.rdatatype

    if _is(rrset, dns.rdatatype.CNAME):
        return rrset.name in chain
    return _is(rrset, dns.rdatatype.DNAME) and any(
        name != rrset.name and name.is_subdomain(rrset.name) for name in chain
    )


def _aliases(rrsets: list[dns.rrset.RRset], asked: dns.name.Name) -> list[dns.name.Name] | None:
    """The names that the CNAMEs lead along, the asked one first; None when they never end, or part."""
    import dns.rdatatype

    targets: dict[dns.name.Name, dns.name.Name] = {}
    for rrset in rrsets:
        if _is(rrset, dns.rdatatype.CNAME) and targets.setdefault(rrset.name, rrset[0].target) != rrset[0].target:
            return None
    chain = [asked]
    while chain[-1] in targets:
        if len(chain) > _MAX_ALIASES:
            return None
        chain.append(targets[chain[-1]])
    return chain


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
