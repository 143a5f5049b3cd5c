"""DNS over UDP, and over TCP where an answer does not fit: names in, replies out.

Amazon's resolver drops what exceeds 1,024 packets a second on an interface without an answer
(docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html#vpc-dns-limits, 2026-11-23), so
questions are paced below that. What comes back may be anything: garbage is a reply of its own kind.
"""

from __future__ import annotations

import os
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset

from lambdas.adapters import clock
from lambdas.core.sources import Question, Rcode, RecordType, Reply

QUESTIONS_PER_SECOND = 900
PORT = 53
_MAX_ALIASES = 16


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask."""

    address: str
    port: int = PORT

    @classmethod
    def parse(cls, text: str) -> Server:
        """Read `ADDR`, `ADDR:PORT` or `[ADDR]:PORT`.

        Raises:
            ValueError: It is none of these.
        """
        address, port = text, str(PORT)
        if text.startswith("["):
            address, closed, rest = text[1:].partition("]")
            port = rest.removeprefix(":") or port
            address = address if closed else text
        elif text.count(":") == 1:
            address, _, port = text.partition(":")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"{text!r}: {port!r} is not a port")
        try:
            return cls(str(ip_address(address)), int(port))
        except ValueError:
            raise ValueError(f"{text!r} is not ADDR or ADDR:PORT") from None


def servers(named: str = "") -> tuple[Server, ...]:
    """The local cloud's resolver where there is one, else the named one, else the system's.

    Raises:
        ValueError: `named` is not an address.
    """
    local = os.environ.get("STAYGREEN_RESOLVER", "")
    if local and clock.is_local_cloud():
        return (Server.parse(local),)
    if named:
        return (Server.parse(named),)
    try:
        return tuple(Server(address) for address in dns.resolver.Resolver().nameservers if isinstance(address, str))
    except dns.resolver.NoResolverConfiguration:
        return ()


@dataclass
class Pace:
    """Lets at most so many through in a second; short bursts of a tenth of that."""

    per_second: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = 0.0
    _lock: Any = field(default_factory=threading.Lock)

    def wait(self) -> None:
        """Return when the next one may go."""
        with self._lock:
            now = self.now()
            slot = max(self._next, now - 0.1)
            self._next = slot + 1 / self.per_second
        if slot > now:
            self.sleep(slot - now)


@dataclass(kw_only=True)
class DnsLookup:
    """Asks the servers in turn, many questions at a time.

    Attributes:
        servers: Where to ask; a repetition goes to the next one. Empty: every reply is a time-out.
        timeout: How long one question to one server may take.
        tries: How often a question is put that got no reply.
        in_flight: How many questions are on their way at once.
    """

    servers: tuple[Server, ...]
    timeout: timedelta = timedelta(seconds=3)
    tries: int = 2
    in_flight: int = 48
    pace: Pace = field(default_factory=lambda: Pace(QUESTIONS_PER_SECOND))

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]:
        """One reply for each question, as they come; questions are drawn as room allows."""
        with ThreadPoolExecutor(max_workers=self.in_flight) as pool:
            pending: set[Future[Reply]] = set()
            for question in questions:
                pending.add(pool.submit(self.ask, question))
                if len(pending) >= self.in_flight * 2:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)

    def ask(self, question: Question) -> Reply:
        """Put one question until a server replies."""
        started = time.monotonic()
        reply = Reply(question=question, rcode=Rcode.TIMEOUT)
        for attempt in range(self.tries if self.servers else 0):
            self.pace.wait()
            reply = self._once(question, self.servers[attempt % len(self.servers)])
            if reply.rcode is not Rcode.TIMEOUT:
                break
        elapsed = timedelta(seconds=time.monotonic() - started)
        return Reply(
            question=question,
            rcode=reply.rcode,
            values=reply.values,
            canonical=reply.canonical,
            soa_owner=reply.soa_owner,
            elapsed=elapsed,
        )

    def _once(self, question: Question, server: Server) -> Reply:
        try:
            query = dns.message.make_query(question.name + ".", question.rtype.value, use_edns=False)
        except dns.exception.DNSException:
            return Reply(question=question, rcode=Rcode.MALFORMED)
        timeout = self.timeout.total_seconds()
        try:
            # Wrong ids, questions and senders are ignored until the time is over: anybody may have sent them.
            answer = dns.query.udp(
                query, server.address, timeout=timeout, port=server.port, ignore_unexpected=True, ignore_errors=True
            )
            if answer.flags & dns.flags.TC:
                answer = dns.query.tcp(query, server.address, timeout=timeout, port=server.port)
        except (dns.exception.Timeout, OSError, EOFError):
            return Reply(question=question, rcode=Rcode.TIMEOUT)
        except (dns.exception.DNSException, ValueError, struct.error):
            return Reply(question=question, rcode=Rcode.MALFORMED)
        return read(question, answer)


def read(question: Question, answer: dns.message.Message) -> Reply:
    """A message as a reply: all records of the asked type at the end of the aliases, and the SOA's owner."""
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
    values = tuple(
        _text(record) for rrset in answer.answer if rrset.name == owner and rrset.rdtype == wanted for record in rrset
    )
    soa = next((rrset.name for rrset in answer.authority if rrset.rdtype == dns.rdatatype.SOA), None)
    return Reply(
        question=question,
        rcode=rcode,
        values=values,
        canonical="" if owner == asked else _plain(owner),
        soa_owner=None if soa is None else _plain(soa),
    )


def _end_of_aliases(rrsets: list[dns.rrset.RRset], asked: dns.name.Name, rtype: RecordType) -> dns.name.Name | None:
    """Where the CNAMEs lead; None when they never end."""
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
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", errors="replace")
    if record.rdtype in (dns.rdatatype.CNAME, dns.rdatatype.NS, dns.rdatatype.PTR):
        return _plain(record.target)
    return str(record.to_text())


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")
