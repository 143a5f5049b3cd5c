"""Whose address it is, with the evidence: what is found out before any way out of a refusal is named.

An address is ours, leased to us by Amazon SES, shared by customers of SES, another provider's, or no public address at
all. What nothing says stays unknown. From outside, a dedicated IP of SES looks like one that its customers share: only
the account that leases it knows. So reverse names, ranges and events say "shared", and the account's own word goes
before them.

Sources: SES Developer Guide, "Dedicated IP addresses for Amazon SES" (addresses are shared unless they are leased) and
the AWS blog's "Amazon SES IP addresses" (the ranges are those of amazonses.com's SPF record), both verified 2026-12-01;
IANA's registries of special-purpose addresses (RFC 6890) by Python's `ipaddress`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from staygreen.core.finding import IPAddress
from staygreen.core.records import spf
from staygreen.core.records.name import is_within

Network = IPv4Network | IPv6Network
SES_DOMAIN = "amazonses.com"
"""SES's sending hosts are named below it, and its SPF record names their ranges."""


class OwnerKind(Enum):
    """Who can act for an address."""

    OURS = "ours"
    """An Elastic IP, an address brought to AWS, or one that the configuration names."""
    SES_DEDICATED = "ses_dedicated"
    """Leased from SES by our account alone."""
    SES_SHARED = "ses_shared"
    """SES's own, shared among its customers: AWS alone acts for it."""
    OTHER_PROVIDER = "other_provider"
    NOT_PUBLIC = "not_public"
    """Private or reserved: no receiver ever sees mail from it."""
    UNKNOWN = "unknown"

    @property
    def is_ours_alone(self) -> bool:
        """Whether its reputation is made by our mail and nobody else's."""
        return self in (OwnerKind.OURS, OwnerKind.SES_DEDICATED)

    @property
    def is_somebody_elses(self) -> bool:
        """Whether another company alone can ask for its delisting."""
        return self in (OwnerKind.SES_SHARED, OwnerKind.OTHER_PROVIDER)


class OwnerSource(Enum):
    """Where a clue comes from, the one that decides first."""

    REGISTRY = "registry"
    """IANA's special-purpose addresses."""
    OPERATOR = "operator"
    """A person said so."""
    CONFIG = "config"
    ACCOUNT = "account"
    """AWS lists it in our account."""
    EVENT = "event"
    """An event of SES names it as the address that the message left from."""
    REVERSE_DNS = "reverse_dns"
    """A PTR name that leads back to the address."""
    SPF_RANGE = "spf_range"
    """In a range of the SPF record of amazonses.com, asked now."""
    KNOWN_RANGE = "known_range"
    """In such a range by our copy of that record."""

    @property
    def rank(self) -> int:
        """0 for the one that decides first."""
        return list(OwnerSource).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One fact about whose address it is."""

    kind: OwnerKind
    source: OwnerSource
    text: str
    """The fact in words, without the address, such as ``its PTR name leads back to it``."""
    provider: str = ""
    """Whose it is, where that is another provider's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose address it is, and why we say so."""

    address: IPAddress
    kind: OwnerKind
    clues: tuple[Clue, ...] = ()
    """The one that decides first."""
    provider: str = ""

    @property
    def text(self) -> str:
        """One sentence that claims what the clues carry."""
        clues = "; ".join(dict.fromkeys(clue.text for clue in self.clues if clue.kind is self.kind))
        return _SENTENCES[self.kind].format(address=self.address, provider=self.provider, clues=clues)


_SENTENCES = {
    OwnerKind.OURS: "{address} is yours: {clues}.",
    OwnerKind.SES_DEDICATED: "{address} is a dedicated IP that Amazon SES leases to you alone: {clues}.",
    OwnerKind.SES_SHARED: "{address} is Amazon SES's, shared among its customers unless your account leases it: "
    "{clues}.",
    OwnerKind.OTHER_PROVIDER: "{address} belongs to {provider}: {clues}.",
    OwnerKind.NOT_PUBLIC: "{address} is no public address: {clues}.",
    OwnerKind.UNKNOWN: "it is not known whose address {address} is.",
}


def find(address: IPAddress, clues: Iterable[Clue]) -> Owner:
    """Whose address it is, by the clue whose source decides first; what only hints decides nothing.

    Args:
        address: The address.
        clues: What is known of it, in any order; those of the registry are added here.
    """
    registry = from_registry(address)
    known = [*([registry] if registry else []), *clues]
    ordered = tuple(sorted(known, key=lambda clue: clue.source.rank))
    first = next((clue for clue in ordered if clue.kind is not OwnerKind.UNKNOWN), None)
    if first is None:
        return Owner(address=address, kind=OwnerKind.UNKNOWN, clues=ordered)
    return Owner(address=address, kind=first.kind, clues=ordered, provider=first.provider)


# Networks by what they are for; the documentation ranges are left out: they stand for public addresses in examples.
_SPECIAL: tuple[tuple[str, str], ...] = (
    ("10.0.0.0/8", "it is private (RFC 1918)"),
    ("172.16.0.0/12", "it is private (RFC 1918)"),
    ("192.168.0.0/16", "it is private (RFC 1918)"),
    ("100.64.0.0/10", "a provider shares it among its customers behind NAT (RFC 6598)"),
    ("127.0.0.0/8", "it is loopback (RFC 1122)"),
    ("169.254.0.0/16", "it is link-local (RFC 3927)"),
    ("0.0.0.0/8", 'it means "this network" (RFC 791)'),
    ("192.0.0.0/24", "it is reserved for protocols (RFC 6890)"),
    ("198.18.0.0/15", "it is reserved for benchmarks (RFC 2544)"),
    ("224.0.0.0/4", "it is multicast (RFC 5771)"),
    ("240.0.0.0/4", "it is reserved (RFC 1112)"),
    ("::/128", "it is unspecified (RFC 4291)"),
    ("::1/128", "it is loopback (RFC 4291)"),
    ("64:ff9b:1::/48", "it is a translation of IPv4 that stays local (RFC 8215)"),
    ("100::/64", "it is discarded (RFC 6666)"),
    ("fc00::/7", "it is private (RFC 4193)"),
    ("fe80::/10", "it is link-local (RFC 4291)"),
    ("fec0::/10", "it is site-local (RFC 3879)"),
    ("ff00::/8", "it is multicast (RFC 4291)"),
)
_NOT_PUBLIC = tuple((ip_network(network), text) for network, text in _SPECIAL)
_DOCUMENTATION = tuple(
    ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)


def from_registry(address: IPAddress) -> Clue | None:
    """That an address is private or reserved; None when it is public."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return from_registry(mapped)
    text = next((text for network, text in _NOT_PUBLIC if address in network), "")
    return Clue(kind=OwnerKind.NOT_PUBLIC, source=OwnerSource.REGISTRY, text=text) if text else None


def is_documentation(address: IPAddress) -> bool:
    """Whether an address is one that stands for others in examples (RFC 5737, RFC 3849, RFC 9637)."""
    return any(address in network for network in _DOCUMENTATION)


_PROVIDERS = {
    "google.com": "Google",
    "outbound.protection.outlook.com": "Microsoft 365",
    "hotmail.com": "Microsoft",
    "sendgrid.net": "Twilio SendGrid",
    "mailgun.net": "Mailgun",
    "mailgun.org": "Mailgun",
    "mcsv.net": "Mailchimp",
    "mcdlv.net": "Mailchimp",
    "rsgsv.net": "Mailchimp",
    "mandrillapp.com": "Mailchimp Transactional",
    "mtasv.net": "Postmark",
    "sparkpostmail.com": "Bird (SparkPost)",
    "mailjet.com": "Mailjet",
    "sendinblue.com": "Brevo",
    "brevo.com": "Brevo",
    "exacttarget.com": "Salesforce Marketing Cloud",
    "constantcontact.com": "Constant Contact",
    "hubspotemail.net": "HubSpot",
    "klaviyomail.com": "Klaviyo",
    "messagingengine.com": "Fastmail",
    "zohomail.com": "Zoho",
    "yahoo.com": "Yahoo",
    "icloud.com": "Apple",
    "pphosted.com": "Proofpoint",
    "mimecast.com": "Mimecast",
    "messagelabs.com": "Broadcom",
}
"""Who sends for many customers, by the domain of its sending hosts' names: seen in Received headers of mail, not
documented by the providers."""


def from_reverse_name(name: str, *, is_confirmed: bool) -> Clue | None:
    """What a PTR name says; one that does not lead back to the address is a hint at most: anybody could write it."""
    if not is_confirmed:
        return None
    if is_within(name, SES_DOMAIN):
        text = f"its reverse name {name} leads back to it"
        return Clue(kind=OwnerKind.SES_SHARED, source=OwnerSource.REVERSE_DNS, text=text, provider="Amazon SES")
    domain = next((domain for domain in _PROVIDERS if is_within(name, domain)), "")
    if not domain:
        return None
    return Clue(
        kind=OwnerKind.OTHER_PROVIDER,
        source=OwnerSource.REVERSE_DNS,
        text=f"its reverse name {name} leads back to it",
        provider=_PROVIDERS[domain],
    )


# What people printed of the record's answer in 2026; AWS publishes no other list, and changes this one without notice.
_SES_RECORD = (
    "v=spf1 ip4:199.255.192.0/22 ip4:199.127.232.0/22 ip4:54.240.0.0/18 ip4:69.169.224.0/20 ip4:23.249.208.0/20 "
    "ip4:23.251.224.0/19 ip4:76.223.176.0/20 ip4:54.240.64.0/18 ip4:76.223.128.0/19 ip4:216.221.160.0/19 "
    "ip4:206.55.144.0/20 ip4:24.110.64.0/18 -all"
)
_SES_RECORD_FROM = date(2026, 12, 1)


def from_ses_ranges(address: IPAddress, values: Iterable[str] | None = None) -> Clue | None:
    """Whether an address is in a range that SES sends from.

    Args:
        address: The address.
        values: The TXT strings of amazonses.com; None: DNS was not asked, or did not answer, so that our copy counts.
    """
    networks = _networks((_SES_RECORD,) if values is None else tuple(values))
    found = next((network for network in networks if address in network), None)
    if found is None:
        return None
    if values is None:
        text = f"it is in {found}, one of SES's ranges by our copy of {_SES_RECORD_FROM}"
        return Clue(kind=OwnerKind.SES_SHARED, source=OwnerSource.KNOWN_RANGE, text=text, provider="Amazon SES")
    text = f"it is in {found}, one of the ranges that {SES_DOMAIN} publishes"
    return Clue(kind=OwnerKind.SES_SHARED, source=OwnerSource.SPF_RANGE, text=text, provider="Amazon SES")


@lru_cache(maxsize=8)
def _networks(values: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks that SPF records let send; read once for all refusals of a log."""
    terms = (term for record in spf.readable(values) for term in record.terms)
    passing = (term.network for term in terms if isinstance(term, spf.Directive) and term.passes)
    return tuple(network for network in passing if network is not None)


def from_event() -> Clue:
    """That an event of SES, or the reply in it, names the address as the one that a message left from."""
    text = "it is named in an event of Amazon SES as the address that a message left from"
    return Clue(kind=OwnerKind.SES_SHARED, source=OwnerSource.EVENT, text=text, provider="Amazon SES")


def from_operator(kind: OwnerKind) -> Clue:
    """That a person says whose it is."""
    return Clue(kind=kind, source=OwnerSource.OPERATOR, text="you say so", provider=_NAMED.get(kind, ""))


_NAMED = {OwnerKind.SES_SHARED: "Amazon SES", OwnerKind.OTHER_PROVIDER: "another provider"}


def from_account(kind: OwnerKind, text: str) -> Clue:
    """That AWS lists the address in our account."""
    return Clue(kind=kind, source=OwnerSource.ACCOUNT, text=text)


def from_config(text: str) -> Clue:
    """That the configuration names the address."""
    return Clue(kind=OwnerKind.OURS, source=OwnerSource.CONFIG, text=text)
