"""What checks may ask the world, as seams that adapters fill.

A check names the sources it reads; its function is given exactly those
permissions. Everything here is a declaration: no module in the core asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from lambdas.core.finding import Subject
from lambdas.core.snds import reading as snds


class Source(Enum):
    """A named source. Stacks turn each into the least permission that reads it."""

    SES_IDENTITIES = "ses_identities"
    SES_DEDICATED_IPS = "ses_dedicated_ips"
    ELASTIC_IPS = "elastic_ips"
    DNS = "dns"
    SECRETS = "secrets"
    SNDS = "snds"
    """Microsoft's REST API or report link: the login in Secrets Manager, and the history table."""
    CLOUDWATCH_SNDS = "cloudwatch_snds"
    """The SNDS.* metrics that AWS publishes for SES dedicated IPs."""


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
    """How a DNS question ended. The last two are ours: nothing was answered."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    OTHER = "OTHER"
    TIMEOUT = "TIMEOUT"
    MALFORMED = "MALFORMED"


@dataclass(frozen=True, slots=True)
class Question:
    """One DNS question: `name` in lower case without a trailing dot."""

    name: str
    rtype: RecordType = RecordType.A


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back for one question."""

    question: Question
    rcode: Rcode
    values: tuple[str, ...] = ()
    """Record data of the asked type, in the order of the answer; TXT strings joined."""
    canonical: str = ""
    """The name that the records belong to after CNAMEs; empty: the asked name."""
    soa_owner: str | None = None
    """Owner of the SOA in the authority section, or None when there is none."""
    elapsed: timedelta = timedelta(0)


class Lookup(Protocol):
    """Names in, answers out: every question gets exactly one reply, in any order."""

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]: ...


class Ask(Protocol):
    """The world as a check may read it. Adapters implement it; tests use `adapters.memory`."""

    def now(self) -> datetime: ...

    def identities(self) -> Iterable[Subject]:
        """SES identities that are domains, their MAIL FROM domains included."""
        ...

    def dedicated_ips(self) -> Iterable[Subject]: ...

    def elastic_ips(self) -> Iterable[Subject]: ...

    def secret(self, name: str) -> str | None:
        """The secret's value, or None when it does not exist."""
        ...

    def token(self) -> str:
        """Fresh random text at each call: 32 hexadecimal digits."""
        ...

    @property
    def lookup(self) -> Lookup: ...

    def snds(self, question: snds.Question) -> snds.Reading:
        """What SNDS says of the addresses: history, after what is new was read and kept."""
        ...
