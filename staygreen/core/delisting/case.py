"""The delisting case: its facts, what must be repaired before anything is filed, and its life after that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType

from staygreen.core.replies.decode import Route


class Stage(Enum):
    """Where a case stands."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    ANSWERED = "answered"
    VERIFIED = "verified"
    CLOSED = "closed"
    REOPENED = "reopened"

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be filed any more."""
        return self in (Stage.VERIFIED, Stage.CLOSED)


class Outcome(Enum):
    """What Microsoft answered; each has its next letter."""

    NOT_QUALIFIED = "not_qualified"
    CONDITIONALLY_MITIGATED = "conditionally_mitigated"
    NOTHING_FOUND = "nothing_found"


MOVES: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {
        Stage.DRAFTED: frozenset({Stage.SUBMITTED, Stage.CLOSED}),
        Stage.SUBMITTED: frozenset({Stage.ANSWERED, Stage.VERIFIED, Stage.CLOSED}),
        Stage.ANSWERED: frozenset({Stage.SUBMITTED, Stage.ANSWERED, Stage.VERIFIED, Stage.CLOSED}),
        Stage.VERIFIED: frozenset({Stage.CLOSED, Stage.REOPENED}),
        Stage.CLOSED: frozenset({Stage.REOPENED}),
        Stage.REOPENED: frozenset({Stage.SUBMITTED, Stage.CLOSED}),
    }
)
REMIND_AFTER: Mapping[Stage, timedelta] = MappingProxyType(
    {
        Stage.DRAFTED: timedelta(days=1),
        Stage.SUBMITTED: timedelta(days=2),
        Stage.ANSWERED: timedelta(days=2),
        Stage.REOPENED: timedelta(days=1),
    }
)
QUIET = timedelta(hours=48)
"""How long no refusal may come before a lifting counts as verified: mitigation takes 24 to 48 hours."""
WATCH = timedelta(days=14)
"""How long after closing a new refusal reopens the case instead of opening another."""
COMPLAINTS_BOUND = 0.003


class MoveError(ValueError):
    """When a case cannot go from where it stands to where it is asked to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refusal to quote, verbatim."""

    at: datetime
    text: str
    code: str
    message: str = ""
    """SES's message id, or the mail server's queue id; empty: not known."""
    is_time_known: bool = True
    """False: the reply came without a time, and `at` is when it was taken up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A blocklist's listing of the address itself."""

    list: str
    """The list's id in the catalogue."""
    since: datetime
    text: str
    """What the list answers, for a person."""
    where: str = ""
    """The page for removals; empty: none is known."""
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Something that was repaired, and when."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a packet states. None is "not known", and is asked of the operator; it is never guessed."""

    ips: tuple[str, ...]
    route: Route
    refusals: tuple[Refusal, ...] = ()
    listings: tuple[Listing, ...] = ()
    """What a case of the route third_party is about."""
    ptr: str | None = None
    ptr_confirmed: bool | None = None
    domains: tuple[str, ...] = ()
    spf: bool | None = None
    dkim: bool | None = None
    dmarc: bool | None = None
    complaint_rate: float | None = None
    refused_messages: int | None = None
    sent_to_microsoft: int | None = None
    """By the account, from the day of the first refusal on; known only where SES counts by provider."""
    last_refused: datetime | None = None
    """When a message was refused last, where that is later than the newest reply that is quoted."""
    daily_volume: int | None = None
    faults: tuple[str, ...] = ()
    """What is wrong with the address's reverse name and the domains' records, each with its repair."""
    listed_on: tuple[str, ...] = ()
    """Lists that take an address off when they are asked."""
    snds: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    dedicated: bool | None = None
    owned_by_aws: bool = False
    """An address shared by SES, or a range that is listed as a whole: only AWS can speak for it."""
    owner: str = ""
    """Another provider whose address it is: only they can ask for its delisting; empty: none is known."""
    configuration_sets: tuple[str, ...] = ()
    """Those that the refused messages were sent with."""
    region: str = ""
    """The region of SES that sent them; empty: not known."""
    contact_name: str = ""
    contact_mail: str = ""
    time_zone: str = ""
    website: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step in a case's life."""

    at: datetime
    stage: Stage
    note: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request to delist an address, from its draft to the proof that it worked."""

    ip: str
    facts: Facts
    history: tuple[Event, ...]

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return self.history[-1].stage

    @property
    def is_listing(self) -> bool:
        """Whether it is about listings; else about refusals."""
        return bool(self.facts.listings)

    @property
    def over_since(self) -> datetime | None:
        """Since when nothing is to be filed; None: something is."""
        return self.history[-1].at if self.stage.is_over else None

    @property
    def outcome(self) -> Outcome | None:
        """The last answer, if any."""
        return next((each.outcome for each in reversed(self.history) if each.outcome), None)


def route(facts: Facts) -> Route:
    """The route that the evidence points at: what AWS owns goes to AWS."""
    return Route.AWS_SUPPORT if facts.owned_by_aws else facts.route


def not_yet(facts: Facts) -> tuple[str, ...]:
    """What to repair before anything is filed; empty when the packet may be made.

    A request while the cause is open is refused, or the block is back within hours.
    """
    gates = (
        *((True, fault) for fault in facts.faults),
        *(() if facts.faults else _missing_records(facts)),
        (
            facts.complaint_rate is not None and facts.complaint_rate >= COMPLAINTS_BOUND,
            f"Complaints are at {facts.complaint_rate or 0:.1%}: bring them under {COMPLAINTS_BOUND:.1%} first.",
        ),
        *((True, f"Delist the address at {name} first.") for name in facts.listed_on if not facts.listings),
        (
            not facts.refusals and not facts.listings,
            "No refusal is on record: a request needs the reply, word for word.",
        ),
    )
    return tuple(text for is_open, text in gates if is_open)


def _missing_records(facts: Facts) -> tuple[tuple[bool, str], ...]:
    """Gates of a case whose records were looked at without keeping what is wrong with them."""
    ip = facts.ips[0]
    return (
        (facts.ptr is None and facts.ptr_confirmed is False, f"Give {ip} a PTR record: none was found."),
        (
            facts.ptr is not None and facts.ptr_confirmed is False,
            f"The PTR name {facts.ptr} of {ip} does not lead back to it: add the A record.",
        ),
        (facts.spf is False, "Repair SPF: `staygreen check auth` names the fault."),
        (facts.dkim is False, "Repair DKIM: `staygreen check auth` names the fault."),
        (facts.dmarc is False, "Repair DMARC: `staygreen check auth` names the fault."),
    )


def opened(facts: Facts, now: datetime) -> Case:
    """A new case."""
    return Case(ip=facts.ips[0], facts=facts, history=(Event(at=now, stage=Stage.DRAFTED),))


def moved(case: Case, to: Stage, now: datetime, *, note: str = "", outcome: Outcome | None = None) -> Case:
    """The case one step on.

    Raises:
        MoveError: From where it stands it cannot go there, or the gate is shut.
    """
    if to not in MOVES[case.stage]:
        raise MoveError(f"a case that is {case.stage.value} cannot become {to.value}")
    if to is Stage.ANSWERED and outcome is None:
        raise MoveError("an answer needs its outcome")
    if to is Stage.SUBMITTED and (first := not_yet(case.facts)) and not case.facts.owned_by_aws:
        raise MoveError("not yet: " + " ".join(first))
    return replace(case, history=(*case.history, Event(at=now, stage=to, note=note, outcome=outcome)))


def reopened(case: Case, facts: Facts, now: datetime) -> Case:
    """A case that was over, with what is new."""
    return replace(moved(case, Stage.REOPENED, now, note="it is back"), facts=facts)


def refused_again(case: Case, facts: Facts, now: datetime) -> Case:
    """The case with newer facts; one that is over is reopened by a later refusal, for as long as it is watched.

    A reply that does not say when it was given reopens nothing.
    """
    newer = replace(case, facts=facts)
    return watched(newer, last_refused(facts), now) if case.stage.is_over else newer


def last_refused(facts: Facts) -> datetime | None:
    """When the address was refused last, as far as replies say when they were given."""
    known = [each.at for each in facts.refusals if each.is_time_known]
    return max([*known, *([facts.last_refused] if facts.last_refused else [])], default=None)


def is_looked_up(facts: Facts) -> bool:
    """Whether DNS said anything of the address or its domains; else a packet states nothing about them."""
    return any(each is not None for each in (facts.ptr, facts.ptr_confirmed, facts.spf, facts.dkim, facts.dmarc))


def watched(case: Case, last_refusal: datetime | None, now: datetime) -> Case:
    """The case after a look at the trouble: verified once it has stopped, reopened when it is back.

    Args:
        case: As it stands.
        last_refusal: When it was last refused or, where the case is about a listing, listed; None: not that we know.
        now: The present.
    """
    submitted = next((each.at for each in reversed(case.history) if each.stage is Stage.SUBMITTED), None)
    since = case.history[-1].at
    is_back = last_refusal is not None and last_refusal > since
    if case.stage.is_over and is_back and now - since <= WATCH:
        return moved(case, Stage.REOPENED, now, note="listed again" if case.is_listing else "refused again")
    is_idle = case.stage in (Stage.DRAFTED, Stage.REOPENED)
    if is_idle and last_refusal is not None and now - max(since, last_refusal) >= QUIET:
        return moved(case, Stage.CLOSED, now, note="over before anything was filed")
    if case.stage in (Stage.SUBMITTED, Stage.ANSWERED) and submitted is not None:
        quiet_since = max(submitted, last_refusal or submitted)
        if now - quiet_since >= QUIET:
            return moved(case, Stage.VERIFIED, now, note="not listed since" if case.is_listing else "no refusal since")
    return case


def reminder_at(case: Case) -> datetime | None:
    """When somebody is to be reminded; None when nothing is owed."""
    wait = REMIND_AFTER.get(case.stage)
    return None if wait is None else case.history[-1].at + wait
