"""What SES says of an account, as values that adapters fill and checks judge.

Shapes follow the SES API v2 Reference (GetAccount, GetConfigurationSet, ListReputationEntities, ListRecommendations,
ListSuppressedDestinations) as botocore 1.43 models them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from types import MappingProxyType

SET_DIMENSION = "ses:configuration-set"
"""The dimension of a configuration set's metrics: the name of the auto-tag (CDK reference, CloudWatchDimensionSource,
verified 2026-11-24)."""
ACCOUNT = ""
"""The key of the account itself where configuration sets are keyed by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account in one region."""

    sending_enabled: bool = True
    enforcement: str = "HEALTHY"
    """HEALTHY, PROBATION (under review) or SHUTDOWN (paused)."""
    sent_in_a_day: int = 0
    """Messages in the last 24 hours."""
    has_vdm: bool = False
    """Whether Virtual Deliverability Manager is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInUse:
    """One configuration set."""

    name: str
    sending_enabled: bool = True
    pool: str = ""
    """The dedicated IP pool that it sends from; empty: shared addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The newest reputation metrics, as fractions; None: CloudWatch has none of the last day."""

    bounces: float | None = None
    complaints: float | None = None
    sent: int | None = None
    """Messages of the last day; None: nobody counts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A resource whose reputation SES follows, such as a tenant."""

    arn: str
    status: str
    """ENABLED, REINSTATED or DISABLED: the customer's and SES's own decision together."""
    cause: str = ""
    """Why, as SES says it; may be empty."""
    impact: str = ""
    """LOW or HIGH: the worst open finding about it; empty: none is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One open advice of Virtual Deliverability Manager."""

    kind: str
    """DKIM, DMARC, SPF, BIMI, COMPLAINT, BOUNCE, FEEDBACK_3P or IP_LISTING; AWS may add others."""
    arn: str
    """What it is about."""
    description: str
    impact: str = ""
    """LOW or HIGH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything about the account's reputation, read at one time."""

    account: Account
    sets: tuple[SetInUse, ...] = ()
    rates: Mapping[str, Rates] = field(default_factory=lambda: MappingProxyType({}))
    """By configuration set; `ACCOUNT` for the account."""
    entities: tuple[Entity, ...] = ()
    recommendations: tuple[Recommendation, ...] | None = None
    """None: Virtual Deliverability Manager is off."""
    suppressed: Mapping[date, int] | None = field(default_factory=lambda: MappingProxyType({}))
    """Addresses put on the account's suppression list, by day (UTC), the last nine days; None: too many to count."""


class Whose(Enum):
    """Whose messages a volume counts."""

    ACCOUNT = "account"
    POOL = "pool"
    MICROSOFT = "microsoft"
    """Everybody's mail to Microsoft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Messages sent by day (UTC), today and the 15 days before; a day that is absent had none."""

    whose: Whose
    days: Mapping[date, int]
    pool: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """All volumes that somebody counts."""

    sent_in_a_day: int
    """Of the account, as SES itself counts: metrics that have nothing of it are not to be believed."""
    counted: tuple[Volume, ...] = ()
