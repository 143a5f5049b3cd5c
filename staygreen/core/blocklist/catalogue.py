"""The catalogue of DNS blocklists: what each lists, what its answers mean, how to leave it.

The facts are data (`data/blocklists.toml`); this module reads them into values that cannot be
wrong, adds a user's own lists, and selects what is asked. A list that is dead or answers for
everybody is on the deny list, with its reason, and no configuration brings it back.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import Enum
from functools import cache, cached_property
from importlib.resources import files
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType
from typing import Any

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


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCovered:
    """A list that would be asked, and why it is not."""

    id: str
    name: str
    reason: str
    """no_key, key_missing, denied, never or unknown_list."""
    text: str
    is_fault: bool = True
    """False where nothing is wrong: a list that needs a key which nobody promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked and what is not."""

    asked: tuple[Entry, ...]
    not_covered: tuple[NotCovered, ...] = ()
    promised: frozenset[str] = field(default=frozenset())
    """Ids whose silence is a loss; of the others it was only hoped that they answer."""


def load(text: str | None = None) -> Catalogue:
    """Read a catalogue, the packaged one when no text is given.

    Raises:
        ValueError: The data breaks the form; the message names the entry.
    """
    return _packaged() if text is None else _read(text)


@cache
def _packaged() -> Catalogue:
    return _read(files("staygreen.core").joinpath("data/blocklists.toml").read_text(encoding="utf-8"))


def _read(text: str) -> Catalogue:
    data = tomllib.loads(text)
    unknown = set(data) - {"list", "denied"}
    if unknown:
        raise ValueError(f"unknown tables: {', '.join(sorted(unknown))}")
    denied = tuple(
        Denied(id=row["id"], zones=tuple(row["zones"]), reason=row["reason"], since=row.get("since", ""))
        for row in data.get("denied", ())
    )
    catalogue = Catalogue(tuple(_entry(row) for row in data.get("list", ())), denied)
    _check_whole(catalogue)
    return catalogue


_TEXT_KEYS = frozenset(
    {
        "id", "name", "operator", "zone", "kind", "keyed_zone", "key_family", "apex", "terms", "registration",
        "delist_url", "delist_how", "expiry", "certainty", "note",
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
            codes=tuple(_code(code, scope) for code in row.get("codes", ())),
            positive=tuple(_control(control) for control in row.get("positive", ())),
            negative=tuple(_control(control) for control in row.get("negative", ())),
            default=Default(row["default"]),
            names=Names(row.get("names", "suffixes")),
            quota_per_day=row.get("quota_per_day"),
            in_flight=row.get("in_flight"),
            per_second=row.get("per_second"),
            verified=row["verified"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{label}: {error}") from error


def _code(row: Mapping[str, Any], scope: Scope) -> Code:
    return Code(
        match=Pattern.parse(row["match"]),
        means=Means(row["means"]),
        meaning=row["meaning"],
        weight=Weight(row.get("severity", "info")),
        scope=Scope(row["scope"]) if "scope" in row else scope,
    )


def _control(row: Mapping[str, Any]) -> Control:
    return Control(
        target=Target(row["target"]),
        name=row["name"],
        expect=tuple(Pattern.parse(text) for text in row.get("expect", ())),
        sourced=row.get("sourced", True),
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


def own_entry(row: Mapping[str, Any]) -> Entry:
    """A list from the configuration (`OwnList`, as JSON) in the catalogue's form.

    Raises:
        ValueError: A code or target is malformed; the message names the list.
    """
    targets = frozenset(Target(target) for target in row["targets"])
    scope = Scope.DOMAIN if targets == {Target.DOMAIN} else Scope.HOST
    weight = Weight(row.get("severity", "medium"))
    try:
        listing = tuple(
            Code(match=Pattern.parse(text), means=Means.LISTING, meaning="listed", weight=weight, scope=scope)
            for text in row["listing_codes"]
        )
        refusal = tuple(
            Code(match=Pattern.parse(text), means=Means.REFUSAL, meaning="refused", scope=scope)
            for text in row.get("error_codes", ())
        )
    except ValueError as error:
        raise ValueError(f"{row['id']}: {error}") from error
    return Entry(
        id=row["id"],
        name=row["name"],
        operator="named in the configuration",
        zone=row["zone"].lower().rstrip("."),
        targets=targets,
        kind="block",
        scope=scope,
        codes=listing + refusal,
        positive=own_controls(targets, row.get("positive_test", "127.0.0.2")),
        negative=own_controls(targets, row.get("negative_test", "127.0.0.1")),
        default=Default.ON,
        delist_url=row.get("delist_url", ""),
        certainty="own",
    )


def own_controls(targets: Iterable[Target], name: str) -> tuple[Control, ...]:
    """The same test point for each kind of subject: RFC 5782 §5 names one for each."""
    if not name:
        return ()
    points = {"127.0.0.2": "test", "127.0.0.1": "invalid"}
    controls = []
    for target in sorted(targets, key=lambda one: one.value):
        if target is Target.IPV6:
            mapped = {"127.0.0.2": "::ffff:7f00:2", "127.0.0.1": "::ffff:7f00:1"}.get(name, name)
            controls.append(Control(target=target, name=mapped))
        else:
            controls.append(Control(target=target, name=points.get(name, name) if target is Target.DOMAIN else name))
    return tuple(controls)


def problems(
    catalogue: Catalogue, on: Iterable[str], off: Iterable[str], own: Iterable[Mapping[str, Any]]
) -> tuple[str, ...]:
    """What a configuration asks for that cannot be had, one line each, with the reason."""
    found = []
    for name in (*on, *off):
        if name not in catalogue.by_id and not catalogue.denial(name):
            found.append(f"no blocklist {name!r} in the catalogue")
    for name in on:
        refused = _refused(catalogue, name)
        if refused:
            found.append(refused.text)
    for row in own:
        try:
            entry = own_entry(row)
        except ValueError as error:
            found.append(str(error))
            continue
        denial = catalogue.denial(entry.zone) or catalogue.denial(entry.id)
        if denial:
            found.append(f"own list {entry.id}: {entry.zone} is never asked: {denial.reason}")
        if entry.id in catalogue.by_id:
            found.append(f"own list {entry.id}: the catalogue has a list of that id")
    return tuple(found)


def _refused(catalogue: Catalogue, name: str) -> NotCovered | None:
    """Why a list that the configuration turns on stays off."""
    denial = catalogue.denial(name)
    if denial:
        return NotCovered(id=name, name=name, reason="denied", text=f"{name} is never asked: {denial.reason}")
    entry = catalogue.by_id.get(name)
    if entry is None:
        return NotCovered(id=name, name=name, reason="unknown_list", text=f"{name} is not in the catalogue")
    if entry.default is Default.NEVER:
        return NotCovered(
            id=name, name=entry.name, reason="never", text=f"{name} is never asked: {entry.note or entry.terms}"
        )
    return None


def select(catalogue: Catalogue, settings: Mapping[str, Any], keys: Mapping[str, str]) -> Selection:
    """Which lists to ask, and which not, with the reason.

    Args:
        catalogue: Every known list.
        settings: The check's settings: `on`, `off`, `own`, `keys` (family → name of the secret).
        keys: The keys themselves by family, as far as they could be read.
    """
    on, off = set(settings.get("on", ())), set(settings.get("off", ()))
    not_covered = [refused for name in sorted(on) if (refused := _refused(catalogue, name))]
    asked: list[Entry] = []
    promised: set[str] = set()
    for entry in catalogue.entries:
        if not _is_wanted(entry, on, off):
            continue
        if entry.needs_key and not keys.get(entry.key_family):
            not_covered.append(_without_key(entry, promised=entry.key_family in settings.get("keys", {})))
            continue
        asked.append(entry)
        if entry.id in on or entry.default is not Default.ON_IF_CONTROLS_PASS:
            promised.add(entry.id)
    for row in settings.get("own", ()):
        entry = own_entry(row)
        denial = catalogue.denial(entry.zone) or catalogue.denial(entry.id)
        if denial:
            text = f"{entry.id} ({entry.zone}) is never asked: {denial.reason}"
            not_covered.append(NotCovered(id=entry.id, name=entry.name, reason="denied", text=text))
        else:
            asked.append(entry)
            promised.add(entry.id)
    return Selection(asked=tuple(asked), not_covered=tuple(not_covered), promised=frozenset(promised))


def _is_wanted(entry: Entry, on: set[str], off: set[str]) -> bool:
    if entry.default is Default.NEVER or entry.id in off:
        return False
    return entry.id in on or entry.default is not Default.OPT_IN


def _without_key(entry: Entry, *, promised: bool) -> NotCovered:
    if promised:
        text = f"{entry.name}: not covered: the secret of the {entry.key_family} key is missing or holds no key"
        return NotCovered(id=entry.id, name=entry.name, reason="key_missing", text=text)
    text = f"{entry.name}: not covered: it is asked with a key of {entry.key_family} only, and none is configured"
    return NotCovered(id=entry.id, name=entry.name, reason="no_key", text=text, is_fault=False)


def narrowed(catalogue: Catalogue, ids: Iterable[str]) -> Catalogue:
    """Only the named lists, each as if it were turned on.

    Raises:
        ValueError: A list is unknown or never asked; the message has the reason.
    """
    wanted = tuple(ids)
    for name in wanted:
        refused = _refused(catalogue, name)
        if refused:
            raise ValueError(refused.text)
    entries = tuple(replace(entry, default=Default.ON) for entry in catalogue.entries if entry.id in wanted)
    return Catalogue(entries, catalogue.denied)
