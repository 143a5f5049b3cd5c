"""The MTA-STS and TLS-RPT records that a configuration declares."""

from __future__ import annotations

from staygreen.core.config.tables.domain import MtaSts, TlsRpt
from staygreen.core.records import tags
from staygreen.core.records.tls import MTA_STS_VERSION, TLS_RPT_VERSION


def mta_sts(declared: MtaSts) -> str:
    """Return the record that announces a policy."""
    return tags.render((("v", MTA_STS_VERSION), ("id", declared.id)))


def tls_rpt(declared: TlsRpt) -> str:
    """Return the record that says where reports go."""
    receivers = ",".join(f"mailto:{address}" for address in declared.aggregate_reports)
    return tags.render((("v", TLS_RPT_VERSION), ("rua", receivers)))
