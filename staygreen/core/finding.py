"""What one check says about one subject.

A finding is a value. `UNKNOWN` means that the world did not answer: it never
opens an incident and never clears one (docs/design.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType

IPAddress = IPv4Address | IPv6Address


class State(Enum):
    """Whether a subject is in order, as far as one check can tell."""

    OK = "OK"
    BAD = "BAD"
    UNKNOWN = "UNKNOWN"


class Severity(Enum):
    """How soon mail suffers: critical now, warning soon, info is context."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical, growing as the consequence shrinks: sorts worst first."""
        return (Severity.CRITICAL, Severity.WARNING, Severity.INFO).index(self)


class SubjectKind(Enum):
    """What can be judged."""

    IP = "ip"
    DOMAIN = "domain"
    IDENTITY = "identity"
    CONFIGURATION_SET = "configuration_set"
    POOL = "pool"
    TENANT = "tenant"
    """A tenant of SES: a part of the account with a reputation of its own."""
    ACCOUNT = "account"
    SOURCE = "source"
    """Something we ask: a blocklist, SNDS. The subject of coverage findings."""


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What is judged.

    `id` is canonical text: an address as `ipaddress` prints it, a name in lower
    case without a trailing dot.
    """

    kind: SubjectKind = field(compare=False)
    id: str
    label: str = field(default="", compare=False)
    """What a person calls it, such as ``mail.example.com``, or what it is, such as ``dedicated IP in pool main``;
    may be empty. For people alone: no program reads anything from it."""

    @property
    def key(self) -> str:
        """Stable text form, such as ``ip:192.0.2.10``."""
        return f"{self.kind.value}:{self.id}"

    @classmethod
    def from_key(cls, key: str, label: str = "") -> Subject:
        """The inverse of `key`."""
        kind, _, identifier = key.partition(":")
        return cls(SubjectKind(kind), identifier, label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One raw fact that a finding rests on. Never holds a secret."""

    source: str
    """Who said it: a list id, `dns:ns1.example.test`, `ses`, `snds_rest`."""
    text: str
    """One line for a person."""
    observed_at: datetime
    """When it was read (aware, UTC)."""
    raw: str = ""
    """The answer as it came, keys masked; may be empty."""
    data: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The same fact for programs: codes, names, addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a finding means for mail and what to do next, as prose."""

    consequence: str
    """One sentence that names the subject and what happens to its mail."""
    meaning: str
    """Why, in words that need no prior knowledge."""
    title: str = ""
    """What is wrong, as a mail subject has room for it, such as ``192.0.2.10 is listed on PSBL``: no full stop, no
    figures but behind the last colon; empty: the consequence is short enough."""
    title_over: str = ""
    """The same when it is over, without how long it lasted, such as ``192.0.2.10 is off PSBL``; empty: no words of its
    own."""
    steps: tuple[str, ...] = ()
    """What to do now, the most urgent first; each is one act."""
    link: str = ""
    """Where to do it (a delisting page), or empty."""
    runbook: str = ""
    """`<check>#<anchor>` under docs/runbooks, such as ``blocklist#listed``."""
    by_itself: str = ""
    """What happens without anybody's doing, where it is not that clean readings in a row close it."""

    @property
    def next_step(self) -> str:
        """All steps as one text."""
        return " ".join(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's result about one subject and one possible cause.

    (check, subject, cause) names the incident that it feeds.
    """

    check: str
    subject: Subject
    cause: str
    """Stable word for what is wrong: a list's id, `ptr_missing`, `coverage`."""
    state: State
    severity: Severity
    observed_at: datetime
    began_at: datetime | None = None
    """When it began, where the evidence says so; None: with the first reading."""
    evidence: tuple[Evidence, ...] = ()
    advice: Advice | None = None
    """Present on BAD findings."""
    reason: str = ""
    """Why it is UNKNOWN, as a stable word, such as ``refused`` or ``timeout``."""
    group: str = ""
    """Findings that open in one run with the same group are told as one."""
    records: tuple[str, ...] = ()
    """Owner names of the DNS records that are wrong, where it is about records."""
    is_conclusive: bool = False
    """One critical sighting is proof enough, such as a refusal from the receiver: it opens at once."""
    is_event: bool = False
    """It happened and is over, such as a mail that came: told at once and once, and never open. A newer one is news."""
