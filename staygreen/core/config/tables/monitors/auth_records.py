"""`[monitor.auth_records]`: authentication records of every identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.confirmation import Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthRecords:
    """The `auth_records` check: SPF, DKIM, DMARC and MAIL FROM as declared, and as SES sees them."""

    enabled: bool = key("False: not deployed.", True)
    schedule: timedelta = key("How often; whole minutes, 15 or more.", timedelta(hours=1))
    confirmation: Confirmation = key("When a fault is believed, and when it is over.", factory=Confirmation)
    resolver: str = key("ADDR or ADDR:PORT of a resolver to ask instead of the system's.", "")
