"""What is on its way: questions, the streams they come from, the sockets they went through, and the servers.

How much one place is asked follows what comes back from there, as with TCP. Most questions leave in a burst and are
answered at once; the others are looked after by themselves.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

from staygreen.adapters.dns.server import Server
from staygreen.core.dns import wire
from staygreen.core.dns.message import Question
from staygreen.core.dns.rate_limit import Budget, Pace
from staygreen.core.dns.route import Route

QUESTIONS_PER_PORT = 1000
IN_FLIGHT_PER_PORT = 64
"""Further questions at once open another socket."""
_BUFFER = 1 << 20

_FIRST_WINDOW = 100
"""Well below what the default receive buffer of a server on Linux holds of small questions."""
_FAR = 0.02
"""Servers that take longer to answer are behind a network, which holds more questions on their way."""

_MEMORY = 0.02
"""How much one answer or loss counts in the share of losses."""
_CAUTIOUS = 0.1
"""By how much each answer widens a window that was too wide once."""
_CROWDED = 0.1
"""A share of losses that chance does not explain."""


class Place:
    """Name servers that answer the same questions, and what they are spared."""

    __slots__ = (
        "growth", "header", "in_flight", "is_rotated", "loss", "pace", "rests_until", "servers", "shrunk", "turn",
        "window",
    )  # fmt: skip

    def __init__(
        self, servers: tuple[Server, ...], *, pace: Pace | None, is_recursive: bool = True, is_rotated: bool = False
    ) -> None:
        self.servers = servers
        self.pace = pace
        self.header = wire.RECURSIVE if is_recursive else wire.DIRECT
        self.is_rotated = is_rotated
        self.turn = 0
        self.in_flight = 0
        self.window = float(_FIRST_WINDOW)
        self.growth = 1.0
        self.loss = 0.0
        self.shrunk = 0.0
        self.rests_until = 0.0

    def answered(self, took: float, count: int = 1) -> None:
        """Answers came after so many seconds: as with TCP, the window opens fast until it was too wide once."""
        if self.loss:
            self.loss *= (1 - _MEMORY) ** count
        if took > _FAR:
            self.window += self.growth * count

    def room(self, now: float) -> int:
        """How many questions may go now."""
        room = int(self.window) - self.in_flight
        return room if self.pace is None else min(room, self.pace.room(now))

    def next_server(self) -> int:
        """Which server the next questions go to first."""
        if self.is_rotated and self.servers:
            self.turn = (self.turn + 1) % len(self.servers)
            return self.turn
        return 0

    def lost(self, now: float, wait: float) -> None:
        """A question was lost on the way. Few are by chance; when many are, the window was too wide."""
        self.loss += (1 - self.loss) * _MEMORY
        if self.loss > _CROWDED and now >= self.shrunk:
            self.window = max(_FIRST_WINDOW / 2, self.window / 2)
            self.growth = _CAUTIOUS
            self.shrunk = now + wait


class Burst:
    """Questions of one lane that left together, each for the first time and through the same socket.

    Almost all are answered, and then what their answers mean for budget and servers is counted once for all of them.
    What needs to be looked after by itself becomes a flight.
    """

    __slots__ = ("budget", "due", "lane", "place", "port", "sent_at", "server", "zone")

    def __init__(self, lane: Lane, port: Port, server: int, now: float, due: int) -> None:
        self.lane = lane
        self.budget = lane.budget
        self.place = lane.place
        self.zone = lane.zone
        self.port = port
        self.server = server
        self.sent_at = now
        self.due = due


Sent = tuple[Question, bytes, Burst]
"""A question of a burst, its section, and the burst."""


class Flight:
    """A question on its way that is paced, repeated, or read by itself."""

    __slots__ = ("budget", "due", "first_at", "lane", "place", "places", "question", "section", "sent_at", "server",
                 "tries")  # fmt: skip

    def __init__(self, question: Question, section: bytes, lane: Lane, now: float, server: int) -> None:
        self.question = question
        self.section = section
        self.lane: Lane | None = lane
        """None when it is over."""
        self.budget = lane.budget
        self.place = lane.place
        self.first_at = now
        self.sent_at = now
        self.tries = 0
        self.server = server
        self.due = 0
        self.places: list[tuple[Port, bytes]] = []


class Port:
    """One socket, connected to one name server for a while only, and what was asked through it, by id.

    A socket that is connected gets datagrams from the server's address and port alone. Its own port is chosen at
    random by the kernel, and changes after a thousand questions; ids are random too: what is not on the way to the
    server cannot guess what to forge (RFC 5452 §4.3 and §4.5).
    """

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


class Lane:
    """One stream, its list's budget, and where it goes."""

    __slots__ = ("budget", "head", "is_done", "is_waiting", "place", "questions", "rests_until", "route", "zone")

    def __init__(self, questions: Iterable[Question | None]) -> None:
        self.questions = iter(questions)
        self.head: Question | None = None
        self.route: Route | None = None
        self.zone = _NO_ZONE
        self.is_waiting = False
        self.is_done = False
        self.rests_until = 0.0
        self.budget: Budget = _NO_BUDGET
        self.place: Place = _NO_PLACE


_NO_ZONE = wire.Zone("")
_NO_PLACE = Place((), pace=None)
_NO_BUDGET = Budget(Route(id="").limits, 0.0)
