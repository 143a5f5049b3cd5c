"""What of SES in an account and region belongs to one sender, where others live there too.

SES has one list of identities, configuration sets and dedicated IP pools for each account and region, and none of them
has an owner there: `sender.only` says whose they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

DEFAULT_POOL = "ses-default-dedicated-pool"
"""Where SES keeps dedicated IPs that nobody put elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountShare:
    """The part of SES that is one sender's."""

    is_whole: bool = False
    """Whether everything is, since no part was named."""
    identities: frozenset[str] = frozenset()
    """Domains, lower case. A mail address that is an identity belongs to its domain."""
    pools: frozenset[str] = frozenset()
    configuration_sets: frozenset[str] = frozenset()
    """Sets that the configuration declares. Those that send from one of the pools are the sender's as well."""

    def has_identity(self, name: str) -> bool:
        """Whether an identity, a domain or a mail address, is this sender's."""
        return self.is_whole or name.rpartition("@")[2].lower() in self.identities

    def has_domain(self, domain: str) -> bool:
        """Whether an identity of this sender may send mail from a domain: SES sends for all domains below it."""
        labels = domain.lower().split(".")
        return self.is_whole or any(".".join(labels[start:]) in self.identities for start in range(len(labels)))

    def has_pool(self, name: str) -> bool:
        """Whether a dedicated IP pool is this sender's."""
        return self.is_whole or name in self.pools

    def has_configuration_set(self, name: str, pool: str = "") -> bool:
        """Whether a configuration set is this sender's; `pool` is the one that it sends from, empty: none."""
        return self.is_whole or name in self.configuration_sets or pool in self.pools

    def has_resource(self, arn: str) -> bool:
        """Whether a resource of SES is this sender's; so is one of a kind that `sender.only` does not name."""
        kind, _, name = arn.rpartition(":")[2].partition("/")
        if kind == "identity":
            return self.has_identity(name)
        return kind != "configuration-set" or self.has_configuration_set(name)


WHOLE: Final = AccountShare(is_whole=True)
"""The share of a sender that names nothing: it is taken to be alone."""


def is_identity(name: str) -> bool:
    """Whether a name in `sender.only` is that of an identity: domains have a dot, and pools cannot."""
    return "." in name


def account_share(only: Iterable[str] | None, configuration_sets: Iterable[str]) -> AccountShare:
    """The share that `sender.only` names, with the configuration sets that the configuration declares."""
    if only is None:
        return WHOLE
    names = frozenset(only)
    identities = frozenset(name for name in names if is_identity(name))
    return AccountShare(
        identities=identities, pools=names - identities, configuration_sets=frozenset(configuration_sets)
    )


def to_document(share: AccountShare) -> Mapping[str, Any]:
    """The share as JSON values; `WHOLE` has none and is never written."""
    return {
        "identities": sorted(share.identities),
        "pools": sorted(share.pools),
        "configuration_sets": sorted(share.configuration_sets),
    }


def from_document(document: Mapping[str, Any]) -> AccountShare:
    """The share from what `to_document` made.

    Raises:
        KeyError: A part is missing.
    """
    return AccountShare(
        identities=frozenset(document["identities"]),
        pools=frozenset(document["pools"]),
        configuration_sets=frozenset(document["configuration_sets"]),
    )
