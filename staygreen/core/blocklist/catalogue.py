"""The catalogue of DNS blocklists: what each lists, what its answers mean, how to leave it.

The facts are data (`data/blocklists.toml`); this module reads them into values that cannot be
wrong, adds a user's own lists, and selects what is asked. A list that is dead or answers for
everybody is on the deny list, with its reason, and no configuration brings it back.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache, cached_property
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType
from typing import Any

from staygreen.core import data
from staygreen.core.finding import Severity

STALE_AFTER = timedelta(days=365)
"""An entry whose evidence is older than this is pointed out: lists change hands and meanings."""


class Target(Enum):
    """What a list has answers about."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DOMAIN = "domain"


class Scope(Enum):
    """What a listing is about. Only host and domain are about the subject alone."""

    HOST = "host"
    DOMAIN = "domain"
    POLICY = "policy"
    """The range is declared unfit to send mail directly: a configuration matter, not abuse."""
    SUBNET = "subnet"
    ASN = "asn"

    @property
    def is_own(self) -> bool:
        """Whether the subject itself is meant."""
        return self in (Scope.HOST, Scope.DOMAIN)


class Means(Enum):
    """What one answer code says."""

    LISTING = "listing"
    INFO = "info"
    """Recorded, never an alarm: context, or good news."""
    REFUSAL = "refusal"
    BAD_QUERY = "bad_query"
    """The list says that it was asked the wrong kind of question: our fault."""


class Weight(Enum):
    """The catalogue's own severity, finer than a finding's."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    INFO = "info"

    @property
    def severity(self) -> Severity:
        """By consequence: critical now, high and medium soon, info is context."""
        return {"critical": Severity.CRITICAL, "info": Severity.INFO}.get(self.value, Severity.WARNING)


class Default(Enum):
    """Whether a list is asked without being named in the configuration."""

    ON = "on"
    ON_IF_CONTROLS_PASS = "on_if_controls_pass"  # noqa: S105 - not a password
    ON_WITH_KEY = "on_with_key"
    OPT_IN = "opt_in"
    NEVER = "never"


class Names(Enum):
    """Which names a domain list has."""

    FULL = "full"
    """A listing covers everything below it: only the full name is asked."""
    SUFFIXES = "suffixes"
    """Registered domains: the full name and each name above it down to two labels are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Which answers a code stands for.

    Written as an exact address, a range `127.0.0.4-127.0.0.7`, a network `127.255.255.0/24`,
    a wildcard octet `127.0.*.3`, a bit of the last octet of 127.0.0.x `mask:8`, or `rcode:REFUSED`.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Check the form.

        Raises:
            ValueError: `text` is in none of the forms.
        """
        pattern = cls(text=text)
        try:
            sample = pattern.sample()
            if not pattern.rcode and (sample is None or not pattern.matches(sample)):
                raise ValueError
        except ValueError:
            raise ValueError(f"{text!r} is not an answer code") from None
        return pattern

    @property
    def rcode(self) -> str:
        """The response code that it stands for, or empty for answers."""
        return self.text.removeprefix("rcode:") if self.text.startswith("rcode:") else ""

    def matches(self, address: IPv4Address) -> bool:
        """Whether an answer is one of these."""
        if self.rcode:
            return False
        if self.text.startswith("mask:"):
            bit = int(self.text.removeprefix("mask:"))
            return address in _network("127.0.0.0/24") and bool(address.packed[3] & bit)
        if "*" in self.text:
            return _octets_match(self.text, address)
        if "-" in self.text:
            low, _, high = self.text.partition("-")
            return _address(low) <= address <= _address(high)
        return address in _network(self.text)

    def sample(self) -> IPv4Address | None:
        """One address that it stands for; None for a response code."""
        if self.rcode:
            return None
        if self.text.startswith("mask:"):
            return IPv4Address("127.0.0.0") + int(self.text.removeprefix("mask:"))
        return IPv4Network(self.text.replace("*", "7").partition("-")[0])[0]


# each answer is held against each code of its list: their texts are read once
_address = cache(IPv4Address)
_network = cache(IPv4Network)


def _octets_match(pattern: str, address: IPv4Address) -> bool:
    octets = pattern.split(".")
    if len(octets) != 4:
        raise ValueError(f"{pattern!r} has not four octets")
    return all(want == "*" or int(want) == have for want, have in zip(octets, address.packed, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One answer code of one list."""

    match: Pattern
    means: Means
    meaning: str
    weight: Weight = Weight.INFO
    scope: Scope = Scope.HOST
    source_url: str = ""
    """Where the code is documented; empty on a user's own lists."""
    verified: date | None = None
    """When that page said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A name whose answer is known beforehand (RFC 5782 §5)."""

    target: Target
    name: str
    """An address or a domain, asked the way a subject of that kind is asked."""
    expect: tuple[Pattern, ...] = ()
    """The documented answers, one of which must come; empty: any listing or info code."""
    sourced: bool = True
    """False: the standard's test point, not confirmed by the operator's own documents."""
    source_url: str = ""
    """Where the test point is documented; for one that is not confirmed, the standard."""
    verified: date | None = None
    """When that page said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One list."""

    id: str
    name: str
    operator: str
    zone: str
    targets: frozenset[Target]
    kind: str
    """block, reputation, allow or mixed: an answer of the last three may be good news."""
    scope: Scope
    codes: tuple[Code, ...]
    positive: tuple[Control, ...]
    negative: tuple[Control, ...]
    default: Default
    keyed_zone: str = ""
    """The zone with the place of the key, `{key}.zen.dq.spamhaus.net`; empty: no keyed form."""
    key_family: str = ""
    apex: str = ""
    """Name at or below which the SOA of a negative answer lies; empty: the zone."""
    names: Names = Names.SUFFIXES
    terms: str = ""
    quota_per_day: int | None = None
    in_flight: int | None = None
    """Questions on their way at once that it is known to take; None: not known."""
    per_second: float | None = None
    registration: str = ""
    delist_url: str = ""
    delist_how: str = ""
    expiry: str = ""
    removable: bool = True
    """False: nobody can ask for removal, or what there is to buy changes nothing: a listing ends by itself."""
    ipv6_prefix: int = 128
    """What a listing of an IPv6 address covers: the network of this length around it."""
    source_url: str = ""
    """Where the operator, or who reads the list, documents its codes and controls; empty on a user's own lists."""
    verified: date | None = None
    """Date of the newest evidence; None on a user's own lists."""
    certainty: str = "high"
    note: str = ""

    @property
    def needs_key(self) -> bool:
        """Whether it is asked with a key alone."""
        return bool(self.keyed_zone)

    def asked_zone(self, key: str = "") -> str:
        """The zone that questions go to; the public mirror of a keyed list is not asked.

        Raises:
            ValueError: The list needs a key and there is none.
        """
        if not self.keyed_zone:
            return self.zone
        if not key:
            raise ValueError(f"{self.id} is asked with a key only")
        return self.keyed_zone.replace("{key}", key.lower())

    def age_warning(self, today: date) -> str:
        """What to say of an entry whose newest evidence is older than a year; empty while it is not."""
        if self.verified is None or today - self.verified <= STALE_AFTER:
            return ""
        return f"{self.id}: last verified {self.verified}, more than a year ago"

    def authority(self, key: str = "") -> str:
        """Where the SOA of its answers must lie, or below."""
        return self.apex or self.asked_zone(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A dead, parked or misleading list, which is never asked."""

    id: str
    zones: tuple[str, ...]
    reason: str
    since: str = ""

    def covers(self, zone: str) -> bool:
        """Whether the zone is one of these or lies below one."""
        zone = zone.lower().rstrip(".")
        return any(zone == own or zone.endswith(f".{own}") for own in self.zones)


@dataclass(frozen=True)
class Catalogue:
    """Every list that we know, dead ones included."""

    entries: tuple[Entry, ...]
    denied: tuple[Denied, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        """Entries by their ids."""
        return MappingProxyType({entry.id: entry for entry in self.entries})

    def denial(self, name: str) -> Denied | None:
        """Why a list, named by id or zone, is never asked; None when it may be."""
        return next((dead for dead in self.denied if dead.id == name or dead.covers(name)), None)


def load(text: str | None = None) -> Catalogue:
    """Read a catalogue, the packaged one when no text is given.

    Raises:
        ValueError: The data breaks the form; the message names the entry.
    """
    return _packaged() if text is None else _read(tomllib.loads(text))


@cache
def _packaged() -> Catalogue:
    return _read(data.table("blocklists.toml"))


def _read(tables: Mapping[str, Any]) -> Catalogue:
    unknown = set(tables) - {"list", "denied"}
    if unknown:
        raise ValueError(f"unknown tables: {', '.join(sorted(unknown))}")
    denied = tuple(
        Denied(id=row["id"], zones=tuple(row["zones"]), reason=row["reason"], since=row.get("since", ""))
        for row in tables.get("denied", ())
    )
    catalogue = Catalogue(tuple(_entry(row) for row in tables.get("list", ())), denied)
    _check_whole(catalogue)
    return catalogue


_TEXT_KEYS = frozenset(
    {
        "id", "name", "operator", "zone", "kind", "keyed_zone", "key_family", "apex", "terms", "registration",
        "delist_url", "delist_how", "expiry", "certainty", "note", "source_url",
    }
)  # fmt: skip
_OTHER_KEYS = frozenset(
    {
        "targets",
        "scope",
        "codes",
        "positive",
        "negative",
        "default",
        "names",
        "quota_per_day",
        "in_flight",
        "per_second",
        "removable",
        "ipv6_prefix",
        "verified",
    }
)


def _entry(row: Mapping[str, Any]) -> Entry:
    """One `[[list]]` table.

    Raises:
        ValueError: Something is missing, unknown or malformed.
    """
    label = row.get("id", "a list without an id")
    unknown = set(row) - _TEXT_KEYS - _OTHER_KEYS
    if unknown:
        raise ValueError(f"{label}: unknown keys {', '.join(sorted(unknown))}")
    try:
        scope = Scope(row["scope"])
        return Entry(
            **{key: row[key] for key in _TEXT_KEYS & set(row)},
            targets=frozenset(Target(target) for target in row["targets"]),
            scope=scope,
            codes=tuple(_code(code, row, scope) for code in row.get("codes", ())),
            positive=tuple(_control(control, row) for control in row.get("positive", ())),
            negative=tuple(_control(control, row) for control in row.get("negative", ())),
            default=Default(row["default"]),
            names=Names(row.get("names", "suffixes")),
            quota_per_day=row.get("quota_per_day"),
            in_flight=row.get("in_flight"),
            per_second=row.get("per_second"),
            removable=row.get("removable", True),
            ipv6_prefix=row.get("ipv6_prefix", 128),
            verified=row["verified"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{label}: {error}") from error


STANDARD = "https://www.rfc-editor.org/rfc/rfc5782#section-5"
"""Where the test points stand that every list should have."""


def _code(row: Mapping[str, Any], entry: Mapping[str, Any], scope: Scope) -> Code:
    return Code(
        match=Pattern.parse(row["match"]),
        means=Means(row["means"]),
        meaning=row["meaning"],
        weight=Weight(row.get("severity", "info")),
        scope=Scope(row["scope"]) if "scope" in row else scope,
        source_url=row.get("source_url", entry.get("source_url", "")),
        verified=row.get("verified", entry.get("verified")),
    )


def _control(row: Mapping[str, Any], entry: Mapping[str, Any]) -> Control:
    is_sourced = row.get("sourced", True)
    return Control(
        target=Target(row["target"]),
        name=row["name"],
        expect=tuple(Pattern.parse(text) for text in row.get("expect", ())),
        sourced=is_sourced,
        source_url=row.get("source_url", entry.get("source_url", "") if is_sourced else STANDARD),
        verified=row.get("verified", entry.get("verified")),
    )


def _check_whole(catalogue: Catalogue) -> None:
    """What no single entry can show.

    Raises:
        ValueError: An id stands twice, or a list that is asked is on the deny list.
    """
    seen: set[str] = set()
    for entry in catalogue.entries:
        if entry.id in seen:
            raise ValueError(f"{entry.id}: the id stands twice")
        seen.add(entry.id)
        denial = catalogue.denial(entry.zone)
        if denial and entry.default is not Default.NEVER:
            raise ValueError(f"{entry.id}: {entry.zone} is denied: {denial.reason}")
