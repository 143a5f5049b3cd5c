"""What is remembered of a message that somebody passed on to show how it was filed: its verdict, not its content.

Whoever forwards a message can have written it: it is that person's claim, and proves nothing alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.received import reading, report
from staygreen.core.received.filing import Filing, Placement, conclude
from staygreen.core.received.reading import Reading, Receiver
from staygreen.core.records.name import is_host_name
from staygreen.core.replies import dsn

MOST_ATTACHED = 5
"""Attached messages of one mail that are looked at."""
_FOLDERS = {
    Placement.JUNK: "junked at",
    Placement.QUARANTINE: "quarantined at",
    Placement.INBOX: "in the inbox at",
    Placement.FOLDER: "moved by a rule at",
    Placement.UNKNOWN: "accepted at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledMessage:
    """How one message was filed."""

    at: datetime
    """When the receiver took it, by its own header; never later than we heard of it."""
    receiver: Receiver
    placement: Placement
    cause: str
    text: str
    """One sentence, such as ``Junked at Outlook.com on 30 November: SCL 5, CAT:SPM; SPF, DKIM and DMARC passed.``"""
    step: str
    ip: str
    """The address that sent it; may be empty."""
    domain: str
    """The From domain; may be empty."""

    @property
    def is_bad(self) -> bool:
        """Whether it speaks against the sender."""
        return self.placement in (Placement.JUNK, Placement.QUARANTINE) or self.cause == "authentication"

    @property
    def brief(self) -> str:
        """Part of a sentence, such as ``a message was junked at Outlook.com on 30 November``."""
        unproven = ", which could not prove its From domain" if self.cause == "authentication" else ""
        return f"a message was {_deed(self.placement, self.receiver, self.at)}{unproven}"

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What it is about: the address, and the From domain with those above it but for the last label."""
        labels = self.domain.split(".") if self.domain else []
        domains = (".".join(labels[first:]) for first in range(max(0, len(labels) - 1)))
        address = (Subject(SubjectKind.IP, self.ip),) if self.ip else ()
        return (*address, *(Subject(SubjectKind.DOMAIN, name) for name in domains))

    def concerns(self, subject: Subject) -> bool:
        """Whether it is about a subject, or does not say what it is about."""
        if subject.kind is SubjectKind.IP:
            return not self.ip or self.ip == subject.id
        return not self.domain or subject in self.subjects


def _deed(placement: Placement, receiver: Receiver, at: datetime) -> str:
    return f"{_FOLDERS[placement]} {report.name(receiver)} on {at.day} {at:%B}"


def of(read: Reading, filing: Filing, now: datetime) -> FiledMessage:
    """What is remembered of a message that was read."""
    taken = next((hop.at for hop in read.way if hop.at is not None), None)
    at = min(taken, now) if taken else now
    domain = read.authentication.from_domain
    deed = _deed(filing.placement, read.receiver, at)
    return FiledMessage(
        at=at,
        receiver=read.receiver,
        placement=filing.placement,
        cause=filing.cause.id,
        text=f"{deed[0].upper()}{deed[1:]}: {report.findings(read)}.",
        step=filing.step,
        ip=str(read.ip) if read.ip else "",
        domain=domain if is_host_name(domain) else "",
    )


def attached(data: bytes, now: datetime) -> Iterator[FiledMessage]:
    """The messages attached to a mail whose receiver is known and proven by Received fields."""
    for message in islice(dsn.forwarded(data), MOST_ATTACHED):
        read = reading.read(message)
        if read.receiver is not Receiver.UNKNOWN and read.has_trace:
            yield of(read, conclude(read), now)
