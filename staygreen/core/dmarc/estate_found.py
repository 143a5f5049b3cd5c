"""What is ours on a day: what the configuration declares, and what AWS has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_network

from staygreen.core.reports.estate import Estate
from staygreen.core.ses.identity import SesIdentity


def with_found(declared: Estate, identities: Iterable[SesIdentity], addresses: Iterable[str]) -> Estate:
    """Return the declared estate with SES's identities, their keys and MAIL FROM domains, and with our addresses.

    Args:
        declared: What the configuration says.
        identities: Domains at SES, with the selectors that SES signs with.
        addresses: Elastic and dedicated IPs.
    """
    found = tuple(identities)
    selectors = {(each.name, token.lower()) for each in found for token in each.dkim_tokens}
    networks = (ip_network(each) for each in addresses)
    return replace(
        declared,
        domains=declared.domains | {each.name for each in found},
        selectors=declared.selectors | selectors,
        # their selectors are known now: no other that looks like one of Easy DKIM is ours
        easy_dkim=declared.easy_dkim - {name for name, _ in selectors},
        mail_from=declared.mail_from | {each.mail_from for each in found if each.mail_from},
        networks=tuple(dict.fromkeys((*declared.networks, *networks))),
        unlisted=(),
    )
