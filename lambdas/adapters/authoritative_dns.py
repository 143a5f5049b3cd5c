"""What the authoritative servers of a name say, each for itself and past every cache."""

from __future__ import annotations

import os
from collections.abc import Iterator

from lambdas.adapters import clock
from lambdas.adapters.resolver import DnsLookup, Server, servers
from lambdas.core.sources import Question, RecordType, ServerAnswer


def a_record(name: str) -> tuple[ServerAnswer, ...]:
    """Return each authoritative server's answer about the A record; none when no server was found."""
    return address_records(name, RecordType.A)


def address_records(name: str, rtype: RecordType) -> tuple[ServerAnswer, ...]:
    """Return each authoritative server's answer about the A or AAAA records; none when no server was found."""
    resolver = DnsLookup(servers=servers())
    question = Question(name, rtype)
    return tuple(
        ServerAnswer(server=label, rcode=reply.rcode, addresses=reply.values)
        for label, server in _authorities(resolver, name)
        for reply in (DnsLookup(servers=(server,)).ask(question),)
    )


def _authorities(resolver: DnsLookup, name: str) -> Iterator[tuple[str, Server]]:
    """The servers of the closest zone at or above the name, by IPv4: functions have no IPv6."""
    local = os.environ.get("STAYGREEN_RESOLVER", "") if clock.is_local_cloud() else ""
    for host in _name_servers(resolver, name):
        if local:
            # the local cloud's DNS is every server, on a port that an A record cannot tell
            yield host, Server.parse(local)
            continue
        for address in resolver.ask(Question(host, RecordType.A)).values:
            yield f"{host} ({address})", Server(address)


def _name_servers(resolver: DnsLookup, name: str) -> tuple[str, ...]:
    labels = name.split(".")
    for start in range(len(labels) - 1):
        found = resolver.ask(Question(".".join(labels[start:]), RecordType.NS)).values
        if found:
            return tuple(sorted(found))
    return ()
