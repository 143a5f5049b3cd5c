"""What was found in an account and its region: the values that reading it gives. None always means: not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from functools import cached_property
from types import MappingProxyType

from staygreen.core.preflight.world import Sending
from staygreen.core.records.name import is_within


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """A record set of a hosted zone (Route 53 API Reference, ResourceRecordSet)."""

    name: str
    """Lower case, without a trailing dot, an asterisk as itself."""
    type: str
    ttl: timedelta | None = None
    """None: an alias has none, and public DNS does not say the original."""
    values: tuple[str, ...] = ()
    """As Route 53 has them, in its order; from public DNS: as a resolver gives them, TXT joined."""
    routing: str = ""
    """``weighted``, ``latency`` and so on; empty: it is the only one of its name and type."""
    alias: str = ""
    """What it is an alias of; empty: it has values of its own."""
    is_from_dns: bool = False
    """Whether a resolver gave it, not Route 53."""

    @property
    def peculiarity(self) -> str:
        """Why no template can write it down as it is; empty: one can."""
        if self.alias:
            return f"is an alias of {self.alias}"
        return f"is one of several, {self.routing}" if self.routing else ""


@dataclass(frozen=True, kw_only=True)
class HostedZone:
    """A hosted zone and its record sets."""

    id: str
    name: str
    is_private: bool = False
    servers: tuple[str, ...] = ()
    """Its name servers, lower case, without a trailing dot."""
    is_live: bool | None = None
    """Whether public DNS asks these servers; None: DNS did not answer."""
    records: tuple[RecordSet, ...] | None = None

    @cached_property
    def _sets(self) -> Mapping[tuple[str, str], tuple[RecordSet, ...]]:
        found: dict[tuple[str, str], tuple[RecordSet, ...]] = {}
        for each in self.records or ():
            found[each.name, each.type] = (*found.get((each.name, each.type), ()), each)
        return found

    def sets(self, name: str, rtype: str) -> tuple[RecordSet, ...]:
        """The record sets of a name and type: more than one where they are routed."""
        return self._sets.get((name, rtype), ())

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that has records."""
        return frozenset(each.name for each in self.records or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDetails:
    """What only a call for each identity says (SES API v2 Reference, GetEmailIdentity)."""

    is_easy_dkim: bool = True
    key_length: str = ""
    """``RSA_2048_BIT`` or ``RSA_1024_BIT``, of the next key; empty: not said, as of a key of one's own."""
    dkim_zone: str = ""
    """Where Easy DKIM's CNAMEs lead; empty: dkim.amazonses.com."""
    configuration_set: str = ""
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An SES identity. What the old API says of a hundred at once stands here, all else in its details."""

    name: str
    """As SES has it; a domain in lower case."""
    is_domain: bool
    verification: str = ""
    """SUCCESS, PENDING, FAILED, TEMPORARY_FAILURE or NOT_STARTED."""
    is_signing: bool | None = None
    dkim_status: str = ""
    dkim_tokens: tuple[str, ...] = ()
    mail_from: str | None = None
    """Lower case; empty: none."""
    mail_from_status: str = ""
    rejects_on_mx_failure: bool = False
    forwards_feedback: bool | None = None
    """Whether SES mails bounces and complaints to the sender."""
    details: IdentityDetails | None = None

    @property
    def is_easy_dkim(self) -> bool:
        """Whether AWS makes its keys: as its details say, else as the number of its tokens lets guess."""
        return self.details.is_easy_dkim if self.details else len(self.dkim_tokens) != 1

    @property
    def is_complete(self) -> bool:
        """Whether every setting was read."""
        return None not in (self.is_signing, self.mail_from, self.forwards_feedback, self.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDestination:
    """Where a configuration set's events go."""

    name: str
    kinds: tuple[str, ...]
    to: str
    """An ARN, or the kind of service."""
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSet:
    """A configuration set (SES API v2 Reference, GetConfigurationSet)."""

    name: str
    tls_policy: str = "OPTIONAL"
    pool: str = ""
    max_delivery: timedelta | None = None
    """How long SES tries; None: its default."""
    has_reputation_metrics: bool = False
    is_sending: bool = True
    suppressed_reasons: tuple[str, ...] | None = None
    """``BOUNCE`` and ``COMPLAINT``; None: what the account says holds."""
    tracking_domain: str = ""
    https_policy: str = ""
    has_engagement: bool = False
    """Virtual Deliverability Manager's dashboard."""
    has_shared_delivery: bool = False
    """Its guardian."""
    archive: str = ""
    destinations: tuple[EventDestination, ...] = ()
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPool:
    """A dedicated IP pool and its addresses."""

    name: str
    is_managed: bool = False
    ips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAddress:
    """An Elastic IP."""

    allocation_id: str
    ip: str
    reverse_name: str = ""
    """Lower case, without a trailing dot; empty: AWS's own."""
    attached_to: str = ""
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription of an SNS topic that SES tells of bounces and complaints."""

    topic: str
    protocol: str
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRule:
    """A rule of the active receipt rule set."""

    name: str
    recipients: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


class OwnedKind(str, Enum):
    """What an owner can have."""

    IDENTITY = "identity"
    CONFIGURATION_SET = "configuration set"
    POOL = "pool"
    ADDRESS = "Elastic IP"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who else looks after something, and what says so."""

    tool: str
    """``CloudFormation``, ``Terraform`` and so on."""
    place: str
    """Of it there: a stack, an address in a state file."""
    evidence: str
    logical_id: str = ""
    """In the stack."""

    def __str__(self) -> str:
        return f"{self.tool} ({self.place}): {self.evidence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResource:
    """One resource of a CloudFormation stack."""

    stack: str
    logical_id: str
    type: str
    physical_id: str


OwnedKey = tuple[OwnedKind, str]
"""Kind and name: an identity's, a set's, an allocation id; of a record ``NAME TYPE``, or ``NAME`` for any type."""


@dataclass(frozen=True, kw_only=True)
class Estate:
    """Everything that was found. A part that is None was not read; `failures` says why."""

    account: str = ""
    region: str = ""
    identities: tuple[Identity, ...] | None = None
    configuration_sets: tuple[FoundSet, ...] | None = None
    pools: tuple[FoundPool, ...] | None = None
    tenants: tuple[str, ...] | None = None
    rule_set: str = ""
    """The active receipt rule set; empty: none."""
    receipt_rules: tuple[ReceiptRule, ...] | None = None
    zones: tuple[HostedZone, ...] | None = None
    addresses: tuple[FoundAddress, ...] | None = None
    subscriptions: tuple[Subscription, ...] | None = None
    sending: Sending | None = None
    elsewhere: Mapping[str, int] | None = None
    """SES identities in other regions, by region, where there are any."""
    deployed: frozenset[tuple[str, str]] = frozenset()
    """Stack and logical id of what this sender's own stacks have; its owners are others."""
    owners: Mapping[OwnedKey, Owner] = field(default_factory=lambda: MappingProxyType({}))
    failures: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What could not be read, and what AWS answered."""
    unread: int = 0
    """Identities whose details were not read."""
    is_being_read: bool = False
    """Whether they are being asked for."""

    def zone_of(self, name: str) -> HostedZone | None:
        """The public hosted zone that answers for a name: the longest that holds it; of two, the one that DNS asks."""
        holding = [zone for zone in self.zones or () if not zone.is_private and is_within(name, zone.name)]
        return max(holding, key=lambda zone: (len(zone.name), zone.is_live is not False, zone.id), default=None)

    def identity(self, name: str) -> Identity | None:
        """The identity of a name."""
        return next((each for each in self.identities or () if each.name.lower() == name.lower()), None)

    def configuration_set(self, name: str) -> FoundSet | None:
        """The configuration set of a name."""
        return next((each for each in self.configuration_sets or () if each.name == name), None)

    def pool(self, name: str) -> FoundPool | None:
        """The pool of a name."""
        return next((each for each in self.pools or () if each.name == name), None)

    def address(self, allocation_id: str) -> FoundAddress | None:
        """The Elastic IP of an allocation id."""
        return next((each for each in self.addresses or () if each.allocation_id == allocation_id), None)

    def owner(self, kind: OwnedKind, name: str, rtype: str = "") -> Owner | None:
        """Who else has it; a record is found by its name alone where an owner says no type."""
        found = self.owners.get((kind, f"{name} {rtype}".strip()))
        return found or (self.owners.get((kind, name)) if rtype else None)
