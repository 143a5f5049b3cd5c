"""Names in, replies out: DNS over UDP, and over TCP where an answer does not fit.

Amazon's resolver drops what exceeds 1,024 packets a second on an interface without an answer
(docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html#vpc-dns-limits, 2026-11-23), so
questions to the system's resolver are paced below that; named resolvers and the lists' own servers
have no such ceiling.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf
from pathlib import Path

from staygreen.adapters import clock
from staygreen.adapters.dns.authorities import Authorities
from staygreen.adapters.dns.exchange import Exchange, Means, Tally
from staygreen.adapters.dns.in_flight import Place
from staygreen.adapters.dns.server import Server
from staygreen.core.dns import route as routes
from staygreen.core.dns.message import Question, Reply
from staygreen.core.dns.rate_limit import Budget, Pace
from staygreen.core.dns.route import Route

__all__ = ["QUESTIONS_PER_SECOND", "DnsLookup", "Server", "servers", "to"]

QUESTIONS_PER_SECOND = 900
_RESOLV_CONF = Path("/etc/resolv.conf")


def servers(named: str = "") -> tuple[Server, ...]:
    """The local cloud's resolver where there is one, else the named one, else the system's.

    Raises:
        ValueError: `named` is not an address.
    """
    local = local_server()
    if local is not None:
        return (local,)
    if named:
        return (Server.parse(named),)
    return _system()


def local_server() -> Server | None:
    """The local cloud's one server for everything; None elsewhere."""
    local = os.environ.get("STAYGREEN_RESOLVER", "")
    return Server.parse(local) if local and clock.is_local_cloud() else None


def _system() -> tuple[Server, ...]:
    """The resolvers of resolv.conf(5), in their order."""
    try:
        lines = _RESOLV_CONF.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(Server.parse(words[1]))
            except ValueError:
                # such as an IPv6 address with a zone, fe80::1%eth0
                continue
    return tuple(found)


def to(named: str = "", seconds: float = inf) -> DnsLookup:
    """A lookup through the named resolver, or through the system's below Amazon's ceiling, for so many seconds.

    Raises:
        ValueError: `named` is not an address.
    """
    ceiling = None if named else QUESTIONS_PER_SECOND
    return DnsLookup(servers=servers(named), ceiling=ceiling, ends_at=time.monotonic() + seconds)


@dataclass(kw_only=True)
class DnsLookup:
    """Puts many questions at a time, each list within its own budget.

    Attributes:
        servers: Where to ask what has no way of its own; a repetition goes to the next one. Empty:
            every reply is a time-out.
        timeout: How long one question to one server may take at most.
        tries: How often a question is put that gets no reply.
        ceiling: Questions a second to `servers`; None: no ceiling.
        ends_at: When to stop, on the clock of `time.monotonic`: what has no answer then counts as not asked.
        tally: What was done so far.
    """

    servers: tuple[Server, ...]
    timeout: timedelta = timedelta(seconds=3)
    tries: int = 3
    ceiling: float | None = QUESTIONS_PER_SECOND
    ends_at: float = inf
    tally: Tally = field(default_factory=Tally)
    _budgets: dict[str, Budget] = field(default_factory=dict, repr=False)
    _places: dict[tuple[routes.Path, str], Place] = field(default_factory=dict, repr=False)
    _authorities: Authorities = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._authorities = Authorities(self)

    def __call__(self, *streams: Iterable[Question | None]) -> Iterator[Reply]:
        """One reply for each question, as they come."""
        means = Means(
            place=self._place,
            budget=self._budget,
            tries=self.tries,
            timeout=self.timeout.total_seconds(),
            ends_at=lambda: self.ends_at,
            tally=self.tally,
        )
        return Exchange(streams, means).replies()

    def ask(self, question: Question) -> Reply:
        """Put one question until a server replies."""
        (reply,) = self((question,))
        return reply

    def stop(self) -> None:
        """Ask nothing more: what is under way ends at once with what it has."""
        self.ends_at = time.monotonic()

    def _budget(self, route: Route) -> Budget:
        if route.id not in self._budgets:
            self._budgets[route.id] = Budget(route.limits, self.timeout.total_seconds())
        return self._budgets[route.id]

    def _place(self, route: Route) -> Place:
        key = (route.path, {routes.Path.NAMED: route.server, routes.Path.AUTHORITATIVE: route.zone}.get(route.path, ""))
        is_old = route.path is routes.Path.AUTHORITATIVE and not self._authorities.is_known(route.zone)
        if key not in self._places or (is_old and local_server() is None):
            self._places[key] = self._found(route)
        return self._places[key]

    def find(self, wanted: Iterable[Route]) -> None:
        """Find, at once, the name servers of the lists that are asked directly; else each is found when it is met."""
        if local_server() is None:
            self._authorities.find(route.zone for route in wanted if route.path is routes.Path.AUTHORITATIVE)

    def _found(self, route: Route) -> Place:
        if route.path is routes.Path.NAMED:
            return Place(servers(route.server), pace=None)
        if route.path is routes.Path.AUTHORITATIVE and local_server() is None:
            found = self._authorities.of(route.zone)
            return Place(found, pace=None, is_recursive=False, is_rotated=True)
        return Place(self.servers, pace=Pace(self.ceiling) if self.ceiling else None)
