"""`[monitor.tls_reports]`: what TLS reports say of mail to us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsLimits:
    """From where on failures are an incident, by result type and UTC day."""

    sessions: int = key("Failed sessions a day.", 10)
    share: float = key("Their share of all sessions.", 0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsReports:
    """The `tls_reports` check: whether mail to our domains could be encrypted as we ask for."""

    enabled: bool = key("False: not deployed. Deployed where reports are received.", True)
    schedule: timedelta = key("How often; whole minutes, from 15m to 1d.", timedelta(hours=6))
    limits: TlsLimits = key("From where on it is an incident.", factory=TlsLimits)
