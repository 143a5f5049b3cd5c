"""Whether a report is what its sender says: anybody can write to the address for reports.

Proven is a report whose mail SES found to pass DMARC, whose From domain is what the reader found in the same mail, and
is the reporter's. Whoever counts reporters counts From domains: the name in a report is anybody's to choose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from staygreen.core.records.name import is_within
from staygreen.core.replies.complaints import Receipt

PASS = "PASS"  # noqa: S105 - a verdict of SES


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a report says it is from."""

    submitter: str
    """Domain of the From header in front of the report; empty when it is not in a mail."""
    organization: str
    contact: str
    """A mail address, or text with one; may be empty."""


Proof = Callable[[Claim], bool]


def by_receipt(receipt: Receipt) -> Proof:
    """Judge by what SES found of the mail. A mail within the mail does not lend its From to what is in it."""

    def is_proven(claim: Claim) -> bool:
        sender = receipt.sender_domain
        return receipt.dmarc == PASS and bool(sender) and sender == claim.submitter and is_reporters(sender, claim)

    return is_proven


def by_trust(is_trusted: bool) -> Proof:
    """Judge all alike: of a bucket that others fill, the configuration says whether they look at DMARC."""
    return lambda claim: is_trusted


def is_reporters(sender: str, claim: Claim) -> bool:
    """Whether a domain is the reporter's: its name in the report, or the domain of its contact."""
    organization = claim.organization.strip().rstrip(".").lower()
    contact = claim.contact.rpartition("@")[2].strip(" <>").rstrip(".").lower()
    return any("." in name and _are_one(sender, name) for name in (organization, contact))


def _are_one(one: str, other: str) -> bool:
    return is_within(one, other) or is_within(other, one)
