"""DNS questions over loopback with a fault at each call of a socket, and what must hold whatever happens.

    python -m tests.faults.resolver --plays 2000 --seed 15

plays the questions so often, each time with another fault at every so-manieth call, and then with one fault alone at
every call. Each violation comes with what plays it again.
"""

from __future__ import annotations

import argparse
import errno
import itertools
import random
import socket
import socketserver
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from types import SimpleNamespace
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from staygreen.adapters.dns import in_flight
from staygreen.adapters.dns.resolver import DnsLookup
from staygreen.adapters.dns.server import Server
from staygreen.core.dns.message import Question, Rcode, Reply

ANSWERED = {"listed": (Rcode.NOERROR, ("127.0.0.2",)), "nothing": (Rcode.NXDOMAIN, ())}
"""What the server says of a name, by its beginning; of the others it says nothing that counts."""
EACH = 12
"""Names of each beginning that has an answer."""


class SocketFault(Enum):
    """What happens at a call of a socket."""

    NO_FILES = auto()
    NO_ROUTE = auto()
    FULL = auto()
    REFUSED = auto()
    NO_BUFFERS = auto()
    LOST = auto()
    SENT_TWICE = auto()
    UNREACHABLE = auto()
    EMPTY = auto()
    NEVER_CAME = auto()
    CAME_TWICE = auto()
    OUT_OF_ORDER = auto()
    FOREIGN_ID = auto()
    CUT = auto()


_SENDING = (
    SocketFault.FULL,
    SocketFault.REFUSED,
    SocketFault.NO_BUFFERS,
    SocketFault.LOST,
    SocketFault.SENT_TWICE,
)
_RECEIVING = (
    SocketFault.UNREACHABLE,
    SocketFault.EMPTY,
    SocketFault.NEVER_CAME,
    SocketFault.CAME_TWICE,
    SocketFault.OUT_OF_ORDER,
    SocketFault.FOREIGN_ID,
    SocketFault.CUT,
)
AT = {"socket": (SocketFault.NO_FILES,), "connect": (SocketFault.NO_ROUTE,), "send": _SENDING, "recv": _RECEIVING}
"""The faults of each call."""
SPOILING = {SocketFault.CUT}
"""Faults after which a question may end without an answer, though it is put again."""
Plan = Callable[[str, int], SocketFault | None]
"""Which fault happens at the n-th call of a name."""


@dataclass
class Play:
    """What came of the questions."""

    asked: list[Question]
    replies: list[Reply] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    happened: list[tuple[str, int, SocketFault]] = field(default_factory=list)
    open: int = 0
    """Sockets that nobody closed."""
    error: str = ""


class FaultySocket(socket.socket):
    """A real socket; before each of its calls the plan is asked."""

    play: Play
    plan: Plan
    randomness: random.Random

    def __init__(self, *given: Any) -> None:
        if self._fault("socket"):
            raise OSError(errno.EMFILE, "Too many open files")
        super().__init__(*given)
        self._held: list[bytes] = []
        type(self).play.open += 1

    def close(self) -> None:
        if self.fileno() >= 0:
            type(self).play.open -= 1
        super().close()

    def connect(self, address: Any) -> None:
        if self._fault("connect"):
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        super().connect(address)

    def send(self, data: Any, *flags: int) -> int:
        fault = self._fault("send")
        raised = {
            SocketFault.FULL: BlockingIOError(errno.EAGAIN, "again"),
            SocketFault.REFUSED: ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
            SocketFault.NO_BUFFERS: OSError(errno.ENOBUFS, "no buffer space"),
        }
        if fault in raised:
            raise raised[fault]
        if fault is SocketFault.LOST:
            return len(data)
        if fault is SocketFault.SENT_TWICE:
            super().send(data, *flags)
        return super().send(data, *flags)

    def recv(self, size: int, *flags: int) -> bytes:
        if self._held:
            return self._held.pop()
        fault = self._fault("recv")
        if fault is SocketFault.UNREACHABLE:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        if fault is SocketFault.EMPTY:
            raise BlockingIOError(errno.EAGAIN, "again")
        message = super().recv(size, *flags)
        if fault is None:
            return message
        return self._altered(message, fault, size)

    def _altered(self, message: bytes, fault: SocketFault, size: int) -> bytes:
        if fault is SocketFault.CAME_TWICE:
            self._held.append(message)
        elif fault is SocketFault.OUT_OF_ORDER:
            try:
                later = super().recv(size)
            except BlockingIOError:
                return message
            self._held.append(message)
            return later
        elif fault is SocketFault.FOREIGN_ID:
            return bytes((message[0] ^ 0x55, message[1])) + message[2:]
        elif fault is SocketFault.CUT:
            return message[: self.randomness.randrange(len(message))]
        else:
            raise BlockingIOError(errno.EAGAIN, "it never came")
        return message

    def _fault(self, call: str) -> SocketFault | None:
        kind = type(self)
        number = kind.play.calls[call]
        kind.play.calls[call] += 1
        fault = kind.plan(call, number)
        if fault is not None:
            kind.play.happened.append((call, number, fault))
        return fault


class _Answering(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, sock = self.request
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        kind = name.partition("-")[0]
        if kind == "silent":
            return
        answer = dns.message.make_response(query)
        if kind == "listed":
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "127.0.0.2"))
        elif kind == "nothing":
            answer.set_rcode(dns.rcode.NXDOMAIN)
            answer.authority.append(dns.rrset.from_text("list.test.", 60, "IN", "SOA", "a. b. 1 1 1 1 1"))
        else:
            answer.set_rcode(dns.rcode.SERVFAIL)
        sock.sendto(answer.to_wire(), self.client_address)


@contextmanager
def served() -> Iterator[Server]:
    """A name server on loopback."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        host, port = server.server_address[:2]
        yield Server(str(host), int(port))
        server.shutdown()


def questions(*more: str) -> list[Question]:
    """Names that are listed, names that are not, and others."""
    names = [f"{kind}-{n}.list.test" for n in range(EACH) for kind in ANSWERED]
    return [Question(name) for name in (*names, *more)]


def play(server: Server, plan: Plan, asked: list[Question], timeout: timedelta, seed: int = 0) -> Play:
    """Put questions, with the faults of a plan."""
    played = Play(asked=asked)
    kind = type("Planned", (FaultySocket,), {"play": played, "plan": staticmethod(plan)})
    kind.randomness = random.Random(seed)  # type: ignore[attr-defined]  # noqa: S311 - repeatable
    usual = in_flight.socket
    in_flight.socket = SimpleNamespace(**{**vars(socket), "socket": kind})  # type: ignore[assignment]
    try:
        lookup = DnsLookup(servers=(server,), timeout=timeout, ceiling=None)
        played.replies += lookup(iter(asked))
    except Exception as error:  # noqa: BLE001 - that nothing is raised is one of the laws
        played.error = repr(error)
    finally:
        in_flight.socket = usual
    return played


def broken(played: Play) -> Iterator[str]:
    """Which laws a play breaks: one reply to each question, unknown neither clean nor listed, nothing left open."""
    if played.error:
        yield f"it raised {played.error}"
        return
    replied = Counter(reply.question.name for reply in played.replies)
    if replied != Counter(question.name for question in played.asked):
        yield f"not one reply for each question: {replied}"
    for reply in played.replies:
        said = ANSWERED.get(reply.question.name.partition("-")[0])
        if reply.is_answered and (reply.rcode, reply.values) != said:
            yield f"{reply.question.name} is {reply.rcode.value} {reply.values}, and the server said {said}"
    if played.open:
        yield f"{played.open} sockets are open"


def unanswered(played: Play) -> Iterator[str]:
    """Answers that one fault alone has cost, though the question is put again."""
    if len(played.happened) == 1 and played.happened[0][2] not in SPOILING:
        for reply in played.replies:
            if reply.question.name.partition("-")[0] in ANSWERED and not reply.is_answered:
                yield f"{played.happened[0]} costs the answer about {reply.question.name}: {reply.rcode.value}"


def storm(seed: int, often: int) -> Plan:
    """Faults at about every so-manieth call."""
    randomness = random.Random(seed)  # noqa: S311 - repeatable
    return lambda call, _number: randomness.choice(AT[call]) if randomness.randrange(often) == 0 else None


def play_storm(server: Server, seed: int) -> Play:
    """Many faults, with a name that nobody answers among the others."""
    asked = questions("failing-0.list.test", "silent-0.list.test")
    return play(server, storm(seed, 2 + seed % 9), asked, timedelta(seconds=0.2), seed)


def play_single(server: Server, fault: SocketFault, number: int) -> tuple[Play, list[str]]:
    """One fault alone, at the n-th call of its kind, and the laws that it breaks.

    That it costs no answer is also a matter of time, and a busy machine answers late: it is a violation when it costs
    one three times in a row.
    """
    for _ in range(3):
        played = play(
            server,
            lambda call, n: fault if n == number and fault in AT[call] else None,
            questions(),
            timedelta(seconds=3),
        )
        broken_at, late = [*broken(played)], [*unanswered(played)]
        if broken_at or not late:
            break
    return played, broken_at or late


def singles() -> Iterator[tuple[SocketFault, int]]:
    """Every fault at every call that the questions take where nothing fails."""
    calls = {"socket": 1, "connect": 1}
    for call, faults in AT.items():
        yield from ((fault, number) for fault in faults for number in range(calls.get(call, len(questions()))))


def main() -> int:
    """Play them all; 1 when a law is broken."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--plays", type=int, default=2000)
    arguments.add_argument("--every", type=int, default=1, help="of single faults, every n-th")
    arguments.add_argument("--seed", type=int, default=15)
    given = arguments.parse_args()
    happened: Counter[SocketFault] = Counter()
    judged, violations = 0, 0
    with served() as server:
        seeds = range(given.seed, given.seed + given.plays)
        alone = ((f"single {f.name} {n}", *play_single(server, f, n)) for f, n in list(singles())[:: given.every])
        storms = (
            (f"storm {seed}", played, list(broken(played))) for seed in seeds for played in [play_storm(server, seed)]
        )
        for name, played, broken_at in itertools.chain(alone, storms):
            happened.update(fault for _, _, fault in played.happened)
            judged += len(played.replies)
            for line in broken_at:
                violations += 1
                sys.stdout.write(f"{name}: {line}\n")
    told = ", ".join(
        f"{fault.name.lower()} {count:,}" for fault, count in sorted(happened.items(), key=lambda x: x[0].name)
    )
    sys.stdout.write(f"{sum(happened.values()):,} faults ({told}), {judged:,} replies, {violations} violations\n")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
