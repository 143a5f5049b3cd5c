"""The letters of a delisting case: a packet for the right route, and the letter that each stage needs.

Nothing is ever submitted by this program: Microsoft's forms take no parameters, and mass filing harms the sender who
does it. A packet is ready to paste.

Sources: the fields of the sender support form, in its order, as operators describe them (observed); Microsoft's page on
the delist portal; verified 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from staygreen.core.delisting import shared_address
from staygreen.core.delisting.case import Case, Facts, Outcome, Refusal, not_yet, route
from staygreen.core.delisting.shared_address import ASKED
from staygreen.core.replies import explain
from staygreen.core.replies.decode import Route


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


def open_causes(facts: Facts) -> tuple[str, ...]:
    """What stands before a packet; nothing of what is AWS's to speak for."""
    if facts.owner:
        return (f"Send the replies to the support of {facts.owner}: only they can ask for their address's delisting.",)
    return () if route(facts) is Route.AWS_SUPPORT else not_yet(facts)


def packet(facts: Facts) -> Packet | tuple[str, ...]:
    """The packet for the route, or what to repair first."""
    if first := open_causes(facts):
        return first
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
        who = " with who refuses" if chosen is Route.THIRD_PARTY else " for this"
        return (f"There is nothing to file{who}: {explain.WAYS[chosen].step}",)
    where = facts.listings[0].where if facts.listings else ""
    return Packet(route=chosen, address=where or explain.WAYS[chosen].address, fields=tuple(maker(facts)))


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
        Field(name="Error text", value=_quoted_and_stated(facts)),
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
    body = _quoted_and_stated(facts)
    return [
        Field(name="To", value=explain.WAYS[Route.DELIST_MAIL].address),
        Field(name="Subject", value=f"Removal of {', '.join(facts.ips)} from the banned senders list"),
        Field(name="Text", value=f"We ask for the removal of {', '.join(facts.ips)}.\n\n{body}"),
        Field(name="Attach", value="The whole notification, as it came."),
    ]


def _aws(facts: Facts) -> list[Field]:
    if facts.owned_by_aws:
        return [
            Field(name="Service", value="Simple Email Service (SES)"),
            Field(name="Subject", value=shared_address.subject(facts)),
            Field(name="Text", value=shared_address.text(facts, _set_up(facts))),
        ]
    body = _quoted_and_stated(facts)
    return [
        Field(name="Service", value="Simple Email Service (or EC2 for an Elastic IP)"),
        Field(name="Subject", value=f"The range around {', '.join(facts.ips)} is refused"),
        Field(name="Text", value=f"The range around the address is AWS's to speak for.\n\n{body}"),
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
    return "\n".join(f"{_time(each)}  {each.text}" for each in chosen)


def _quoted_and_stated(facts: Facts) -> str:
    """The replies and, where there are any, the facts."""
    return _paragraphs(_quoted(facts.refusals), _statement(facts))


def _paragraphs(*texts: str) -> str:
    """Texts with one blank line between them; empty ones are left out."""
    return "\n\n".join(each for each in texts if each)


def _time(refusal: Refusal) -> str:
    return f"{refusal.at:%Y-%m-%d %H:%M:%S} UTC" if refusal.is_time_known else "(time not recorded)"


def _refused_so_far(facts: Facts) -> str:
    """A count, never a rate; with how many there were where that is known and holds what was refused."""
    refused, sent = facts.refused_messages, facts.sent_to_microsoft
    if refused is None:
        return ""
    of = f" of {sent} that Amazon SES counts as sent to Microsoft since that day" if sent and sent >= refused else ""
    return f"Messages refused so far: {refused}{of}"


def _set_up(facts: Facts) -> str:
    """What our own domains publish and how our mail is received: nothing about an address that is not ours."""
    return _statement(replace(facts, ptr=None, refused_messages=None, last_refused=None, daily_volume=None, snds=()))


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


_BEFORE = {
    Outcome.NOT_QUALIFIED: (
        "Reply to the mail, in its thread: that is what brings a person.\n\n"
        "Thank you for looking into it. The address is ours alone and the refusals go on:"
    ),
    Outcome.CONDITIONALLY_MITIGATED: (
        "No letter yet. Mitigation takes 24 to 48 hours and brings a low daily cap: send little, to the most engaged "
        "recipients, and double day by day. The case is verified when the refusals have stopped for 48 hours. "
        "If they have not by then, reply:\n\nThe refusals go on after mitigation:"
    ),
    Outcome.NOTHING_FOUND: (
        "Reply to the mail, in its thread, with the newest refusal: it is the proof that a listing exists.\n\n"
        "Nothing was detected, yet your servers answer:"
    ),
}
"""What a letter says before the replies and the facts."""
_AFTER = {
    Outcome.NOT_QUALIFIED: "We ask you to escalate this for a review by a person, and to tell us which practice to "
    "change.",
    Outcome.NOTHING_FOUND: "We ask you to look the code up in the system that gave it.",
}


def next_letter(case: Case) -> str:
    """What to write next, by the last answer."""
    facts = case.facts
    if case.outcome is None:
        return "No answer is on record yet."
    if facts.owned_by_aws:
        return f"Reply in the support case at AWS, with the newest refusals:\n\n{_quoted(facts.refusals)}"
    return _paragraphs(_BEFORE[case.outcome], _quoted_and_stated(facts), _AFTER.get(case.outcome, ""))
