"""What is ours, as far as we know it: what the class of reported mail is judged by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from staygreen.core.finding import IPAddress
from staygreen.core.owner import from_ses_ranges
from staygreen.core.records.name import is_within

Network = IPv4Network | IPv6Network
SES_DOMAIN = "amazonses.com"
"""Mail through SES without a MAIL FROM domain of its own passes SPF for a name below it."""
_EASY_TOKEN = re.compile(r"[a-z0-9]{32}")
"""The selectors that SES makes for Easy DKIM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSender:
    """Somebody else who sends in our name and is meant to."""

    name: str
    selectors: frozenset[str] = frozenset()
    spf_domains: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    is_forwarder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Our domains, addresses, keys and senders."""

    domains: frozenset[str] = frozenset()
    parked: frozenset[str] = frozenset()
    """Domains that never send."""
    nonexistent: frozenset[str] = frozenset()
    """Names below our domains that DNS was found not to have."""
    networks: tuple[Network, ...] = ()
    """Elastic and dedicated IPs, on the day of the reports."""
    ses_ranges: tuple[Network, ...] = ()
    """Shared addresses of SES. They change: where they are not known, SPF shows who sent through SES."""
    selectors: frozenset[tuple[str, str]] = frozenset()
    """Domain and selector of each key of ours."""
    easy_dkim: frozenset[str] = frozenset()
    """Domains whose selectors SES makes, where they are not among `selectors`."""
    mail_from: frozenset[str] = frozenset()
    """MAIL FROM domains of ours at SES."""
    senders: tuple[DeclaredSender, ...] = ()
    unlisted: tuple[str, ...] = ()
    """Names of Elastic IPs of ours whose addresses are not known here."""

    def is_ours(self, address: IPAddress | None) -> bool:
        """Whether an address is ours alone."""
        return contains(self.networks, address)

    def is_domain_of_ours(self, name: str) -> bool:
        """Whether a name is one of our domains or below one."""
        return any(is_within(name, domain) for domain in self.domains)

    def never_sends(self, name: str) -> bool:
        """Whether a name is parked, below a parked domain, or does not exist."""
        return name in self.nonexistent or any(is_within(name, domain) for domain in self.parked)

    def knows_selector(self, domain: str, selector: str) -> bool:
        """Whether a signature is made with a key of ours.

        A signature whose selector is not reported (RFC 7489 allows that) is taken for one of ours where the domain has
        keys: nothing then says that somebody else's key is in our DNS.
        """
        if not selector:
            return domain in self.easy_dkim or any(domain == each for each, _ in self.selectors)
        if (domain, selector.lower()) in self.selectors:
            return True
        return domain in self.easy_dkim and _EASY_TOKEN.fullmatch(selector.lower()) is not None


def is_outside_ses(address: IPAddress | None) -> bool:
    """Whether an address is in none of SES's ranges by our copy, which has those of IPv4 alone."""
    return address is not None and address.version == 4 and from_ses_ranges(address) is None


def contains(networks: Iterable[Network], address: IPAddress | None) -> bool:
    """Whether an address is in one of the networks."""
    return address is not None and any(address in network for network in networks)
