"""Records about encrypted transport: MTA-STS (RFC 8461 §3.1) and TLS-RPT (RFC 8460 §3)."""

from __future__ import annotations

from staygreen.core.config.model import MtaSts, TlsRpt
from staygreen.core.records import tags

MTA_STS_LABEL, TLS_RPT_LABEL = "_mta-sts", "_smtp._tls"
"""What stands before the domain."""
MTA_STS_VERSION, TLS_RPT_VERSION = "STSv1", "TLSRPTv1"


def mta_sts(declared: MtaSts) -> str:
    """Return the record that announces a policy."""
    return tags.render((("v", MTA_STS_VERSION), ("id", declared.id)))


def tls_rpt(declared: TlsRpt) -> str:
    """Return the record that says where reports go."""
    receivers = ",".join(f"mailto:{address}" for address in declared.aggregate_reports)
    return tags.render((("v", TLS_RPT_VERSION), ("rua", receivers)))
