"""Everything that a page can show, as typed values that adapters read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from staygreen.core.delisting.case import Case
from staygreen.core.dmarc.readiness.answer import Readiness
from staygreen.core.finding import IPAddress
from staygreen.core.pictures.lived import Lived
from staygreen.core.pictures.period import Period
from staygreen.core.replies.complaints import Complaint
from staygreen.core.replies.counters import Tally
from staygreen.core.reports.summary import Summary
from staygreen.core.snds.history import Day, Mark
from staygreen.core.verdict.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Something that was done at a moment: a deployment, a repair."""

    at: datetime
    text: str
    kind: str
    """Such as ``deployment`` or ``repair``."""
    subject: str = ""
    """The address or domain that it is about; empty: it is about no single one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """On which days a check ran to its end."""

    ran: frozenset[date]
    """Days (UTC) on which a run reached its end."""
    silent: Mapping[date, int] = field(default_factory=lambda: MappingProxyType({}))
    """Answers that a source failed to give, over the runs of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What SES counts of the account by day (UTC); a day that it has no value of is absent."""

    bounces: Mapping[date, float]
    """Fractions."""
    complaints: Mapping[date, float]
    sent: Mapping[date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was read of one deployed sender, or of one of its addresses. None: it was not read, or is not kept."""

    sender: str
    """As a person calls it: ``acme (production)``; the address, where the facts are of one alone."""
    period: Period
    now: datetime
    addresses: Mapping[IPAddress, str] = field(default_factory=lambda: MappingProxyType({}))
    """The sender's addresses with their labels."""
    verdicts: tuple[Verdict, ...] = ()
    """The worst first."""
    days: Mapping[IPAddress, Sequence[Day]] | None = None
    """SNDS's rows by address."""
    reads: Mapping[str, Mapping[date, Mark]] = field(default_factory=lambda: MappingProxyType({}))
    """By source of SNDS's data: which report dates were read."""
    incidents: tuple[Lived, ...] = ()
    runs: Mapping[str, Runs] | None = None
    """By check."""
    tallies: tuple[Tally, ...] | None = None
    """Replies that were counted, of every class."""
    complaints: tuple[Complaint, ...] | None = None
    complaints_since: date | None = None
    """Older ones are not kept."""
    rates: Rates | None = None
    doings: tuple[Doing, ...] = ()
    """The oldest first."""
    cases: tuple[Case, ...] = ()
    reports: Summary | None = None
    """DMARC and TLS reports that were handed in, or were received."""
    readiness: tuple[Readiness, ...] = ()
    """Whether each domain's DMARC policy may go further, where reports are received."""
    unread: tuple[str, ...] = ()
    """What could not be read, or was not asked: each a clause such as ``SES's rates (access denied)``."""

    def ran(self, check: str, day: date) -> bool:
        """Whether it is on record that a check ran on a day."""
        return self.runs is not None and check in self.runs and day in self.runs[check].ran
