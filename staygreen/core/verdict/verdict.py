"""All evidence about one address or domain, fused into one state, one ranking of causes and one next step.

Pure, and tested as a truth table. What decides:

* Replies outrank portals: a server that refuses us is the best witness of it.
* A green SNDS, or none, never overrules a reply; no data is not green.
* Outlook.com's consumer mail and Microsoft 365 are judged apart.
* A listing of a range or an autonomous system is told apart from one of the address.
* Stale evidence is shown as stale and decides nothing; but a portal alone makes nothing good while the last reply
  known, however old, is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from staygreen.core.finding import State, Subject


class Witness(Enum):
    """Where a piece of evidence comes from, the strongest first."""

    REPLY = "reply"
    BLOCKLIST = "blocklist"
    SNDS = "snds"
    REVERSE_DNS = "reverse_dns"
    AUTHENTICATION = "authentication"
    COMPLAINTS = "complaints"
    SES = "ses"
    VOLUME = "volume"
    NEIGHBOURHOOD = "neighbourhood"
    RECEIVED = "received"
    """A message that a person passed on: a claim, never proof alone."""

    @property
    def fresh_for(self) -> timedelta:
        """How long it says something about now."""
        days = {Witness.REPLY: 2, Witness.SNDS: 4}
        for_a_week = (Witness.COMPLAINTS, Witness.VOLUME, Witness.NEIGHBOURHOOD, Witness.RECEIVED)
        return timedelta(days=7 if self in for_a_week else days.get(self, 1))

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return list(Witness).index(self)


class Claim(Enum):
    """How sure a piece of evidence is."""

    OBSERVED = "observed"
    """Seen by us: a reply, an answer, a row."""
    INFERRED = "inferred"
    """Concluded from what was seen."""
    STATED = "stated"
    """Said by the operator; not checked."""

    @property
    def rank(self) -> int:
        """0 for the surest."""
        return list(Claim).index(self)


class Realm(Enum):
    """Whose mail it concerns."""

    CONSUMER = "outlook_consumer"
    MICROSOFT_365 = "exchange_online"
    EVERYWHERE = "everywhere"
    """Not one provider's matter: blocklists, reverse DNS, authentication."""
    ELSEWHERE = "elsewhere"
    """Another provider's."""

    @property
    def is_microsofts(self) -> bool:
        """Whether Microsoft alone knows how it stands there."""
        return self in (Realm.CONSUMER, Realm.MICROSOFT_365)


class Reach(Enum):
    """What a piece of evidence is about."""

    OWN = "own"
    """The address or domain itself."""
    RANGE = "range"
    """The network or autonomous system around it."""


class Standing(Enum):
    """How things stand, the worst first."""

    BLOCKED = "blocked"
    THROTTLED = "throttled"
    AT_RISK = "at_risk"
    UNKNOWN = "unknown"
    NOTHING_FOUND = "nothing_found"
    """Nothing speaks against the subject as far as was asked, and nothing is known from Microsoft."""
    GOOD = "good"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Standing).index(self)

    @property
    def words(self) -> str:
        """For a reader: a row "Reverse DNS: nothing found" would say that there is none."""
        return "nothing wrong found" if self is Standing.NOTHING_FOUND else self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One piece of evidence."""

    witness: Witness
    realm: Realm
    state: State
    """BAD speaks against the subject, OK for it, UNKNOWN says that there is no data."""
    standing: Standing
    """What it amounts to when it is BAD: what the subject suffers."""
    cause: str
    """Stable word, such as ``ip_blocked`` or ``ptr_missing``."""
    text: str
    observed_at: datetime
    next_step: str = ""
    claim: Claim = Claim.OBSERVED
    reach: Reach = Reach.OWN
    route: str = ""
    """Where the repair begins, as the decoder names it; may be empty."""
    name: str = ""
    """The name that was found, such as that of the PTR record; may be empty."""
    brief: str = ""
    """What the first line about the subject says of it; may be empty."""

    @property
    def is_context(self) -> bool:
        """Whether it is shown and speaks neither for the subject nor against it."""
        return self.state is State.OK and (self.reach is Reach.RANGE or self.witness is Witness.RECEIVED)

    def age(self, now: datetime) -> timedelta:
        """How old it is."""
        return now - self.observed_at

    def is_stale(self, now: datetime) -> bool:
        """Whether it says nothing about now."""
        return self.age(now) > self.witness.fresh_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How one realm treats the subject."""

    realm: Realm
    standing: Standing
    because: Exhibit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause in the ranking, with what speaks for it."""

    word: str
    standing: Standing
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The one judgement about a subject."""

    subject: Subject
    standing: Standing
    by_realm: tuple[Judged, ...]
    causes: tuple[Cause, ...]
    """The likeliest first."""
    next_step: str
    exhibits: tuple[Exhibit, ...]
    """All evidence, fresh before stale, strongest first."""
    stale: tuple[Exhibit, ...]
    judged_at: datetime


def judge(subject: Subject, exhibits: Iterable[Exhibit], now: datetime) -> Verdict:
    """Fuse all evidence about a subject."""
    everything = tuple(sorted(exhibits, key=lambda each: (each.is_stale(now), *_weight(each))))
    fresh = tuple(each for each in everything if not each.is_stale(now))
    causes = _causes(fresh)
    by_realm = tuple(_judged(realm, fresh, everything[len(fresh) :]) for realm in Realm)
    standing = _overall(by_realm)
    return Verdict(
        subject=subject,
        standing=standing,
        by_realm=by_realm,
        causes=causes,
        next_step=_next_step(standing, causes, fresh),
        exhibits=everything,
        stale=everything[len(fresh) :],
        judged_at=now,
    )


def _overall(by_realm: Iterable[Judged]) -> Standing:
    """The worst of what is known; good only when Microsoft's own word is: records and lists do not speak for it."""
    known = [each for each in by_realm if each.because is not None]
    worst = min((each.standing for each in known), key=lambda each: each.rank, default=Standing.UNKNOWN)
    is_known_good = any(each.realm.is_microsofts and each.standing is Standing.GOOD for each in known)
    return Standing.GOOD if worst is Standing.NOTHING_FOUND and is_known_good else worst


def _weight(exhibit: Exhibit) -> tuple[int, int, int, int, float]:
    """Sorts the evidence that decides first: worst consequence, strongest witness, surest claim, newest."""
    return (
        exhibit.standing.rank if exhibit.state is State.BAD else len(Standing),
        exhibit.witness.rank,
        exhibit.claim.rank,
        list(Reach).index(exhibit.reach),
        -exhibit.observed_at.timestamp(),
    )


def _judged(realm: Realm, fresh: tuple[Exhibit, ...], stale: tuple[Exhibit, ...]) -> Judged:
    """How one realm stands: the worst that is said of it; good only when a witness says so of the subject itself.

    A portal's good word does not outlive a refusal that nothing has contradicted since.
    """
    said = [each for each in fresh if each.realm is realm]
    bad = [each for each in said if each.state is State.BAD]
    if bad:
        worst = min(bad, key=_weight)
        return Judged(realm=realm, standing=_felt(worst), because=worst)
    good = [each for each in said if each.state is State.OK and not each.is_context]
    refused = [each for each in stale if each.realm is realm and _is_refusal(each)]
    if good and refused and not any(each.witness is Witness.REPLY for each in good):
        return Judged(realm=realm, standing=Standing.UNKNOWN, because=refused[0])
    if good:
        standing = Standing.GOOD if realm.is_microsofts else Standing.NOTHING_FOUND
        return Judged(realm=realm, standing=standing, because=good[0])
    return Judged(realm=realm, standing=Standing.UNKNOWN, because=None)


def _is_refusal(exhibit: Exhibit) -> bool:
    return exhibit.witness is Witness.REPLY and exhibit.state is State.BAD


def _felt(exhibit: Exhibit) -> Standing:
    """What evidence may amount to: only a reply proves that mail is refused; all else is risk.

    A portal that says "blocked" is strong, and is borne out by replies or not; a
    list puts mail at risk wherever it is asked. A listing of the range is never
    a block of the address.
    """
    if exhibit.witness in (Witness.REPLY, Witness.RECEIVED):
        return exhibit.standing
    if exhibit.witness is Witness.SNDS and exhibit.reach is Reach.OWN:
        return exhibit.standing
    return max(exhibit.standing, Standing.AT_RISK, key=lambda each: each.rank)


def _causes(fresh: tuple[Exhibit, ...]) -> tuple[Cause, ...]:
    """What is wrong, ranked: roots that one can repair stand by the refusal that they lead to."""
    words: dict[str, list[Exhibit]] = {}
    for each in fresh:
        if each.state is State.BAD:
            words.setdefault(each.cause, []).append(each)
    causes = (
        Cause(word=word, standing=min((_felt(each) for each in group), key=lambda one: one.rank), exhibits=tuple(group))
        for word, group in words.items()
    )
    return tuple(sorted(causes, key=lambda each: (each.standing.rank, *_weight(each.exhibits[0]))))


def _next_step(standing: Standing, causes: tuple[Cause, ...], fresh: tuple[Exhibit, ...]) -> str:
    """The one thing to do now: a root that keeps a block in place is repaired before anything is filed."""
    roots = [
        each
        for each in causes
        if each.exhibits[0].witness not in (Witness.REPLY, Witness.SNDS) and each.exhibits[0].reach is Reach.OWN
    ]
    if standing is Standing.BLOCKED and roots and roots[0].exhibits[0].next_step:
        first = roots[0].exhibits[0].next_step
        blocks = [each for each in causes if each.standing is Standing.BLOCKED and "authentication" not in each.word]
        return f"Before any request for delisting: {first}" if blocks else first
    step = next((each.exhibits[0].next_step for each in causes if each.exhibits[0].next_step), "")
    if step:
        return step
    if standing is Standing.GOOD:
        return "Nothing to do."
    others = [each for each in fresh if each.witness is Witness.REPLY and each.next_step]
    if others:
        return min(others, key=lambda each: each.cause != "unknown").next_step
    if standing is Standing.NOTHING_FOUND:
        return f"Nothing was found to repair. To learn how Microsoft stands to it: {_GATHER}"
    return f"Gather evidence: {_GATHER}"


_GATHER = "send a refused message's notification or the mail log through `staygreen decode`."
