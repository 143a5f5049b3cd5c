"""`[[pool]]` and `[[configuration_set]]`: how SES sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from staygreen.core.config.field import key


class PoolKind(str, Enum):
    """What a dedicated IP pool is for."""

    STANDARD = "standard"
    MANAGED = "managed"
    QUARANTINE = "quarantine"
    """A standard pool that listed addresses are moved to; never used for sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool of SES dedicated IPs."""

    name: str = key("Pool name in SES.")
    manage: bool = key("False: it exists and is left as it is.", True)
    kind: PoolKind = key("standard, managed or quarantine.", PoolKind.STANDARD)


class SuppressionReason(str, Enum):
    """Why SES puts a recipient on the suppression list."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationSet:
    """How SES treats mail that names this set."""

    name: str = key("Name in SES.")
    manage: bool = key("False: it exists and is left as it is; nothing is added to it.", True)
    tls_required: bool = key("True: mail is delivered over TLS or not at all.", False)
    reputation_metrics: bool = key("Bounce and complaint rates of this set in CloudWatch.", True)
    suppression: tuple[SuppressionReason, ...] = key(
        "Which events put a recipient on the suppression list.",
        (SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT),
    )
    account_suppression: bool = key("True: what the account says holds, and `suppression` does not count.", False)
    pool: str = key("Dedicated IP pool to send from; empty: shared addresses.", "")
    vdm: bool = key("Virtual Deliverability Manager for this set: engagement metrics; billed by message.", False)
    tracking_domain: str = key("Domain of open and click links; empty: Amazon's.", "")
