"""Questions put to DNS and the replies that came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final, Protocol

from staygreen.core.dns.route import SYSTEM, Route


class RecordType(Enum):
    """DNS record types that checks ask for."""

    A = "A"
    AAAA = "AAAA"
    CNAME = "CNAME"
    MX = "MX"
    NS = "NS"
    PTR = "PTR"
    SOA = "SOA"
    TXT = "TXT"


class Rcode(Enum):
    """How a DNS question ended. The last three are ours: nothing was answered."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    OTHER = "OTHER"
    TIMEOUT = "TIMEOUT"
    MALFORMED = "MALFORMED"
    NOT_ASKED = "NOT_ASKED"
    """The time or the quota was over before it was answered."""

    # members are singletons; Enum's own hash is written in Python, and a sweep asks it for each reply
    __hash__ = object.__hash__


@dataclass(slots=True, unsafe_hash=True)
class Question:
    """One DNS question: `name` in lower case without a trailing dot."""

    name: Final[str]
    rtype: Final[RecordType] = RecordType.A
    route: Final[Route] = field(default=SYSTEM, compare=False, repr=False)
    labels: Final[bytes] = field(default=b"", compare=False, repr=False)
    """Of a question for A records: the labels before the route's zone as a message has them, where they are known."""


@dataclass(slots=True, unsafe_hash=True)
class Reply:
    """What came back for one question."""

    question: Final[Question]
    rcode: Final[Rcode]
    values: Final[tuple[str, ...]] = ()
    """Record data of the asked type, in the order of the answer; TXT strings joined."""
    canonical: Final[str] = ""
    """The name that the records belong to after CNAMEs; empty: the asked name."""
    soa_owner: Final[str | None] = None
    """Owner of the SOA in the authority section, or None when there is none."""
    elapsed: Final[timedelta] = timedelta(0)
    ttl: Final[int | None] = None
    """Seconds that the values may be kept; None where nobody looked."""

    @property
    def is_answered(self) -> bool:
        """Whether it says what is published; anything else says nothing, not that nothing is."""
        return self.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)


class Lookup(Protocol):
    """Names in, answers out: every question gets exactly one reply, in any order."""

    def __call__(self, questions: Iterable[Question], /) -> Iterator[Reply]: ...


class StreamLookup(Lookup, Protocol):
    """A lookup that keeps apart what belongs to different lists: one that answers slowly holds up no other.

    Questions are drawn as there is room, from each stream by itself. A stream that has nothing to ask
    before one of its replies came yields None.
    """

    def __call__(self, *streams: Iterable[Question | None]) -> Iterator[Reply]: ...
