"""A DNS server on loopback that says what a test lets it say: the truth, a lie, late, or nothing."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]
"""Values in presentation form by name, without the last dot, and type."""
WORLD: Zone = {
    ("", "NS"): ("a.root-servers.net.",),
    ("amazonses.com", "TXT"): ('"v=spf1 ip4:54.240.0.0/18 -all"',),
}
"""What every resolver that can be believed knows."""


def pointed(ip: str, name: str) -> dict[tuple[str, str], Sequence[str]]:
    """A reverse name that leads back to its address."""
    reverse = ".".join(reversed(ip.split("."))) + ".in-addr.arpa"
    return {(reverse, "PTR"): (f"{name}.",), (name, "A"): (ip,)}


@contextmanager
def serving(zone: Zone, *, delay: float = 0, lie: Callable[[str, str], Sequence[str]] | None = None) -> Iterator[str]:
    """A server's ADDR:PORT.

    Args:
        zone: What exists.
        delay: Seconds before each answer.
        lie: What to answer for a name and type beside the zone; nothing where it gives nothing.
    """

    closing = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, sock = self.request
            query = dns.message.from_wire(data)
            (asked,) = query.question
            name, rtype = asked.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(asked.rdtype)
            values = zone.get((name, rtype)) or (lie(name, rtype) if lie else ())
            reply = dns.message.make_response(query)
            if values:
                reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", rtype, *values))
            elif not any(known == name for known, _ in zone):
                reply.set_rcode(dns.rcode.NXDOMAIN)
            # whoever asked may have gone before a late answer
            if not closing.wait(delay):
                sock.sendto(reply.to_wire(), self.client_address)

    class Server(socketserver.ThreadingUDPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        closing.set()
        server.shutdown()
        thread.join()
