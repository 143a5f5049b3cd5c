"""The way of a message, as its Received fields tell it, and where the receiver's own part of it ends.

Source: RFC 5321 section 4.4, RFC 8601 sections 5 and 7.1; verified 2026-12-01.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from staygreen.core.data import table
from staygreen.core.finding import IPAddress
from staygreen.core.received.fields import Field, Header

MOST_HOPS = 200
_LONGEST = 4000
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:IPv6:)?"
    r"([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.[0-9]{1,3}){0,3}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![\w:]|\.[0-9])"
)
_NAME_IN_COMMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9.-]{1,250}?)\.? \[")
_GREETING = re.compile(r"^(?:EHLO|HELO|helo=)\s{0,3}(\S{1,253})", re.IGNORECASE)
_TLS = re.compile(r"\b(?:with E?SMTPSA?\b|with LMTPSA?\b|with SMTPs\b|version=TLS|using TLS|TLS1[._]\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One Received field."""

    place: int
    """Its place among the fields."""
    sender: str
    """What the handing server called itself, lower case; empty: the field does not say."""
    by: str
    """Who wrote the field, lower case; may be empty."""
    ip: IPAddress | None
    """The address that handed over."""
    ptr: str
    """The name that the writer looked up for the address; may be empty."""
    is_tls: bool
    at: datetime | None = None
    """When the field was written (aware, UTC); None where that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A receiver whose headers are known (data/received/receivers.toml)."""

    id: str
    name: str
    by: tuple[str, ...]
    by_address: tuple[IPv4Network | IPv6Network, ...]
    by_prefix: tuple[str, ...]
    inside: tuple[str, ...]
    inside_prefix: str
    outside: tuple[str, ...]
    networks: tuple[IPv4Network | IPv6Network, ...]
    authserv: tuple[str, ...]
    is_below: bool
    marks: frozenset[str]

    def wrote(self, hop: Hop, *, marked: bool) -> bool:
        """Whether it wrote a Received field; `marked`: a field of its own above says so."""
        if _is_one_of(hop.by, self.by):
            return True
        if self.by_prefix and "." not in hop.by and hop.by.startswith(self.by_prefix):
            return True
        return marked and _is_in(address(hop.by), self.by_address)

    def is_handed_on_within(self, hop: Hop) -> bool:
        """Whether a hop lies within the receiver: neither greeting nor address are those of anybody else."""
        if not hop.sender:
            return True
        if _is_one_of(hop.sender, self.outside):
            return False
        named = _is_one_of(hop.sender, self.inside) or bool(
            self.inside_prefix and "." not in hop.sender and self.inside_prefix in hop.sender
        )
        return (named or address(hop.sender) is not None) and _is_in(hop.ip, self.networks)

    def is_named(self, authserv: str) -> bool:
        """Whether an authserv-id is its own."""
        return _is_one_of(authserv, self.authserv)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Where the receiver's own headers end."""

    known: Known | None
    handover: Hop | None
    """The hop at which the message came to the receiver; None where it cannot be seen."""
    ends: int
    """The receiver wrote every field in front of this place."""
    has_trace: bool
    """Whether Received fields show it; else only the topmost fields of a paste are believed."""


@cache
def receivers() -> tuple[Known, ...]:
    """The known receivers."""
    return tuple(
        Known(
            id=row["id"],
            name=row["name"],
            by=tuple(row["by"]),
            by_address=tuple(ip_network(each) for each in row.get("by_address", ())),
            by_prefix=tuple(row.get("by_prefix", ())),
            inside=tuple(row.get("inside", ())),
            inside_prefix=row.get("inside_prefix", ""),
            outside=tuple(row.get("outside", ())),
            networks=tuple(ip_network(each) for each in row.get("networks", ())),
            authserv=tuple(row["authserv"]),
            is_below=row["below"],
            marks=frozenset(row.get("marks", ())),
        )
        for row in table("received/receivers.toml")["receiver"]
    )


def hops(header: Header) -> tuple[Hop, ...]:
    """The Received fields, the last hop first."""
    found = ((at, field) for at, field in enumerate(header.fields) if field.key == "received")
    return tuple(_hop(at, field) for at, field in _first(found, MOST_HOPS))


def _first(found: Iterator[tuple[int, Field]], most: int) -> Iterator[tuple[int, Field]]:
    for _, each in zip(range(most), found, strict=False):
        yield each


def vouched(host: str) -> Known:
    """A receiver that is known by the word of whoever reads: the recipient's own mail server.

    Its results may stand above or below its Received field, as milters write them. What its own filter hands on to it
    over loopback or a private address, by its own name or as localhost, lies within.

    Args:
        host: The name that it writes behind ``by`` and as authserv-id, lower case; names below it are its own too.
    """
    own = (host, f".{host}")
    within = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    return Known(
        id="other",
        name=host,
        by=own,
        by_address=(),
        by_prefix=(),
        inside=("localhost", "localhost.localdomain", *own),
        inside_prefix="",
        outside=(),
        networks=tuple(ip_network(each) for each in within),
        authserv=own,
        is_below=True,
        marks=frozenset(),
    )


def boundary(header: Header, way: tuple[Hop, ...], host: str = "") -> Boundary:
    """Where the headers of the receiver end, from the top down: at the first hop that comes from outside.

    Args:
        header: The message's fields.
        way: Its Received fields.
        host: The recipient's own mail server, where whoever reads vouches for one.
    """
    if not way:
        return Boundary(known=None, handover=None, ends=0, has_trace=False)
    above = {field.key for field in header.fields[: way[0].place]}
    for known in (*([vouched(host)] if host else ()), *receivers()):
        marked = bool(above & known.marks)
        if known.wrote(way[0], marked=marked):
            return _within(known, way, marked=marked)
    return Boundary(known=None, handover=None, ends=0, has_trace=True)


def _within(known: Known, way: tuple[Hop, ...], *, marked: bool) -> Boundary:
    last = way[0]
    for hop in way:
        is_named_above = hop is not last and last.sender == hop.by
        if not known.wrote(hop, marked=marked or is_named_above):
            break
        last = hop
        if not known.is_handed_on_within(hop):
            return Boundary(known=known, handover=hop, ends=hop.place, has_trace=True)
    return Boundary(known=known, handover=None, ends=last.place, has_trace=True)


def _hop(at: int, field: Field) -> Hop:
    text, comments = _without_comments(field.value[:_LONGEST])
    words = text.replace(";", " ; ").split()
    lower = [word.lower() for word in words]
    by_at = lower.index("by") if "by" in lower else -1
    sender = words[1].lower() if len(words) > 1 and lower[0] == "from" and by_at != 1 else ""
    by = words[by_at + 1].lower() if 0 <= by_at < len(words) - 1 else ""
    front = [comment for place, comment in comments if by_at < 0 or place < _place_of_by(text)]
    ip, ptr = _address(sender, front)
    greeted = next((found[1].lower() for each in front if (found := _GREETING.match(each))), "")
    return Hop(
        place=at,
        sender=(greeted or sender).strip("[]").rstrip("."),
        by=by.strip("[]").rstrip("."),
        ip=ip,
        ptr=ptr,
        is_tls=bool(_TLS.search(field.value[:_LONGEST])),
        at=_time(text),
    )


def _time(text: str) -> datetime | None:
    """The time behind the last semicolon (RFC 5321 section 4.4)."""
    try:
        found = parsedate_to_datetime(text.rpartition(";")[2].strip()[:100])
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _place_of_by(text: str) -> int:
    found = re.search(r"(?:^|\s)by\s", text, re.IGNORECASE)
    return found.start() if found else len(text)


def _without_comments(value: str) -> tuple[str, list[tuple[int, str]]]:
    """A text with its comments taken out, and each comment with its place in what is left."""
    text: list[str] = []
    comments: list[tuple[int, str]] = []
    depth = start = 0
    for at, letter in enumerate(value):
        if letter == "(":
            depth += 1
            if depth == 1:
                start = at + 1
        elif letter == ")" and depth:
            depth -= 1
            if not depth:
                comments.append((len(text), value[start:at]))
                text.append(" ")
        elif not depth:
            text.append(letter)
    return "".join(text), comments


def _address(sender: str, comments: list[str]) -> tuple[IPAddress | None, str]:
    """The address that handed over, which the writer notes last in front of its own name; and the name found for it."""
    for comment in reversed(comments):
        found = _ADDRESS.search(comment)
        if found and (noted := address(found[1])) is not None:
            named = _NAME_IN_COMMENT.match(comment)
            name = named[1].lower() if named and named[1].lower() != "unknown" and "." in named[1] else ""
            return noted, name
    return address(sender.strip("[]")), ""


def address(text: str) -> IPAddress | None:
    """The address that a text is, an IPv4 address within IPv6 as IPv4; None: it is none."""
    try:
        found = ip_address(text.strip("[]").removeprefix("ipv6:"))
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_in(address: IPAddress | None, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return address is not None and any(address.version == each.version and address in each for each in networks)


def _is_one_of(name: str, patterns: tuple[str, ...]) -> bool:
    return any(name.endswith(each) if each.startswith(".") else name == each for each in patterns)
