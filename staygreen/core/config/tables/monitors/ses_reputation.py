"""`[monitor.ses_reputation]`: what SES thinks of the account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.confirmation import Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class SesReputation:
    """The `ses_reputation` check: whether SES still trusts the account."""

    enabled: bool = key("False: not deployed. Deployed where something sends through SES.", True)
    schedule: timedelta = key(
        "How often; whole minutes, 15 or more. What SES tells by itself is judged at once.", timedelta(hours=1)
    )
    confirmation: Confirmation = key("When a rate is believed, and when it is over.", factory=Confirmation)
    bounce_limit: float = key("Bounce rate at which AWS reviews accounts, as a fraction.", 0.05)
    complaint_limit: float = key("Complaint rate at which AWS reviews accounts, as a fraction.", 0.001)
    warning_at: float = key("Share of a limit that is a warning.", 0.4)
    critical_at: float = key("Share of a limit that is critical.", 0.8)
