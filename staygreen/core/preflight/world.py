"""What AWS says before a deployment, as values that the command fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from staygreen.core.ses.identity import SesIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """The SES account in the sender's region (SES API v2 Reference, GetAccount)."""

    is_production: bool
    """Out of the sandbox."""
    is_paused: bool
    enforcement: str
    """HEALTHY, PROBATION or SHUTDOWN."""
    daily_quota: float
    """Messages in 24 hours; -1: without limit."""
    sent_in_a_day: float
    plan: str = ""
    """The pricing plan: NONE, ESSENTIALS, PRO or ENTERPRISE; empty: AWS says nothing about it."""
    next_plan: str = ""
    """The one that follows with the next month; empty: no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticIp:
    """An Elastic IP of the account in the region."""

    ip: str
    reverse_name: str = ""
    """Empty: AWS's own."""
    attached_to: str = ""
    """The instance or network interface that uses it; empty: nothing does."""
    sender: str = ""
    """The value of its `staygreen:sender` tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What AWS says. A part that is None was not asked, or did not answer."""

    account_id: str | None = None
    """Whose the credentials are."""
    sending: Sending | None = None
    identities: tuple[SesIdentity, ...] | None = None
    zones: Mapping[str, tuple[str, ...]] | None = None
    """Name servers of hosted zones by id; without those that do not exist."""
    addresses: Mapping[str, ElasticIp] | None = None
    """By allocation id."""
    address_quota: int | None = None
    """Elastic IPs that the region allows."""
    concurrent_runs: int | None = None
    """Functions that may run at once in the account and region (Lambda API Reference, GetAccountSettings)."""
    other_deployments: tuple[str, ...] | None = None
    """Other deployments of staygreen in the account and region, as people call them."""
    ses_names: frozenset[str] | None = None
    """Domains that are SES identities, and dedicated IP pools; asked where `sender.only` names some."""
    active_rule_set: str | None = None
    """The active receipt rule set; empty: none."""
    github_provider: str | None = None
    """ARN of a provider for GitHub that this deployment did not make; empty: none. Asked where one is to be made."""
    log_groups: frozenset[str] | None = None
    """Of those that the configuration names, the log groups that exist; asked where it names some."""
    chat_clients: frozenset[str] | None = None
    """Ids of the Slack workspaces and Teams that Amazon Q Developer was authorised for; asked where there is a chat."""
    subscribers: frozenset[str] | None = None
    """ARNs of subscribed functions that exist; asked where functions subscribe."""
    recipient_key: str | None = None
    """The secret with the key of recipients' hashes, where it is there and no stack of ours has it; else empty."""
    failures: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Why a part is None: what was asked, and what AWS answered."""
