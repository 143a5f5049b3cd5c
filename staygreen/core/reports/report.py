"""What a report holds, as typed values.

Sources: RFC 9990 (aggregate reports), RFC 9991 (failure reports), RFC 8460 (TLS reports); RFC 7489 appendix C for the
older form.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from staygreen.core.finding import IPAddress


class Quality(str, Enum):
    """How much of a report was read."""

    WHOLE = "whole"
    """All of it, as it came."""
    REPAIRED = "repaired"
    """All of it, after faults were mended; `reasons` names them."""
    PARTIAL = "partial"
    """Not all of it: `reasons` says what is missing. It may not clear anything."""
    REFUSED = "refused"
    """Nothing of it: `reasons` says why."""


class Generation(str, Enum):
    """Which standard a report follows, by the elements in it: neither namespace nor version tells."""

    RFC_9990 = "rfc9990"
    RFC_7489 = "rfc7489"


class OverrideReason(NamedTuple):
    """Why a receiver did not apply the policy."""

    type: str
    comment: str


class DkimResult(NamedTuple):
    """What became of one DKIM signature."""

    domain: str
    selector: str
    result: str


class SpfResult(NamedTuple):
    """What SPF answered for one name."""

    domain: str
    scope: str
    result: str


class Evidence(NamedTuple):
    """All that a record says besides its address and count; records that say the same share it."""

    header_from: str
    """Domain of the From header, lower case; empty when it is missing."""
    envelope_from: str | None
    """Empty: a null return path. None: the reporter does not say."""
    envelope_to: str | None
    disposition: str
    """none, quarantine, reject, pass; another word as it came; empty when it is missing."""
    eval_dkim: str
    eval_spf: str
    reasons: tuple[OverrideReason, ...]
    dkim: tuple[DkimResult, ...]
    spf: tuple[SpfResult, ...]


class Row(NamedTuple):
    """One record of an aggregate report."""

    source_ip: IPAddress | None
    """None: the record names no address, or one that is none."""
    messages: int
    """The count of the record."""
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPolicy:
    """The policy that the reporter found in DNS. Empty: the report does not say."""

    domain: str = ""
    p: str = ""
    sp: str = ""
    np: str = ""
    adkim: str = ""
    aspf: str = ""
    fo: str = ""
    pct: str = ""
    """Of RFC 7489; kept and never used."""
    testing: str = ""
    discovery: str = ""
    """psl or treewalk."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of the report that follows, with the policy that alignment depends on."""

    policy: PublishedPolicy
    rows: list[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateReport:
    """An aggregate report without its rows, which come before it."""

    quality: Quality
    reasons: tuple[str, ...] = ()
    org: str = ""
    email: str = ""
    report_id: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    generation: Generation = Generation.RFC_7489
    generator: str = ""
    policy: PublishedPolicy = PublishedPolicy()
    rows: int = 0
    messages: int = 0
    submitter: str = ""
    """Domain of the mail's From header; empty when it did not come by mail."""

    @property
    def identity(self) -> str:
        """The same for a report that comes again, and for no other."""
        counts = "" if self.report_id else f"{self.rows} {self.messages}"
        parts = (self.submitter, self.org, self.report_id + counts, self.policy.domain, str(self.begin), str(self.end))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that is no report, or one of which nothing can be used."""

    reason: str
    name: str = ""
    """The file inside an archive or mail, where it has a name."""
    is_other: bool = False
    """Whether nothing in it looks like a report: a text, or a mail about something else. No coverage is lost by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFailure:
    """Sessions that failed for one reason (RFC 8460 section 4.3). Empty: the report does not say."""

    result: str
    sessions: int | None
    """None: the report does not say it, or not in a number."""
    sending_mta_ip: IPAddress | None = None
    receiving_mx: str = ""
    receiving_ip: IPAddress | None = None
    reason_code: str = ""
    information: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsPolicy:
    """One policy and how sessions under it went."""

    type: str
    """sts, tlsa or no-policy-found."""
    domain: str
    """The domain that mail was sent to."""
    mx_hosts: tuple[str, ...]
    strings: tuple[str, ...]
    successful: int | None
    """Sessions; None: the report does not say it, or not in a number."""
    failed: int | None
    failures: tuple[TlsFailure, ...]

    @property
    def sessions(self) -> int | None:
        """All sessions; None where a part of them is not known."""
        return None if self.successful is None or self.failed is None else self.successful + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsReport:
    """A TLS report: how other senders' sessions with our mail servers went."""

    quality: Quality
    reasons: tuple[str, ...] = ()
    org: str = ""
    contact: str = ""
    report_id: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    policies: tuple[TlsPolicy, ...] = ()
    submitter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReport:
    """The machine-readable fields of a failure report; nothing of the message that it is about.

    A person's address is in none of them: of addresses only the domains are kept.
    """

    quality: Quality
    reasons: tuple[str, ...] = ()
    reporter: str = ""
    """Domain of the mail's From header."""
    arrival: datetime | None = None
    source_ip: IPAddress | None = None
    reported_domain: str = ""
    auth_failure: str = ""
    """adsp, bodyhash, revoked, signature, spf, dkim or dmarc."""
    identity_alignment: str = ""
    delivery_result: str = ""
    dkim_domain: str = ""
    dkim_selector: str = ""
    spf_dns: str = ""
    mail_from_domain: str = ""
    incidents: int = 1


Report = AggregateReport | TlsReport | FailureReport
Item = Rows | AggregateReport | TlsReport | FailureReport | Refusal
"""What reading yields: rows come before the aggregate report that they belong to."""
