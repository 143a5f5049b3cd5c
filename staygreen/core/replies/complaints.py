"""Complaints as evidence: what was received, whether it is genuine, and whom it charges.

A complaint charges the address that sent, and the domain when no address is
named. A report by mail is easily forged: only one that Amazon SES found to be
from a known reporter (DMARC, which is SPF or DKIM aligned with the From domain)
counts; the others are kept, counted apart and open nothing. Whoever is named in
such a report is not kept. An event of SES itself is proven, and may name who complained.

Sources: RFC 5965; Amazon SES Developer Guide, "Contents of notifications for
email receiving" (field names of a receipt; recalled, not verified).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import getaddresses
from typing import Any

from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.records.name import is_within
from staygreen.core.replies.delivery_event import FIRST_YEAR, Kind, Notice

COMPLAINERS_KEPT = timedelta(days=7)
"""How long it is remembered who complained."""
KEPT = timedelta(days=35)
"""How long a complaint is remembered: longer than the longest window."""
CLOCKS_DIFFER = timedelta(days=1)
MOST = 10_000
"""So many complaints about one subject are read at once; more are "at least" so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What SES says of one mail that came in."""

    id: str
    """SES's message id: names the mail, and everything that follows from it."""
    at: datetime
    recipients: tuple[str, ...]
    sender: str
    """The From address of the header, without a display name; of the envelope when the header has none."""
    subject: str
    dmarc: str
    """PASS, FAIL, GRAY (the domain has no policy) or PROCESSING_FAILED."""
    spam: str
    virus: str
    bucket: str
    key: str

    @property
    def sender_domain(self) -> str:
        """The domain behind the From address, lower case."""
        return self.sender.rpartition("@")[2].rstrip(".").lower()

    def is_proven(self, reporters: Iterable[str]) -> bool:
        """Whether the mail is from one of the reporters beyond doubt: their address, their domain or one below it."""
        return self.dmarc == "PASS" and any(self._is_of(each) for each in reporters)

    def _is_of(self, reporter: str) -> bool:
        if "@" in reporter:
            return self.sender.lower() == reporter
        return is_within(self.sender_domain, reporter)


SETUP_MESSAGE = "AMAZON_SES_SETUP_NOTIFICATION"
"""`messageId` of what SES stores and announces when a receipt rule is made (SES Developer Guide, "Deliver to S3
bucket action", not verified)."""


def is_setup_notification(notification: Mapping[str, Any]) -> bool:
    """Whether SES announces its own trial of a new receipt rule, and no mail."""
    mail = notification.get("mail")
    return isinstance(mail, Mapping) and mail.get("messageId") == SETUP_MESSAGE


def receipt(notification: Mapping[str, Any], now: datetime) -> Receipt:
    """What SES's notification about a received mail says.

    Args:
        notification: As SES sends it.
        now: Nothing was received more than a day later.

    Raises:
        ValueError: It is not one, lacks what names the mail, or names a time at which SES received none.
    """
    try:
        mail, received = notification["mail"], notification["receipt"]
        action = received["action"]
        at = _received_at(mail["timestamp"], now)
        headers = mail.get("commonHeaders") or {}
        senders = getaddresses([str(each) for each in headers.get("from") or [mail.get("source", "")]][:2])
        return Receipt(
            id=str(mail["messageId"]),
            at=at,
            recipients=tuple(str(each).lower() for each in received["recipients"]),
            # a From header with several authors proves none of them
            sender=senders[0][1] if len(senders) == 1 else "",
            subject=" ".join(str(headers.get("subject") or "").split()),
            dmarc=_verdict(received, "dmarcVerdict"),
            spam=_verdict(received, "spamVerdict"),
            virus=_verdict(received, "virusVerdict"),
            bucket=str(action["bucketName"]),
            key=str(action["objectKey"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no notification of a received mail: {type(error).__name__} {error}") from error


def _received_at(written: str, now: datetime) -> datetime:
    """A time in UTC; what is stored until some days after it needs one within a calendar's ends."""
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError("its time names no zone")
    try:
        at = at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"its time has no UTC: {written[:40]}") from error
    if at.year < FIRST_YEAR or at > now + CLOCKS_DIFFER:
        raise ValueError(f"SES received nothing at {at}")
    return at


def _verdict(received: Mapping[str, Any], name: str) -> str:
    return str((received.get(name) or {}).get("status", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint."""

    id: str
    """Names it: the same complaint, delivered twice, is one."""
    at: datetime
    """When we received it: times inside a report are the reporter's."""
    reporter: str
    """`jmrp` (the old format), `ses`, or who made the ARF report, such as ``Yahoo!-Mail-Feedback/2.0``."""
    is_proven: bool
    """Whether who reported it is beyond doubt."""
    ip: str = ""
    """The address that it charges; may be empty."""
    domain: str = ""
    """The domain that sent; may be empty."""
    recipient: str = ""
    """Who complained, where an event of SES names one recipient and no more; never from a report by mail."""

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What it can be found by: the address, and the domain with all above it, one of which is an identity."""
        address = (Subject(SubjectKind.IP, self.ip),) if self.ip else ()
        return (*address, *(Subject(SubjectKind.DOMAIN, name) for name in _upwards(self.domain)))


def _upwards(domain: str) -> tuple[str, ...]:
    """The domain and those above it, but for the last label."""
    labels = domain.split(".") if domain else []
    return tuple(".".join(labels[first:]) for first in range(max(1, len(labels) - 1))) if labels else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail for a person: to postmaster@ or abuse@, or from a reporter and no report."""

    id: str
    at: datetime
    recipient: str
    sender: str
    subject: str
    link: str
    """Where the stored message is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a check wants to know of what came in."""

    table: str
    subjects: tuple[Subject, ...]
    since: datetime
    now: datetime
    rules: tuple[str, ...]
    """Names of the receipt rules that must be in the active rule set; empty: no mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came in."""

    complaints: tuple[Complaint, ...]
    mails: tuple[Mail, ...]
    complainers: tuple[Complaint, ...] = ()
    """Complaints of which SES says who complained, however long ago they are remembered."""
    missing_rules: tuple[str, ...] = ()
    """Rules that are not in the active rule set, or are switched off: no report can arrive."""


def complaint(notice: Notice, receipt: Receipt, reporters: Iterable[str]) -> Complaint | None:
    """The complaint that a received report makes; None when it names neither address nor domain."""
    return charged(notice, identifier=receipt.id, at=receipt.at, is_proven=receipt.is_proven(reporters))


def charged(notice: Notice, *, identifier: str, at: datetime, is_proven: bool) -> Complaint | None:
    """A complaint by whatever road it came; None when it names neither address nor domain.

    Args:
        notice: The complaint as it was read.
        identifier: Names it for ever.
        at: When we got it.
        is_proven: Whether who reported it is beyond doubt, as with an event of SES.
    """
    if notice.kind is not Kind.COMPLAINT or not (notice.ip or notice.domain):
        return None
    return Complaint(
        id=identifier,
        at=at,
        reporter=_reporter(notice),
        is_proven=is_proven,
        ip=notice.ip or "",
        domain=notice.domain or "",
        recipient=notice.recipient if notice.source == "ses" else "",
    )


def _reporter(notice: Notice) -> str:
    if notice.source != "arf":
        return notice.source
    return notice.text.rpartition(" reported by ")[2][:60] or notice.source
