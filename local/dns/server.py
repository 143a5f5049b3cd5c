"""A DNS server on loopback, over UDP and TCP: asks the answerer with the longest zone."""

from __future__ import annotations

import logging
import socket
import socketserver
import struct
import threading
from collections.abc import Sequence
from typing import Self

import dns.exception
import dns.message
import dns.name
import dns.rcode

from local.dns.answer import Answerer, Message, negative, reply

_UDP_LIMIT = 4096
_log = logging.getLogger(__name__)


class DnsServer:
    """Serves until it is closed. Names in no zone do not exist.

    Args:
        answerers: asked for the zones that they serve.
        port: on 127.0.0.1; 0: any free one, in `port` afterwards.
    """

    def __init__(self, answerers: Sequence[Answerer], port: int = 0) -> None:
        self._answerers = answerers
        self._tcp, self._udp = self._bound(port)
        self.port = int(self._tcp.server_address[1])
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._udp.settimeout(0.25)
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._serve_udp, daemon=True, name="dns-udp"),
            threading.Thread(target=self._tcp.serve_forever, args=(0.02,), daemon=True, name="dns-tcp"),
        ]
        for thread in self._threads:
            thread.start()

    def _bound(self, port: int) -> tuple[_TcpServer, socket.socket]:
        """Both transports on one port: what is free for one may be taken for the other, by anybody on the machine."""
        tcp = _TcpServer(("127.0.0.1", port), self)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.server_address)
        except OSError:
            udp.close()
            tcp.server_close()
            if port:
                raise
            return self._bound(port)
        return tcp, udp

    @property
    def address(self) -> str:
        """ADDR:PORT."""
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop serving."""
        self._closing.set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        self._tcp.shutdown()
        self._tcp.server_close()
        for thread in self._threads:
            thread.join()
        self._udp.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def respond(self, wire: bytes, *, over_tcp: bool) -> bytes | None:
        """The answer to a packet; None is silence."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if not query.question:
            return None
        try:
            answer = self._ask(query, over_tcp=over_tcp)
            return None if answer is None else answer.to_wire(max_size=65535)
        except (dns.exception.DNSException, ValueError, LookupError, OSError):
            # a record that cannot be read must not end the service for all others
            _log.exception("no answer for %s", query.question[0])
            return reply(query, dns.rcode.SERVFAIL).to_wire()

    def _ask(self, query: Message, *, over_tcp: bool) -> Message | None:
        name = query.question[0].name
        found = [(zone, each) for each in self._answerers if (zone := each.zone_of(name)) is not None]
        if not found:
            return negative(query, dns.name.root, dns.rcode.NXDOMAIN)
        _, answerer = max(found, key=lambda pair: len(pair[0]))
        return answerer.respond(query, over_tcp=over_tcp)

    def _serve_udp(self) -> None:
        while not self._closing.is_set():
            try:
                wire, client = self._udp.recvfrom(_UDP_LIMIT)
            except TimeoutError:
                continue
            answer = self.respond(wire, over_tcp=False)
            if answer is not None:
                self._udp.sendto(answer, client)


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], dns_server: DnsServer) -> None:
        self.dns_server = dns_server
        super().__init__(address, _TcpHandler)


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _TcpServer

    def handle(self) -> None:
        while len(head := self.rfile.read(2)) == 2:
            wire = self.rfile.read(struct.unpack("!H", head)[0])
            answer = self.server.dns_server.respond(wire, over_tcp=True)
            if answer is None:
                return
            self.wfile.write(struct.pack("!H", len(answer)) + answer)
