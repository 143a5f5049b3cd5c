"""The DMARC record that a configuration declares."""

from __future__ import annotations

from staygreen.core.config.tables.domain import Dmarc
from staygreen.core.records.dmarc import DmarcRecord


def declared(dmarc: Dmarc) -> DmarcRecord:
    """Return the record that a configuration asks for."""
    return DmarcRecord(
        policy=dmarc.policy,
        subdomain_policy=dmarc.subdomain_policy,
        nonexistent_policy=dmarc.nonexistent_policy,
        dkim_alignment=dmarc.dkim_alignment,
        spf_alignment=dmarc.spf_alignment,
        testing=dmarc.testing,
        aggregate_reports=tuple(f"mailto:{address}" for address in dmarc.aggregate_reports),
        failure_reports=tuple(f"mailto:{address}" for address in dmarc.failure_reports),
    )
