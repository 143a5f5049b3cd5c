"""What a repair may set in an account, and how the account is read: a declaration, no module in the core asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from staygreen.core.finding import Subject

PAUSED, SENDING = "paused", "sending"
"""The values of `Setting.SET_SENDING`."""


class Setting(str, Enum):
    """One thing that can be set; each has its resource and its values as text."""

    IP_POOL = "ip_pool"
    """The pool of a dedicated IP; the value is the pool's name."""
    IP_WARMUP = "ip_warmup"
    """The warm-up of a dedicated IP; a percentage from 0 to 100."""
    SET_SENDING = "set_sending"
    """Whether a configuration set sends: `paused` or `sending`."""
    TENANT_SENDING = "tenant_sending"
    """The customer-managed status of a tenant, by its ARN: ENABLED, REINSTATED or DISABLED."""
    SUPPRESSION = "suppression"
    """Why a recipient is on the suppression list; empty: it is not.

    The resource is the address, or ``tenant name#address`` for the list of a tenant.
    """
    REVERSE_NAME = "reverse_name"
    """The reverse DNS name of an Elastic IP, by its allocation id; empty: none."""
    RECORD = "record"
    """A record set as JSON, by ``zone id|name|type``; empty: absent."""
    CASE = "case"
    """The delisting case of an address, as `staygreen.core.delisting.storage.text` writes it; empty: none."""


ACCOUNT_WIDE = frozenset({Setting.IP_POOL, Setting.IP_WARMUP, Setting.SUPPRESSION, Setting.TENANT_SENDING})
"""What SES has once for an account and region, so that it is every sender's there.

Of one sender alone are configuration sets that its configuration names, Elastic IPs with its tag, records in its zones
and cases in its table. No repair pauses the sending of the account, changes the active receipt rule set or deletes a
pool.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A dedicated IP as SES has it."""

    pool: str
    warmup: int
    """Percent; -1 in a managed pool, where SES alone decides (SES API v2, DedicatedIp, recalled, not verified)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elastic:
    """An Elastic IP with the sender's tag."""

    allocation_id: str
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedRecord:
    """One record set as the deployed stacks have it."""

    zone_id: str
    name: str
    """Lower case, without a trailing dot."""
    type: str
    value: str
    """As `Setting.RECORD` writes it."""
    stack: str

    @property
    def resource(self) -> str:
        """What names it as a `Setting.RECORD`."""
        return f"{self.zone_id}|{self.name}|{self.type}"


class Account(Protocol):
    """The account as a plan may read it. Adapters implement it; tests hold one in memory."""

    def now(self) -> datetime: ...

    def value(self, setting: Setting, resource: str) -> str | None:
        """What is set now; None when the resource is gone."""
        ...

    def dedicated_ips(self) -> Mapping[str, Lease]:
        """Dedicated IPs by address."""
        ...

    def pools(self) -> Mapping[str, bool]:
        """Pools by name: whether each is a standard one."""
        ...

    def sets_of(self, pool: str) -> tuple[str, ...]:
        """Configuration sets that send from a pool, sorted."""
        ...

    def tenants_of(self, configuration_set: str) -> tuple[str, ...]:
        """ARNs of the tenants that a configuration set belongs to, sorted."""
        ...

    def has_tenant_lists(self) -> bool:
        """Whether tenants have suppression lists of their own that can be reached."""
        ...

    def stopped_by_aws(self, setting: Setting, resource: str) -> str:
        """Why AWS itself has stopped the resource or the account; empty: it has not."""
        ...

    def elastic_ips(self) -> Mapping[str, Elastic]:
        """Elastic IPs of the sender by address."""
        ...

    def undivided_with(self) -> tuple[str, ...]:
        """Other deployments in the account and region, as people call them, sorted; none once `only` divides SES.

        Raises:
            SourceUnavailable: AWS did not answer: nobody knows whether there is one.
        """
        ...

    def names_of(self, ip: str) -> tuple[str, ...] | None:
        """PTR names of an address as DNS tells them; None when DNS does not answer."""
        ...

    def addresses_of(self, name: str) -> tuple[str, ...] | None:
        """A records of a name as DNS tells them; None when DNS does not answer."""
        ...

    def wrongly_suppressed(self, subject: Subject, since: datetime) -> tuple[str, ...]:
        """Recipients whom SES suppresses only because an address was refused since a time."""
        ...

    def deployed_records(self) -> tuple[DeployedRecord, ...]:
        """Record sets of the deployed stacks, with their exact values."""
        ...
