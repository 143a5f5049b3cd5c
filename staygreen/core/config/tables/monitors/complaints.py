"""`[monitor.complaints]`: recipients' complaints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.confirmation import Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """The `complaints` check: recipients who marked mail as spam, as SES and reports to the mailbox say."""

    enabled: bool = key("False: not deployed. Deployed where there is a mailbox, or mail goes through SES.", True)
    schedule: timedelta = key(
        "How often; whole minutes, from 5m to 1d. A mail to postmaster@ waits this long.", timedelta(minutes=15)
    )
    confirmation: Confirmation = key(
        "When a count is believed, and when it is over.",
        factory=lambda: Confirmation(sightings=1, spacing=timedelta(0), clears=1),
    )
    window: timedelta = key("Complaints of this long are counted together; at most 30d.", timedelta(days=1))
    warning: int = key("Complaints in the window that are a warning: of one address, or of one domain.", 5)
    critical: int = key("Complaints in the window that are critical.", 50)
