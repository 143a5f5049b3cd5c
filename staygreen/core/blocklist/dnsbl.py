"""One question to one DNS blocklist: its name, and what the answer is worth.

Four answers, never two. A refusal is not a listing, and silence is not clean: what a list says is
believed only while its controls hold, asked in the same run over the same path (RFC 5782 §5, §7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, ip_address

from staygreen.core.blocklist.catalogue import Code, Control, Entry, Means, Names, Pattern, Target
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply

LOOPBACK = IPv4Network("127.0.0.0/8")
"""Where every answer of a DNS blocklist lies (RFC 5782 §2.1)."""

REFUSALS = IPv4Network("127.255.255.0/24")
"""Where lists put refusals, by a convention that Spamhaus began. No list has a listing there, so a
code of that network that a list does not document is a refusal too, whatever stands beside it."""

MASK = "<key>"
_KEY = re.compile(r"[A-Za-z0-9]{8,63}")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


class Verdict(Enum):
    """What a list says about a subject."""

    LISTED = "LISTED"
    NOTED = "NOTED"
    NOT_LISTED = "NOT_LISTED"
    UNKNOWN = "UNKNOWN"


class Reason(str, Enum):
    """Why an answer is UNKNOWN."""

    REFUSED = "refused"
    BAD_QUERY = "bad_query"
    UNRECOGNISED_CODE = "unrecognised_code"
    OUTSIDE_127 = "outside_127"
    FOREIGN_CNAME = "foreign_cname"
    ZONE_GONE = "zone_gone"
    WILDCARD = "wildcard"
    NO_POSITIVE = "no_positive"
    TIMEOUT = "timeout"
    SERVFAIL = "servfail"
    MALFORMED = "malformed"
    LIST_FAULT = "list_fault"
    NO_RESOLVER = "no_resolver"
    NOT_ASKED = "not_asked"
    QUOTA = "quota"
    """Of a whole list: it allows too few questions to be asked about everyone in each run."""

    @property
    def text(self) -> str:
        """What happened, for a person."""
        return _REASONS[self]


_REASONS = {
    Reason.REFUSED: "the list refused to answer us",
    Reason.BAD_QUERY: "the list says that the question was wrong",
    Reason.UNRECOGNISED_CODE: "the answer has a code whose meaning is not known",
    Reason.OUTSIDE_127: "the answer is a web server's address, and no list's",
    Reason.FOREIGN_CNAME: "the answer leads out of the list's domain",
    Reason.ZONE_GONE: "the list's zone does not exist",
    Reason.WILDCARD: "the list answers for what it cannot have",
    Reason.NO_POSITIVE: "the list does not have its own test entry",
    Reason.TIMEOUT: "there was no answer in time",
    Reason.SERVFAIL: "the name servers failed",
    Reason.MALFORMED: "the answer could not be read",
    Reason.LIST_FAULT: "the list has what is known to be clean",
    Reason.NO_RESOLVER: "no resolver answered",
    Reason.NOT_ASKED: "it was not asked",
    Reason.QUOTA: "the list allows too few questions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one reply says, and why."""

    verdict: Verdict
    codes: tuple[Code, ...] = ()
    """The recognised codes, the heaviest first."""
    reason: Reason | None = None
    """Present when, and only when, the verdict is UNKNOWN."""
    values: tuple[str, ...] = ()
    """The addresses that were answered, in order."""
    raw: str = ""
    """The reply as one line; holds no key."""

    @property
    def meaning(self) -> str:
        """What the codes mean, in words."""
        return "; ".join(code.meaning for code in self.codes)

    @property
    def is_about_subject(self) -> bool:
        """Listed, by a code that means the subject itself rather than what surrounds it."""
        return self.verdict is Verdict.LISTED and any(code.scope.is_own for code in self.codes)


def unknown(reason: Reason, raw: str = "", codes: tuple[Code, ...] = ()) -> Answer:
    """An answer that says nothing about the subject."""
    return Answer(verdict=Verdict.UNKNOWN, reason=reason, raw=raw, codes=codes)


def is_key(text: str) -> bool:
    """Whether a text can be a key: it becomes one DNS label."""
    return _KEY.fullmatch(text) is not None


def masked(text: str, keys: Iterable[str]) -> str:
    """The text without any of the keys, whatever their case."""
    for key in keys:
        if key:
            text = re.sub(re.escape(key), MASK, text, flags=re.IGNORECASE)
    return text


def target_of(name: str) -> Target:
    """What kind of subject a text names.

    Raises:
        ValueError: It is neither an address nor a domain.
    """
    try:
        return Target.IPV6 if ip_address(name).version == 6 else Target.IPV4
    except ValueError:
        _checked_domain(name)
        return Target.DOMAIN


def canonical(name: str) -> str:
    """An address as `ipaddress` prints it, a domain in lower case without a trailing dot.

    Raises:
        ValueError: It is neither; the message names it.
    """
    try:
        return str(ip_address(name))
    except ValueError:
        return _checked_domain(name)


def _checked_domain(name: str) -> str:
    """A domain that can be a sender (RFC 1035 §2.3.4; two labels or more).

    Raises:
        ValueError: It can not be one.
    """
    plain = name.lower().rstrip(".")
    labels = plain.split(".")
    if len(labels) < 2 or len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        hint = "" if plain.isascii() else "; names in other scripts are written in their xn-- form"
        raise ValueError(f"{name!r} is neither an IP address nor a domain name{hint}")
    if labels[-1].isdigit():
        raise ValueError(f"{name!r} is neither an IP address nor a domain name")
    return plain


def prefix(target: Target, name: str) -> str:
    """The labels before the zone (RFC 5782 §2.1, §2.4, §3).

    The nibbles of an IPv6 address are written out as they are: the test point `::ffff:7f00:2` must
    not become the IPv4 name that it maps to, or the IPv6 side of a list is never asked.
    """
    if target is Target.IPV4:
        return ".".join(reversed(str(IPv4Address(name)).split(".")))
    if target is Target.IPV6:
        return ".".join(reversed(IPv6Address(name).packed.hex()))
    return name.lower().rstrip(".")


def question(entry: Entry, target: Target, name: str, key: str = "", rtype: RecordType = RecordType.A) -> Question:
    """What to ask a list about an address or a domain.

    Raises:
        ValueError: The list needs a key, or the whole name is too long for DNS.
    """
    whole = f"{prefix(target, name)}.{entry.asked_zone(key)}"
    if len(whole) > 253:
        raise ValueError(f"{name} is too long a name for {entry.zone}")
    return Question(whole, rtype)


def names_asked(entry: Entry, target: Target, name: str) -> tuple[str, ...]:
    """The names that stand for a subject on this list, the subject's own first.

    Lists of registered domains do not have the names below them. Which name is the registered one
    only a list of public suffixes can tell; instead every name from the full one up to two labels
    is asked, so the registered one is always among them, and a public suffix (`co.uk`) is listed nowhere.
    """
    if target is not Target.DOMAIN or entry.names is Names.FULL:
        return (name,)
    labels = name.split(".")
    return tuple(".".join(labels[start:]) for start in range(max(1, len(labels) - 1)))


def random_name(target: Target, token: str) -> str:
    """A name that was never asked before, in the shape of the list's own subjects.

    A fresh name can come from no cache: that it is not listed shows that the list's servers answer
    now and do not list everything. Addresses lie in 127.16.0.0 and above, away from the test points.
    Labels are letters and digits alone, since some servers stumble over others.

    Args:
        target: The kind of subject.
        token: Random hexadecimal digits, eight or more.
    """
    if target is Target.DOMAIN:
        return f"x{token[:24].lower()}.invalid"
    second, third, fourth = (int(token[at : at + 2], 16) for at in (0, 2, 4))
    address = IPv4Address(bytes((127, 16 + second % 240, third, fourth)))
    return str(address) if target is Target.IPV4 else str(IPv6Address(f"::ffff:{address}"))


def judge(entry: Entry, reply: Reply, key: str = "") -> Answer:
    """What one reply says, the list's controls aside.

    LISTED needs every address in 127.0.0.0/8, no alias out of the zone, one of the list's own
    listing codes and none of its refusals. NOT_LISTED needs a negative answer about the asked name
    itself, without an address, whose SOA, where there is one, is the zone's own. All else is UNKNOWN.
    """
    raw = masked(_raw(reply), (key,))
    if reply.rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN):
        return _without_answer(entry, reply.rcode, raw)
    if reply.canonical and not _is_within(reply.canonical, entry.asked_zone(key)):
        return unknown(Reason.FOREIGN_CNAME, raw)
    if reply.rcode is Rcode.NXDOMAIN or not reply.values:
        if reply.values or reply.canonical:
            # no such name, and its address; or an alias, so that the list has something there, but not what
            return unknown(Reason.MALFORMED, raw)
        if reply.soa_owner is not None and not _is_within(reply.soa_owner, entry.authority(key)):
            return unknown(Reason.ZONE_GONE, raw)
        return Answer(verdict=Verdict.NOT_LISTED, raw=raw)
    said = tuple(masked(value, (key,)) for value in reply.values)
    return replace(_judge_values(entry, reply.values, raw), values=said)


def _judge_values(entry: Entry, values: tuple[str, ...], raw: str) -> Answer:
    try:
        addresses = tuple(IPv4Address(value) for value in values)
    except AddressValueError:
        return unknown(Reason.MALFORMED, raw)
    if not all(address in LOOPBACK for address in addresses):
        return unknown(Reason.OUTSIDE_127, raw)
    return _judge_codes(entry, addresses, raw)


def _judge_codes(entry: Entry, addresses: tuple[IPv4Address, ...], raw: str) -> Answer:
    """What the codes mean together: a refusal outweighs a listing, and a listing what is not known."""
    meant = tuple(dict.fromkeys(code for address in addresses for code in codes_of(entry, address)))
    strange = [address for address in addresses if not codes_of(entry, address)]
    refusals, bad_queries, listings, infos = (
        tuple(code for code in meant if code.means is means)
        for means in (Means.REFUSAL, Means.BAD_QUERY, Means.LISTING, Means.INFO)
    )
    if refusals or any(address in REFUSALS for address in strange):
        return unknown(Reason.REFUSED, raw, refusals)
    if bad_queries:
        return unknown(Reason.BAD_QUERY, raw, bad_queries)
    if listings:
        heaviest = sorted(listings, key=lambda code: code.weight.severity.rank)
        return Answer(verdict=Verdict.LISTED, codes=(*heaviest, *infos), raw=raw)
    if strange:
        return unknown(Reason.UNRECOGNISED_CODE, raw, infos)
    return Answer(verdict=Verdict.NOTED, codes=infos, raw=raw)


def codes_of(entry: Entry, address: IPv4Address) -> tuple[Code, ...]:
    """The codes that one answer stands for.

    Refusals come before all else, since they overlap with codes (DNSWL, 127.0.10.3). Of the rest,
    bits of a mask add up; among other forms the first that matches is meant.
    """
    matching = [code for code in entry.codes if code.match.matches(address)]
    ours = [code for code in matching if code.means in (Means.REFUSAL, Means.BAD_QUERY)]
    if ours:
        return (ours[0],)
    bits = [code for code in matching if code.match.text.startswith("mask:")]
    return tuple(bits or matching[:1])


def _without_answer(entry: Entry, rcode: Rcode, raw: str) -> Answer:
    """A question that got no answer: whose fault it is, as far as it can be told."""
    codes = tuple(code for code in entry.codes if code.match.rcode == rcode.value)
    if codes or rcode is Rcode.REFUSED:
        return unknown(Reason.REFUSED, raw, codes)
    reasons = {Rcode.TIMEOUT: Reason.TIMEOUT, Rcode.SERVFAIL: Reason.SERVFAIL, Rcode.NOT_ASKED: Reason.NOT_ASKED}
    return unknown(reasons.get(rcode, Reason.MALFORMED), raw)


def _raw(reply: Reply) -> str:
    parts = [reply.rcode.value, *reply.values]
    if reply.canonical:
        parts.append(f"CNAME {reply.canonical}")
    if reply.soa_owner is not None:
        parts.append(f"SOA {reply.soa_owner or '.'}")
    return " ".join(parts)


def _is_within(name: str, zone: str) -> bool:
    name, zone = name.lower().rstrip("."), zone.lower().rstrip(".")
    return name == zone or name.endswith(f".{zone}")


class ControlKind(Enum):
    """What a control shows."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One control, ready to be asked."""

    kind: ControlKind
    control: Control
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether a list's answers may be believed in this run."""

    reason: Reason | None = None
    """Why not; None when they may."""
    raw: str = ""
    """The control that failed and its reply."""

    @property
    def is_good(self) -> bool:
        """Whether every control held."""
        return self.reason is None


def probes(entry: Entry, target: Target, token: str, key: str = "") -> tuple[Probe, ...]:
    """The controls of a list for one kind of subject: what is always, never, and by chance not listed."""
    fresh = Control(target=target, name=random_name(target, token))
    kinds = (
        (ControlKind.POSITIVE, [control for control in entry.positive if control.target is target]),
        (ControlKind.NEGATIVE, [control for control in entry.negative if control.target is target]),
        (ControlKind.RANDOM, [fresh]),
    )
    return tuple(
        Probe(kind=kind, control=control, question=question(entry, target, control.name, key))
        for kind, controls in kinds
        for control in controls
    )


def health(entry: Entry, asked: Iterable[Probe], replies: Mapping[Question, Reply], key: str = "") -> Health:
    """What the controls show: the first thing that is wrong, the list's own refusal before all else."""
    asked = tuple(asked)
    failures = [
        failure for probe in asked if (failure := _failure(entry, probe, replies.get(probe.question), key)) is not None
    ]
    if not any(probe.kind is ControlKind.POSITIVE for probe in asked):
        return Health(reason=Reason.NO_POSITIVE, raw="the list has no positive control for this kind of subject")
    if not failures:
        return Health()
    return min(failures, key=lambda failure: _FIRST.get(failure.reason or Reason.NOT_ASKED, len(_FIRST)))


_FIRST = {
    reason: rank
    for rank, reason in enumerate(
        (
            Reason.REFUSED, Reason.FOREIGN_CNAME, Reason.OUTSIDE_127, Reason.ZONE_GONE, Reason.WILDCARD,
            Reason.BAD_QUERY, Reason.UNRECOGNISED_CODE, Reason.TIMEOUT, Reason.SERVFAIL, Reason.NO_POSITIVE,
        )
    )
}  # fmt: skip


def _failure(entry: Entry, probe: Probe, reply: Reply | None, key: str) -> Health | None:
    """Why one control does not hold; None when it does."""
    if reply is None:
        return Health(reason=Reason.NOT_ASKED, raw=f"{probe.kind.value} control {probe.control.name}: not asked")
    answer = judge(entry, reply, key)
    raw = f"{probe.kind.value} control {probe.control.name}: {answer.raw}"
    if probe.kind is ControlKind.POSITIVE:
        return _positive_failure(probe.control, answer, reply, raw)
    if answer.verdict is Verdict.NOT_LISTED:
        return None
    if answer.verdict in (Verdict.LISTED, Verdict.NOTED):
        return Health(reason=Reason.WILDCARD, raw=raw)
    return Health(reason=answer.reason, raw=raw)


def _positive_failure(control: Control, answer: Answer, reply: Reply, raw: str) -> Health | None:
    if answer.verdict is Verdict.NOT_LISTED:
        return Health(reason=Reason.NO_POSITIVE, raw=raw)
    strange = answer.reason is Reason.UNRECOGNISED_CODE
    if answer.verdict is Verdict.UNKNOWN and not (strange and control.expect):
        return Health(reason=answer.reason, raw=raw)
    if not control.expect or any(_expected(control.expect, value) for value in reply.values):
        return None
    return Health(reason=Reason.NO_POSITIVE, raw=raw)


def _expected(patterns: tuple[Pattern, ...], value: str) -> bool:
    return any(pattern.matches(IPv4Address(value)) for pattern in patterns)
