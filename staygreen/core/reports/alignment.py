"""Whether SPF and DKIM results are aligned with the From domain (RFC 9989 section 4.4), computed from the results.

Relaxed alignment compares organizational domains. Without DNS they are known only in part: the report's policy domain
and our own domains are, or lie below, one. Two names are taken to share one when both are within such a domain, or
when one is within the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from staygreen.core.records.name import is_within
from staygreen.core.reports.report import DkimResult, Evidence, PublishedPolicy, SpfResult


class Alignment(NamedTuple):
    """What passes and is aligned."""

    dkim: bool
    spf: bool

    @property
    def passes(self) -> bool:
        """Whether DMARC passes."""
        return self.dkim or self.spf


def of(evidence: Evidence, policy: PublishedPolicy, organizations: Iterable[str] = ()) -> Alignment:
    """What of a record is aligned, in the modes that its report published.

    Args:
        evidence: The record.
        policy: The policy in the report.
        organizations: Organizational domains that are known to be such.
    """
    known = (policy.domain, *organizations) if policy.domain else tuple(organizations)
    return Alignment(
        dkim=any(
            is_aligned(each.domain, evidence.header_from, known, is_strict=policy.adkim == "s")
            for each in evidence.dkim
            if each.result == "pass"
        ),
        spf=any(is_aligned_spf(each, evidence, policy, known) for each in evidence.spf if each.result == "pass"),
    )


def is_aligned_dkim(result: DkimResult, evidence: Evidence, policy: PublishedPolicy, known: Iterable[str]) -> bool:
    """Whether a signature is of the From domain, whatever became of it."""
    return is_aligned(result.domain, evidence.header_from, known, is_strict=policy.adkim == "s")


def is_aligned_spf(result: SpfResult, evidence: Evidence, policy: PublishedPolicy, known: Iterable[str]) -> bool:
    """Whether SPF is about the From domain; HELO counts for a null return path alone (RFC 7208 section 2.4)."""
    if result.scope == "helo" and evidence.envelope_from:
        return False
    return is_aligned(result.domain, evidence.header_from, known, is_strict=policy.aspf == "s")


def is_aligned(name: str, header_from: str, organizations: Iterable[str], *, is_strict: bool = False) -> bool:
    """Whether a name is aligned with the From domain."""
    if not name or not header_from:
        return False
    if name == header_from:
        return True
    if is_strict or "." not in name:
        return False
    if is_within(name, header_from) or is_within(header_from, name):
        return True
    return any(is_within(name, each) and is_within(header_from, each) for each in organizations)
