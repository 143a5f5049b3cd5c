"""Counters of replies: what is counted apart, and what one batch adds.

Nothing is counted twice, however often or in whatever order it arrives. A mark
stands for each message, and each recipient, that a combination has touched; what
has its mark adds nothing. A message that is put off five times within an hour is
one message, and a repeated delivery of an event changes nothing.

Without Amazon's Virtual Deliverability Manager there is no denominator for each
provider: these are counts, never rates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum

from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.records.name import is_dns_name
from staygreen.core.replies.decode import Cause, Decoded, System
from staygreen.core.replies.delivery_event import Kind, Notice, redacted

LONGEST_ID = 500
"""Characters of a message's id that are told apart."""
SHARED = Subject(SubjectKind.POOL, "ses-shared", "addresses that SES shares among its customers")


class Class(str, Enum):
    """How a cause concerns us; counters of each class are kept apart, so that trouble is found quickly."""

    OURS = "ours"
    """About our standing or set-up."""
    UNKNOWN = "unknown"
    """No rule knows the reply."""
    THEIRS = "theirs"
    """About a recipient, a message or the receiver's servers."""


def class_of(cause: Cause) -> Class:
    """The class of a cause."""
    if cause is Cause.UNKNOWN:
        return Class.UNKNOWN
    return Class.OURS if cause.is_ours else Class.THEIRS


@dataclass(frozen=True, slots=True)
class Combination:
    """What replies are counted by, hour by hour: subject, system, cause and code."""

    subject: Subject
    system: System
    cause: Cause
    code: str

    @property
    def text(self) -> str:
        """Stable text form; begins with the subject's key."""
        return "#".join((self.subject.key, self.system.value, self.cause.value, self.code))


class MarkKind(str, Enum):
    """What a mark stands for."""

    MESSAGE = "message"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class MarkKey:
    """One message, or one recipient, under one combination."""

    kind: MarkKind
    id: str
    """Of the message; or the recipient's keyed hash."""
    combination: Combination


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """That a message or a recipient has been counted."""

    key: MarkKey
    at: datetime
    """When it was counted last."""
    refused: bool
    """Whether it was refused for good, rather than only put off."""

    @property
    def hour(self) -> datetime:
        """The hour it was counted in last."""
        return _hour(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One reply about one recipient of one message, ready to be counted."""

    combination: Combination
    at: datetime
    message: str
    recipient: str
    """Keyed hash; empty when none is named."""
    refused: bool
    source: str
    decoded: Decoded
    """The reply, local parts redacted."""

    @property
    def hour(self) -> datetime:
        """The hour it is counted in."""
        return _hour(self.at)

    def mark_keys(self) -> tuple[MarkKey, ...]:
        """The marks it needs."""
        message = MarkKey(MarkKind.MESSAGE, self.message, self.combination)
        if not self.recipient:
            return (message,)
        return (message, MarkKey(MarkKind.RECIPIENT, self.recipient, self.combination))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What was said about one recipient under one combination, for those who look a recipient up."""

    combination: Combination
    at: datetime
    """The last time."""
    refused: bool
    """False: only put off so far."""


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One counter: a combination in one hour."""

    combination: Combination
    hour: datetime
    messages: int
    """Messages that it touched in this hour."""
    new_messages: int
    """Those that it had not touched before: their sum over hours counts each message once."""
    new_recipients: int
    first_at: datetime
    last_at: datetime
    source: str
    """What the sample was read from: `ses`, `postfix`, `exim`."""
    decoded: Decoded
    """A sample reply, local parts redacted; the first of the hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What a batch adds: marks to be set, counters to be raised."""

    marks: tuple[Mark, ...]
    tallies: tuple[Tally, ...]


def charged(notice: Notice, decoded: Decoded, dedicated: frozenset[str], fallback: str = "") -> Subject:
    """What a reply charges: the domain for authentication, else the address, else the domain or `fallback`.

    Args:
        notice: the reply with its circumstances.
        decoded: what it says.
        dedicated: the sender's dedicated IPs; another address that SES sends from is shared.
        fallback: the pool that is charged when nothing is named.
    """
    domain = _name(decoded.domain) or _name(notice.domain)
    if decoded.cause is Cause.AUTHENTICATION and domain:
        return Subject(SubjectKind.DOMAIN, domain)
    named = decoded.ip if decoded.ip and "/" not in decoded.ip else notice.ip
    if named:
        return SHARED if notice.source == "ses" and named not in dedicated else Subject(SubjectKind.IP, named)
    if domain:
        return Subject(SubjectKind.DOMAIN, domain)
    return Subject(SubjectKind.POOL, fallback.replace("#", "-") or "unknown")


def _name(domain: str | None) -> str:
    return domain if domain and is_dns_name(domain) else ""


def sighting(notice: Notice, subject: Subject, hashed: Callable[[str], str], *, at: datetime, message: str) -> Sighting:
    """What is counted of one refusal or delay.

    Args:
        notice: the reply; its kind is `REFUSED` or `DELAYED`.
        subject: what it charges.
        hashed: makes the keyed hash of a recipient's address.
        at: when it arrived (UTC): when it was said, if the notice names no time or a later one.
        message: what stands for the message if the notice names none.
    """
    decoded = notice.decoded()
    return Sighting(
        combination=Combination(subject, decoded.system, decoded.cause, decoded.code or ""),
        at=min(notice.at.astimezone(UTC), at) if notice.at else at,
        message=(notice.message or message)[:LONGEST_ID],
        recipient=hashed(notice.recipient) if notice.recipient else "",
        refused=notice.kind is Kind.REFUSED,
        source=notice.source,
        decoded=replace(decoded, text=redacted(decoded.text)),
    )


@dataclass(slots=True)
class _Book:
    """The marks as they are while a batch is gone through."""

    known: Mapping[MarkKey, Mark]
    set: dict[MarkKey, Mark] = field(default_factory=dict)

    def touch(self, key: MarkKey, one: Sighting) -> tuple[bool, bool]:
        """Set a mark where needed; whether it is new in this hour, and new at all."""
        before = self.set.get(key) or self.known.get(key)
        if before is None:
            self.set[key] = Mark(key=key, at=one.at, refused=one.refused)
            return True, True
        later, worse = one.hour > before.hour, one.refused and not before.refused
        if later or worse:
            self.set[key] = Mark(key=key, at=max(one.at, before.at), refused=one.refused or before.refused)
        return later, False


def added(sightings: Iterable[Sighting], known: Mapping[MarkKey, Mark]) -> Addition:
    """What sightings add to what is known; nothing for those that were counted before."""
    book = _Book(known)
    tallies: dict[tuple[Combination, datetime], Tally] = {}
    for one in sorted(sightings, key=lambda each: each.at):
        touched = {key.kind: book.touch(key, one) for key in one.mark_keys()}
        in_hour, at_all = touched[MarkKind.MESSAGE]
        _, recipient_new = touched.get(MarkKind.RECIPIENT, (False, False))
        if in_hour or recipient_new:
            key = (one.combination, one.hour)
            tallies[key] = _raised(tallies.get(key), one, (in_hour, at_all, recipient_new))
    return Addition(marks=tuple(book.set.values()), tallies=tuple(tallies.values()))


def _raised(before: Tally | None, one: Sighting, by: tuple[int, int, int]) -> Tally:
    messages, new_messages, new_recipients = by
    if before is None:
        return Tally(
            combination=one.combination,
            hour=one.hour,
            messages=int(messages),
            new_messages=int(new_messages),
            new_recipients=int(new_recipients),
            first_at=one.at,
            last_at=one.at,
            source=one.source,
            decoded=one.decoded,
        )
    return replace(
        before,
        messages=before.messages + messages,
        new_messages=before.new_messages + new_messages,
        new_recipients=before.new_recipients + new_recipients,
        last_at=max(before.last_at, one.at),
    )


def portions(sightings: Sequence[Sighting], most: int) -> Iterator[tuple[Sighting, ...]]:
    """Cut a batch so that each part needs at most `most` marks and counters together."""
    part: list[Sighting] = []
    needs: set[object] = set()
    for one in sightings:
        wanted = {*one.mark_keys(), (one.combination, one.hour)}
        if part and len(needs | wanted) > most:
            yield tuple(part)
            part, needs = [], set()
        part.append(one)
        needs |= wanted
    if part:
        yield tuple(part)
