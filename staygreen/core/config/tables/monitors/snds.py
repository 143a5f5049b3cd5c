"""`[monitor.snds]`: Microsoft's own view of the addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.confirmation import Confirmation
from staygreen.core.finding import IPAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class SndsNetwork:
    """A network that the SNDS account has access to."""

    network: str = key("The network, such as 203.0.113.0/24, or one address.")
    attested: str = key(
        "The day when Microsoft last confirmed the access, such as 2026-11-01; it ends after ten months."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Snds:
    """The `snds` check: Microsoft's own view of the addresses."""

    enabled: bool = key("True: deployed. Costs nothing for SES dedicated IPs; own addresses need an account.", False)
    schedule: timedelta = key(
        "How often; whole minutes, 1h or more. Data is daily and one to two days late.", timedelta(hours=6)
    )
    confirmation: Confirmation = key(
        "When a state is believed, and when it is over.",
        factory=lambda: Confirmation(sightings=1, spacing=timedelta(0), clears=1),
    )
    token_secret: str = key(
        "Secrets Manager name of the login; written by `staygreen snds login`. Empty: the REST API is not asked.", ""
    )
    link_secret: str = key("Secrets Manager name of a report link, which ends after 30 days. Empty: none.", "")
    timezone: str = key("Zone of the dates in reports, which name none.", "UTC")
    networks: tuple[SndsNetwork, ...] = key(
        "Networks of the account, to be reminded after nine months; TOML key `network`.", (), toml="network"
    )
    steady: tuple[IPAddress, ...] = key(
        "Addresses that send more than 100 messages a day to Microsoft: silence about them is a finding.", ()
    )
    yellow_days: int = key("Days of yellow in a row that are a warning.", 2)
    complaint_warning: float = key("Complaint rate that is a warning, as a fraction: 0.001 is 0.1 %.", 0.001)
    complaint_critical: float = key("Complaint rate that is critical, as a fraction.", 0.003)
    recipients_gap: float = key("Share of recipients not accepted that is a warning, as a fraction.", 0.1)
    per_ip_metrics: bool = key(
        "True: five CloudWatch metrics for each address, once a day: about 60 USD a month for 1,000 addresses.", False
    )
    base_url: str = key("Where the REST API is.", "https://substrate.office.com/ip-domain-management-snds")
    authority: str = key("Where logins are made.", "https://login.microsoftonline.com/consumers/oauth2/v2.0")
    client_id: str = key("OAuth client of Microsoft's portal.", "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c")
    scope: str = key(
        "OAuth scope; needs offline_access.",
        "a53a6cc1-a1cd-46f7-a4aa-281cdabec33c/.default offline_access openid profile",
    )
