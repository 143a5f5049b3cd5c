"""The delisting case: a packet for the right route, a gate in front of it, and a life after it.

Nothing is ever submitted by this program: Microsoft's forms take no parameters,
and mass filing harms the sender who does it. A packet is ready to paste.

Sources: the fields of the sender support form, in its order, as operators
describe them (observed); Microsoft's page on the delist portal; verified 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType

from staygreen.core.replies import explain
from staygreen.core.replies.decode import Route


class Stage(Enum):
    """Where a case stands."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    ANSWERED = "answered"
    VERIFIED = "verified"
    CLOSED = "closed"
    REOPENED = "reopened"


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
    listed_on: tuple[str, ...] = ()
    snds: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()
    dedicated: bool | None = None
    owned_by_aws: bool = False
    """An address shared by SES, or a range that is listed as a whole: only AWS can speak for it."""
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
    """One case about one address."""

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
    def outcome(self) -> Outcome | None:
        """The last answer, if any."""
        return next((each.outcome for each in reversed(self.history) if each.outcome), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form, or one paragraph of a mail."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What to paste, where, in the order of the form."""

    route: Route
    address: str
    fields: tuple[Field, ...]

    def text(self) -> str:
        """Ready to paste."""
        lines = [f"Where: {self.address or explain.WAYS[self.route].step}", ""]
        for each in self.fields:
            lines += [f"{each.name}:", *(f"  {line}" for line in each.value.splitlines()), ""]
        return "\n".join(lines)


def route(facts: Facts) -> Route:
    """The route that the evidence points at: what AWS owns goes to AWS."""
    return Route.AWS_SUPPORT if facts.owned_by_aws else facts.route


def not_yet(facts: Facts) -> tuple[str, ...]:
    """What to repair before anything is filed; empty when the packet may be made.

    A request while the cause is open is refused, or the block is back within hours.
    """
    ip = facts.ips[0]
    gates = (
        (facts.ptr is None and facts.ptr_confirmed is False, f"Give {ip} a PTR record: none was found."),
        (
            facts.ptr is not None and facts.ptr_confirmed is False,
            f"The PTR name {facts.ptr} of {ip} does not lead back to it: add the A record.",
        ),
        (facts.spf is False, "Publish an SPF record that names the address."),
        (facts.dkim is False, "Sign with DKIM: no key was found."),
        (facts.dmarc is False, "Publish a DMARC record (p=none is enough to begin)."),
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


def packet(facts: Facts) -> Packet | tuple[str, ...]:
    """The packet for the route, or what to repair first."""
    open_causes = not_yet(facts)
    if open_causes and route(facts) is not Route.AWS_SUPPORT:
        return open_causes
    chosen = route(facts)
    makers = {
        Route.SUPPORT_FORM: _support_form,
        Route.DELIST_PORTAL: _portal,
        Route.DELIST_MAIL: _mail,
        Route.AWS_SUPPORT: _aws,
        Route.THIRD_PARTY: _list_operator,
    }
    maker = makers.get(chosen)
    if maker is None or (chosen is Route.THIRD_PARTY and not facts.listings):
        return (f"There is nothing to file for this: {explain.WAYS[chosen].step}",)
    where = facts.listings[0].where if facts.listings else ""
    return Packet(route=chosen, address=where or explain.WAYS[chosen].address, fields=tuple(maker(facts)))


ASKED = "(yours to fill in)"


def _support_form(facts: Facts) -> list[Field]:
    """The fields of the sender support form, in its order."""
    ranges = "; ".join(facts.ips)
    return [
        Field(name="Issue title", value=f"Mail from {facts.ips[0]} refused: {facts.refusals[-1].code}"),
        Field(name="Contact name", value=facts.contact_name or ASKED),
        Field(name="Contact e-mail", value=facts.contact_mail or ASKED),
        Field(name="Time zone", value=facts.time_zone or ASKED),
        Field(name="Recipient domain", value="outlook.com, hotmail.com, live.com, msn.com"),
        Field(name="Sender domain", value=", ".join(facts.domains) or ASKED),
        Field(name="Self-description", value=facts.company or ASKED),
        Field(name="IP addresses", value=ranges),
        Field(name="Dedicated or shared", value=_dedicated(facts)),
        Field(name="Error text", value=_quoted(facts.refusals) + "\n\n" + _statement(facts)),
        Field(name="Website", value=facts.website or ASKED),
    ]


def _portal(facts: Facts) -> list[Field]:
    """The portal takes one mail address and one address a visit."""
    return [
        Field(name="E-mail address (one that can receive the confirmation)", value=facts.contact_mail or ASKED),
        *(Field(name="IP address (one a visit)", value=ip) for ip in facts.ips),
        Field(name="Then", value="Follow the link in the confirmation mail and press “Delist IP”."),
    ]


def _mail(facts: Facts) -> list[Field]:
    body = f"{_quoted(facts.refusals)}\n\n{_statement(facts)}"
    return [
        Field(name="To", value=explain.WAYS[Route.DELIST_MAIL].address),
        Field(name="Subject", value=f"Removal of {', '.join(facts.ips)} from the banned senders list"),
        Field(name="Text", value=f"We ask for the removal of {', '.join(facts.ips)}.\n\n{body}"),
        Field(name="Attach", value="The whole notification, as it came."),
    ]


def _aws(facts: Facts) -> list[Field]:
    body = f"{_quoted(facts.refusals)}\n\n{_statement(facts)}"
    return [
        Field(name="Service", value="Simple Email Service (or EC2 for an Elastic IP)"),
        Field(name="Subject", value=f"{', '.join(facts.ips)} refused by Microsoft"),
        Field(name="Text", value=f"The address or its range is AWS's to speak for.\n\n{body}"),
    ]


def _list_operator(facts: Facts) -> list[Field]:
    """Each list has a form of its own; this is what they ask for."""
    listed = "\n".join(f"{each.since:%Y-%m-%d %H:%M} UTC  {each.text}" for each in facts.listings)
    ways = "\n".join(each.how for each in facts.listings if each.how)
    return [
        Field(name="IP address", value=", ".join(facts.ips)),
        Field(name="Listed since", value=listed),
        *([Field(name="How", value=ways)] if ways else []),
        Field(name="E-mail address", value=facts.contact_mail or ASKED),
        Field(name="What was repaired", value=_statement(facts) or ASKED),
    ]


def _dedicated(facts: Facts) -> str:
    return ASKED if facts.dedicated is None else ("Dedicated" if facts.dedicated else "Shared")


def _quoted(refusals: Sequence[Refusal]) -> str:
    """First and last refusal in UTC, word for word."""
    if not refusals:
        return "No reply on record."
    ordered = sorted(refusals, key=lambda each: each.at)
    chosen = ordered[:1] if len(ordered) == 1 else [ordered[0], ordered[-1]]
    return "\n".join(f"{each.at:%Y-%m-%d %H:%M:%S} UTC  {each.text}" for each in chosen)


def _refused_so_far(facts: Facts) -> str:
    """A count, never a rate; with how many there were where that is known and holds what was refused."""
    refused, sent = facts.refused_messages, facts.sent_to_microsoft
    if refused is None:
        return ""
    of = f" of {sent} that Amazon SES counts as sent to Microsoft since that day" if sent and sent >= refused else ""
    return f"Messages refused so far: {refused}{of}"


def _statement(facts: Facts) -> str:
    """The facts, each on a line; what is not known is left out."""
    confirmed = " (forward-confirmed)" if facts.ptr_confirmed else ""
    passes = [name for name, has in (("SPF", facts.spf), ("DKIM", facts.dkim), ("DMARC", facts.dmarc)) if has]
    lines = [
        f"Reverse DNS: {facts.ptr}{confirmed}" if facts.ptr else "",
        f"Published: {', '.join(passes)}" if passes else "",
        _refused_so_far(facts),
        f"Refused last: {facts.last_refused:%Y-%m-%d %H:%M:%S} UTC" if facts.last_refused else "",
        f"Messages a day: {facts.daily_volume}" if facts.daily_volume is not None else "",
        f"Complaint rate: {facts.complaint_rate:.2%}" if facts.complaint_rate is not None else "",
        *(f"SNDS: {row}" for row in facts.snds),
        *(f"Repaired {each.at:%Y-%m-%d %H:%M} UTC: {each.what}" for each in facts.repairs),
    ]
    return "\n".join(line for line in lines if line)


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
    if case.stage in (Stage.VERIFIED, Stage.CLOSED) and is_back and now - since <= WATCH:
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


_LETTERS = {
    Outcome.NOT_QUALIFIED: (
        "Reply to the mail, in its thread: that is what brings a person.\n\n"
        "Thank you for looking into it. The address is ours alone and the refusals go on:\n\n{quoted}\n\n"
        "{statement}\n\nWe ask you to escalate this for a review by a person, and to tell us which practice to change."
    ),
    Outcome.CONDITIONALLY_MITIGATED: (
        "No letter yet. Mitigation takes 24 to 48 hours and brings a low daily cap: send little, to the most engaged "
        "recipients, and double day by day. The case is verified when the refusals have stopped for 48 hours. "
        "If they have not by then, reply:\n\nThe refusals go on after mitigation:\n\n{quoted}\n\n{statement}"
    ),
    Outcome.NOTHING_FOUND: (
        "Reply to the mail, in its thread, with the newest refusal: it is the proof that a listing exists.\n\n"
        "Nothing was detected, yet your servers answer:\n\n{quoted}\n\n{statement}\n\n"
        "We ask you to look the code up in the system that gave it."
    ),
}


def next_letter(case: Case) -> str:
    """What to write next, by the last answer."""
    facts = case.facts
    if case.outcome is None:
        return "No answer is on record yet."
    return _LETTERS[case.outcome].format(quoted=_quoted(facts.refusals), statement=_statement(facts))
