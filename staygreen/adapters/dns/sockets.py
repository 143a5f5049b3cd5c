"""Connected sockets to one name server, each for a while only.

A socket that is connected gets datagrams from the server's address and port alone. Its own port is
chosen at random by the kernel, and changes after a thousand questions; ids are random too: what is
not on the way to the server cannot guess what to forge (RFC 5452 §4.3 and §4.5).
"""

from __future__ import annotations

import os
import select
import socket
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from staygreen.adapters.dns.in_flight import Flight, Sent

DNS_PORT = 53
QUESTIONS_PER_PORT = 1000
IN_FLIGHT_PER_PORT = 64
"""Further questions at once open another socket."""
PORTS_PER_SERVER = 64
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask."""

    address: str
    port: int = DNS_PORT

    @classmethod
    def parse(cls, text: str) -> Server:
        """Read `ADDR`, `ADDR:PORT` or `[ADDR]:PORT`.

        Raises:
            ValueError: It is none of these.
        """
        address, port = text, str(DNS_PORT)
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


class Port:
    """One socket, and what was asked through it, by id."""

    __slots__ = ("_ids", "fd", "flights", "left", "recv", "send", "sent", "server", "sock")

    def __init__(self, server: Server) -> None:
        family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
        self.server = server
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self.sock.setblocking(False)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self.sock.connect((server.address, server.port))
        except OSError:
            self.sock.close()
            raise
        self.fd = self.sock.fileno()
        self.send = self.sock.send
        self.recv = self.sock.recv
        self.sent: dict[bytes, Sent] = {}
        """What went in bursts."""
        self.flights: dict[bytes, Flight] = {}
        """What is looked after by itself."""
        self.left = QUESTIONS_PER_PORT
        self._ids = b""

    @property
    def in_flight(self) -> int:
        """Questions without an answer."""
        return len(self.sent) + len(self.flights)

    def fresh_ids(self, most: int) -> Iterable[bytes]:
        """As many as there is room for another question, at most so many."""
        room = min(most, self.left, IN_FLIGHT_PER_PORT - self.in_flight)
        if room < 1:
            return ()
        drawn = os.urandom(2 * room)
        return {drawn[at : at + 2] for at in range(0, 2 * room, 2)}.difference(self.flights, self.sent)

    def fresh_id(self) -> bytes:
        """Two random bytes that no question on its way has."""
        while True:
            if not self._ids:
                self._ids = os.urandom(256)
            found, self._ids = self._ids[:2], self._ids[2:]
            if found not in self.flights and found not in self.sent:
                return found


class Ports:
    """The open sockets of one pass, and which of them have something to read."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._open: dict[int, Port] = {}
        self._pools: dict[int, deque[Port]] = {}

    def port(self, server: Server) -> Port:
        """A socket to ask the server through: the next of its pool, or a new one where that is full or used up.

        Raises:
            OSError: There is no way to that address.
        """
        pool = self._pools.get(id(server))
        if pool is None:
            pool = self._pools[id(server)] = deque()
        for _ in range(len(pool)):
            pool.rotate(-1)
            port = pool[0]
            if port.left <= 0:
                pool.popleft()
                self._close_idle()
            elif port.in_flight < IN_FLIGHT_PER_PORT:
                return port
        if len(pool) >= PORTS_PER_SERVER:
            return pool[0]
        port = Port(server)
        pool.appendleft(port)
        self._open[port.fd] = port
        self._poll.register(port.fd, select.POLLIN)
        return port

    def _close_idle(self) -> None:
        """Close what was used up and waits for nothing any more."""
        for port in [port for port in self._open.values() if port.left <= 0 and not port.in_flight]:
            self._poll.unregister(port.fd)
            del self._open[port.fd]
            port.sock.close()

    def watch(self, fd: int) -> None:
        """Return from `readable` for this file descriptor too."""
        self._poll.register(fd, select.POLLIN)

    def readable(self, seconds: float) -> list[Port]:
        """Those with an answer or an error to read, after so many seconds at most."""
        # rounded up: a wait of less than a millisecond must not become a busy loop
        found = self._poll.poll(int(seconds * 1000 + 0.999) if seconds > 0 else 0)
        return [self._open[fd] for fd, _ in found if fd in self._open]

    def close(self) -> None:
        """Close all."""
        for port in self._open.values():
            port.sock.close()
        self._open.clear()
        self._pools.clear()
