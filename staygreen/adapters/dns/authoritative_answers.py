"""What the authoritative servers of a name say, each for itself and past every cache."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.adapters.dns.authorities import Authorities
from staygreen.adapters.dns.resolver import DnsLookup, Server, local_server, servers
from staygreen.core.dns.authoritative import ServerAnswer
from staygreen.core.dns.message import Question, RecordType


def a_record(name: str) -> tuple[ServerAnswer, ...]:
    """Return each authoritative server's answer about the A record; none when no server was found."""
    return address_records(name, RecordType.A)


def address_records(name: str, rtype: RecordType) -> tuple[ServerAnswer, ...]:
    """Return each authoritative server's answer about the A or AAAA records; none when no server was found."""
    lookup = DnsLookup(servers=servers())
    question = Question(name, rtype)
    return tuple(
        ServerAnswer(server=label, rcode=reply.rcode, addresses=reply.values)
        for label, server in _authorities(lookup, name)
        for reply in (DnsLookup(servers=(server,)).ask(question),)
    )


def _authorities(lookup: DnsLookup, name: str) -> Iterator[tuple[str, Server]]:
    local = local_server()
    for host, addresses in Authorities(lookup).hosts(name).items():
        if local is not None:
            # the local cloud's DNS is every server, on a port that an A record cannot tell
            yield host, local
            continue
        for address in addresses:
            yield f"{host} ({address})", Server(address)
