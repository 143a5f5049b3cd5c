"""The open sockets of one pass over DNS, a few for each name server."""

from __future__ import annotations

import select
from collections import deque

from staygreen.adapters.dns.in_flight import IN_FLIGHT_PER_PORT, Port
from staygreen.adapters.dns.server import Server

PORTS_PER_SERVER = 64


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
