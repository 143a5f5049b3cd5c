"""Which evidence is kept for a cell, which cells are kept, and what is left of the others."""

from __future__ import annotations

from collections.abc import Iterable

from staygreen.core.dmarc.day import Rest
from staygreen.core.finding import IPAddress
from staygreen.core.records.name import is_within
from staygreen.core.reports import alignment
from staygreen.core.reports.estate import Estate, contains
from staygreen.core.reports.report import Evidence, OverrideReason, PublishedPolicy

LONGEST_EVIDENCE = 2_000
"""Characters of one record's evidence. What is longer is lumped."""
STOPPED = frozenset({"quarantine", "reject"})
"""Dispositions under which a message did not reach the inbox."""


def reduced(evidence: Evidence) -> Evidence | None:
    """What is kept of evidence: nothing that could point to a person, and of comments only that ARC passed.

    None: it is too long to be kept.
    """
    kept = evidence._replace(envelope_to=None, reasons=tuple(dict.fromkeys(_reason(each) for each in evidence.reasons)))
    return kept if len(str(kept)) <= LONGEST_EVIDENCE else None


def lump(messages: int, evidence: Evidence, policy: PublishedPolicy) -> Rest:
    """Messages without their cell."""
    return Rest(
        messages=messages,
        aligned=messages if alignment.of(evidence, policy).passes else 0,
        stopped=messages if evidence.disposition in STOPPED else 0,
    )


def claims_to_be_ours(
    source: IPAddress | None, evidence: Evidence, policy: PublishedPolicy, estate: Estate | None
) -> bool:
    """Whether a cell is kept before others: its address is ours or a declared sender's, or it is signed in our name.

    A campaign from thousands of addresses must not crowd out what we can repair.
    """
    if any(is_within(each.domain, policy.domain) for each in evidence.dkim if policy.domain):
        return True
    if estate is not None and (
        estate.is_ours(source) or any(contains(each.networks, source) for each in estate.senders)
    ):
        return True
    return alignment.of(evidence, policy).passes


def table(evidence: Iterable[Evidence]) -> dict[Evidence, int]:
    """Each evidence once, with its place."""
    return {each: place for place, each in enumerate(dict.fromkeys(evidence))}


def ordered(evidence: Iterable[Evidence]) -> dict[Evidence, int]:
    """Each evidence once, with its place in an order that does not depend on how it came."""
    return {each: place for place, each in enumerate(sorted(set(evidence), key=str))}


def source_order(source: IPAddress | None) -> tuple[int, int]:
    """An order of addresses of both versions and of none."""
    return (source.version, int(source)) if source is not None else (0, 0)


def _reason(reason: OverrideReason) -> OverrideReason:
    has_arc = "arc=pass" in reason.comment.lower().replace(" ", "")
    return OverrideReason(reason.type[:40], "arc=pass" if has_arc else "")
