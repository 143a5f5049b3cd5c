"""Records about encrypted transport: MTA-STS (RFC 8461 §3.1) and TLS-RPT (RFC 8460 §3)."""

from __future__ import annotations

MTA_STS_LABEL, TLS_RPT_LABEL = "_mta-sts", "_smtp._tls"
"""What stands before the domain."""
MTA_STS_VERSION, TLS_RPT_VERSION = "STSv1", "TLSRPTv1"
