"""SPF records (RFC 7208 §4.6, §5, §6): which hosts may use a domain in the envelope."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, IPv6Network, NetmaskValueError

from staygreen.core.records.fault import Fault

VERSION = "v=spf1"
MAX_LOOKUPS = 10
"""Terms that make the receiver ask DNS, nested ones included (RFC 7208 §4.6.4)."""
AMAZON_SES = "v=spf1 include:amazonses.com ~all"
"""For a custom MAIL FROM domain (what SES's console shows, as many users quote it; 2026-11-24)."""

_MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
_ASKING = ("include", "a", "mx", "ptr", "exists", "redirect")
_NEEDS_DOMAIN = ("include", "exists")
_DIRECTIVE = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9._-]*)(?::([^/\s]*))?((?:/.*)?)")
_ADDRESS = re.compile(r"([+\-~?]?)(ip4|ip6):(.*)", re.IGNORECASE)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)")
_PREFIXES = re.compile(r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?")
_MACRO_STRING = re.compile(r"(?:%\{[slodiphcrvtSLODIPHCRVT][0-9]*r?[.\-+,/_=]*\}|%%|%_|%-|[!-$&-~])*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One mechanism with its qualifier."""

    mechanism: str
    """Lower case: all, include, a, mx, ptr, ip4, ip6, exists."""
    qualifier: str = ""
    """As written: empty (pass), ``+``, ``-``, ``~`` or ``?``."""
    value: str = ""
    """Domain or network; empty where the mechanism stands alone."""
    prefixes: str = ""
    """``/24``, ``//64`` or both, of a and mx."""

    def __str__(self) -> str:
        return f"{self.qualifier}{self.mechanism}{':' if self.value else ''}{self.value}{self.prefixes}"

    @property
    def asks_dns(self) -> bool:
        """Whether it counts toward `MAX_LOOKUPS`."""
        return self.mechanism in _ASKING

    @property
    def passes(self) -> bool:
        """Whether a host that it matches may send."""
        return self.qualifier in ("", "+")

    @property
    def network(self) -> IPv4Network | IPv6Network | None:
        """The network of ip4 and ip6; None for what DNS has to be asked about."""
        if self.mechanism not in ("ip4", "ip6"):
            return None
        return (IPv4Network if self.mechanism == "ip4" else IPv6Network)(self.value, strict=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """``redirect=``, ``exp=`` or an unknown one, which receivers ignore."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}={self.value}"

    @property
    def asks_dns(self) -> bool:
        """Whether it counts toward `MAX_LOOKUPS`."""
        return self.name == "redirect"


Term = Directive | Modifier


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfRecord:
    """The terms in their order; the first that matches decides."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join([VERSION, *map(str, self.terms)])

    @property
    def last_word(self) -> Directive | None:
        """What is said of every host that is left: the first ``all``; None where there is none."""
        return next((term for term in self.terms if isinstance(term, Directive) and term.mechanism == "all"), None)

    @property
    def asking(self) -> tuple[Term, ...]:
        """The terms that ask DNS when nothing matches; what follows ``all``, and redirect beside it, is dead (§5.1)."""
        last = next((at for at, term in enumerate(self.terms) if term is self.last_word), None)
        live = self.terms[:last]
        return tuple(term for term in live if term.asks_dns and (last is None or isinstance(term, Directive)))

    @property
    def lookups(self) -> int:
        """How many own terms ask DNS; what includes add is not known here."""
        return len(self.asking)


def is_spf(text: str) -> bool:
    """Whether a TXT string claims to be an SPF record (RFC 7208 §4.5)."""
    return text.lower() == VERSION or text.lower().startswith(f"{VERSION} ")


_NEARLY = (
    (re.compile(r"v=spf1\S", re.IGNORECASE), "there is no space behind v=spf1"),
    (re.compile(r"\s+v=spf1", re.IGNORECASE), "a space stands before v=spf1"),
    (re.compile(r"[\"'“”]+\s*v=spf1", re.IGNORECASE), "quotation marks are part of its text"),
    (re.compile(r"v\s*=\s*spf1", re.IGNORECASE), "there are spaces in v=spf1"),
    (re.compile(r"v[=:]\s?spf[^1\s]?", re.IGNORECASE), "its version is not v=spf1"),
    (re.compile(r"spf2\.0/", re.IGNORECASE), "it is a Sender ID record, which receivers ignore"),
    (re.compile(r"spf1?[\s=:]", re.IGNORECASE), "it does not begin with v=spf1"),
    (re.compile(r"(?:include|ip4|ip6):\S+ .*[~?+-]all\b", re.IGNORECASE), "it does not begin with v=spf1"),
)


def near_miss(text: str) -> str:
    """Why a TXT string that was meant as an SPF record is none; empty: it is one, or means something else."""
    if is_spf(text):
        return ""
    why = next((why for pattern, why in _NEARLY if pattern.match(text)), "")
    return f'"{text[:80]}" is no SPF record: {why}' if why else ""


def readable(values: Iterable[str]) -> tuple[SpfRecord, ...]:
    """Return the SPF records among TXT strings that have no fault."""
    parsed = (parse(value) for value in values if is_spf(value))
    return tuple(record for record in parsed if isinstance(record, SpfRecord))


def parse(text: str) -> SpfRecord | Fault:
    """Return the record, or what is wrong with it. Runs of spaces count as one."""
    if not is_spf(text):
        return Fault(0, "the record must begin with v=spf1")
    terms: list[Term] = []
    for match in re.finditer(r"[^ ]+", text[len(VERSION) :]):
        term = parse_term(match[0])
        start = len(VERSION) + match.start()
        if isinstance(term, Fault):
            return Fault(start + term.position, term.reason)
        if isinstance(term, Modifier) and term.name in ("redirect", "exp") and _has(terms, term.name):
            return Fault(start, f"{term.name} appears twice")
        terms.append(term)
    return SpfRecord(terms=tuple(terms))


def parse_term(text: str) -> Term | Fault:
    """Return one mechanism or modifier, or what is wrong with it."""
    address = _ADDRESS.fullmatch(text)
    if address:
        return _network(address[1], address[2].lower(), address[3], address.start(3))
    directive = _DIRECTIVE.fullmatch(text)
    if directive and directive[2].lower() in _MECHANISMS:
        return _directive(directive)
    modifier = _MODIFIER.fullmatch(text)
    if modifier:
        return _modifier(modifier)
    name = directive[2] if directive else text
    return Fault(0, f"{name} is not an SPF mechanism ({', '.join(_MECHANISMS)})")


def _has(terms: list[Term], modifier: str) -> bool:
    return any(isinstance(term, Modifier) and term.name == modifier for term in terms)


def _network(qualifier: str, mechanism: str, value: str, position: int) -> Directive | Fault:
    kind = IPv4Network if mechanism == "ip4" else IPv6Network
    try:
        # Receivers ignore host bits, so they are no fault; masks in dotted form are.
        kind(value, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        return Fault(position, f"{mechanism} needs an {'IPv4' if mechanism == 'ip4' else 'IPv6'} address or network")
    if re.search(r"/.*[.:]", value):
        return Fault(position, "the prefix length must be a number")
    return Directive(mechanism=mechanism, qualifier=qualifier, value=value)


def _directive(match: re.Match[str]) -> Directive | Fault:
    qualifier, mechanism, value, prefixes = match[1], match[2].lower(), match[3], match[4]
    if mechanism in ("ip4", "ip6"):
        return Fault(match.end(2), f"{mechanism} needs an address")
    if value == "" or (value is None and mechanism in _NEEDS_DOMAIN):
        return Fault(match.end(2), f"{mechanism} needs a domain")
    if mechanism == "all" and (value or prefixes):
        return Fault(match.end(2), "all takes no value")
    if value and not _is_domain_spec(value):
        return Fault(match.start(3), f'"{value}" is not a domain')
    if not _prefixes_fit(mechanism, prefixes):
        return Fault(match.start(4), f'"{prefixes}" is not a prefix length that {mechanism} can have')
    return Directive(mechanism=mechanism, qualifier=qualifier, value=value or "", prefixes=prefixes)


def _prefixes_fit(mechanism: str, prefixes: str) -> bool:
    match = _PREFIXES.fullmatch(prefixes)
    if not match or (prefixes and mechanism not in ("a", "mx")):
        return not prefixes
    return int(match[1] or 0) <= 32 and int(match[2] or 0) <= 128


def _modifier(match: re.Match[str]) -> Modifier | Fault:
    name, value = match[1].lower(), match[2]
    if name in ("redirect", "exp") and not _is_domain_spec(value):
        return Fault(match.start(2), f'"{value}" is not a domain')
    if not _MACRO_STRING.fullmatch(value):
        return Fault(match.start(2), f"the value of {name} is not a macro string")
    return Modifier(name=name, value=value)


def _is_domain_spec(text: str) -> bool:
    """Whether the text is a macro string that ends in a top-level label or a macro (RFC 7208 §7.1)."""
    if not _MACRO_STRING.fullmatch(text):
        return False
    return text.endswith("}") or re.search(r"\.[A-Za-z0-9-]*[A-Za-z-][A-Za-z0-9-]*\.?$", text) is not None
