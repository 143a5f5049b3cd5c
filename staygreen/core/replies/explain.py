"""A decoded reply as prose: who refused, what it means, whether retrying helps, where to go, what next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from staygreen.core.owner import Owner, OwnerKind
from staygreen.core.replies import reply
from staygreen.core.replies.decode import Cause, Certainty, Decoded, Route, Scope, System

SYSTEMS = {
    System.OUTLOOK_CONSUMER: "Outlook.com (Outlook, Hotmail, Live, MSN)",
    System.EXCHANGE_ONLINE: "Microsoft 365 (Exchange Online)",
    System.TENANT_POLICY: "one organisation's own policy at Microsoft 365, not Microsoft",
    System.ON_PREMISES: "an organisation's own Exchange server, not Microsoft",
    System.GMAIL: "Gmail, not Microsoft",
    System.YAHOO: "Yahoo, not Microsoft",
    System.APPLE: "Apple iCloud, not Microsoft",
    System.OTHER: "another mail system",
}

NAMES = {
    System.OUTLOOK_CONSUMER: "Outlook.com",
    System.EXCHANGE_ONLINE: "Microsoft 365",
    System.TENANT_POLICY: "An organisation at Microsoft 365",
    System.ON_PREMISES: "An organisation's Exchange server",
    System.GMAIL: "Gmail",
    System.YAHOO: "Yahoo",
    System.APPLE: "Apple iCloud",
    System.OTHER: "Another mail system",
}
"""Short, at the beginning of a sentence."""

CAUSES = {
    Cause.IP_BLOCKED: "the address is blocked",
    Cause.RANGE_BLOCKED: "the range around the address is blocked",
    Cause.IP_THROTTLED: "the address is slowed down",
    Cause.CONNECTION_LIMIT: "too many connections at once",
    Cause.SERVER_BUSY: "their servers are busy or out of reach",
    Cause.AUTHENTICATION: "authentication of the sender is not enough",
    Cause.SENDER_BANNED: "the sender is banned",
    Cause.RECIPIENT_UNKNOWN: "there is no such recipient",
    Cause.MAILBOX_FULL: "the mailbox is full",
    Cause.CONTENT_POLICY: "content or the recipient's policy",
    Cause.THIRD_PARTY_LIST: "a third party's blocklist",
    Cause.UNKNOWN: "not known",
}

_CERTAINTY = {
    Certainty.DOCUMENTED: "the provider documents this",
    Certainty.OBSERVED: "seen by senders; the provider publishes no meaning",
    Certainty.INFERRED: "our reasoning; check it before you rest on it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where the repair begins."""

    steps: tuple[str, ...]
    """What to do, the most urgent first; each is one act."""
    address: str = ""
    """A page or mail address of ours to name: that of the route; empty: there is none."""
    named: str = ""
    """Where there is none, the page that the refusing server names: whoever runs that server chose it."""

    @property
    def told(self) -> str:
        """The steps, and where to take them, as one text."""
        named = f"The server names {self.named}." if self.named else ""
        return " ".join(each for each in (self.step, self.address, named) if each)

    @property
    def step(self) -> str:
        """All steps as one text."""
        return " ".join(self.steps)


FIND_CAUSE = (
    "Find the cause and stop it: see what left this address in the last two days, and look for a jump in volume, a new "
    "list or template, or a stolen key."
)
WAYS = {
    Route.SUPPORT_FORM: Way(
        steps=(
            "Stop sending to Outlook.com from this address.",
            FIND_CAUSE,
            "Then file the sender support form with the whole reply. Expect an automatic answer; answering that mail "
            "brings a person.",
        ),
        address="https://support.microsoft.com/supportrequestform/8ad563e3-288e-2a61-8122-3ba03d6b8d75",
    ),
    Route.DELIST_PORTAL: Way(
        steps=(
            FIND_CAUSE,
            "Then ask for removal at the delist portal: one address a visit. The mail that confirms must reach you, so "
            "give a mailbox elsewhere. It takes up to 24 hours.",
        ),
        address="https://sender.office.com/",
    ),
    Route.DELIST_MAIL: Way(
        steps=(
            "Send the whole notification and the address by mail; the portal does not lift this. Microsoft answers "
            "within 48 hours.",
        ),
        address="delist@messaging.microsoft.com",
    ),
    Route.THIRD_PARTY: Way(
        steps=(
            FIND_CAUSE,
            "Then delist the address or domain at the list that holds it; where the reply names none, ask who refused.",
        ),
    ),
    Route.AWS_SUPPORT: Way(
        steps=("The address or range belongs to AWS: open a case with AWS Support and attach the replies.",),
        address="https://console.aws.amazon.com/support/",
    ),
    Route.FIX_DNS: Way(
        steps=(
            "Repair what the reply names: SPF and DKIM that pass and align, a DMARC record, or a PTR record whose name "
            "leads back to the address. There is nothing to delist.",
        ),
    ),
    Route.SLOW_DOWN: Way(
        steps=(
            "Send slower and over fewer connections, to the recipients most engaged.",
            "Keep the volume steady for days. File no delisting request: there is no listing.",
        ),
    ),
    Route.WAIT: Way(
        steps=(
            "Nothing to repair: ordinary retries deliver, or it clears by itself. Where the sending server has given "
            "the message up, send it again later.",
        )
    ),
    Route.CONTACT_RECIPIENT: Way(
        steps=("Reach the recipient or their administrator in another way; only they can change this.",)
    ),
    Route.SUPPRESS_RECIPIENT: Way(steps=("Stop sending to this recipient.",)),
    Route.NONE: Way(
        steps=("Read the reply and repair what it names. Where it names a page or a contact, that is where to ask.",)
    ),
}

_UNKNOWN = Way(
    steps=(
        "No rule knows this reply, so where the repair begins is not known either. Read it.",
        "Where its words do not help, ask the operator of the receiving server.",
    )
)
_URL = re.compile(r"https?://[^\s<>\"'()\[\]]{4,300}", re.IGNORECASE)


def way(decoded: Decoded, owner: Owner | None = None) -> Way:
    """Where the repair of one refusal begins: the route's way, with what the reply itself names.

    Args:
        decoded: The reply.
        owner: Whose the refused address is; None: it was not looked into. What another company owns, only that
            company can have delisted, whatever route the reply names to it; one that is not public, nobody can.
    """
    if owner and owner.kind.is_somebody_elses and decoded.is_about_address:
        return _owners_way(decoded, owner)
    if owner and owner.kind is OwnerKind.NOT_PUBLIC and decoded.is_about_address and decoded.cause.is_block:
        return _NOT_PUBLIC
    if decoded.cause is Cause.UNKNOWN and not decoded.rule:
        return Way(steps=_UNKNOWN.steps, named=page(decoded))
    found = WAYS[decoded.route]
    steps = found.steps
    if decoded.route is Route.FIX_DNS and decoded.failed:
        whose = f" of {decoded.domain}" if decoded.domain else " of the sender's domain"
        steps = (f"Repair {_listed(decoded.failed)}{whose}; the reply names nothing else. There is nothing to delist.",)
    if decoded.route is Route.NONE and decoded.cause is Cause.IP_BLOCKED:
        steps = (FIND_CAUSE, *steps)
    is_unknown = owner.kind is OwnerKind.UNKNOWN if owner else decoded.ip is None
    if is_unknown and decoded.route in _OWNERS_ROUTES:
        first = steps[0]
        steps = (f"If the address is yours alone: {first[:1].lower()}{first[1:]}", *steps[1:], _NOT_YOURS)
    elif is_unknown and decoded.route is Route.SLOW_DOWN and decoded.is_about_address:
        steps = (*steps, _NOT_YOURS_ALONE)
    return Way(steps=steps, address=found.address, named="" if found.address else page(decoded))


_OWNERS_ROUTES = (Route.SUPPORT_FORM, Route.DELIST_PORTAL, Route.DELIST_MAIL)
"""Where the owner of an address alone may ask."""
_NOT_YOURS_ALONE = "If it is a host's or a mail service's, tell them: others send from it as well."
_NOT_YOURS = (
    "If it is a host's or a mail service's, only they can ask: send them the whole reply. For an address that SES "
    "shares, open a case with AWS Support."
)

_NOT_PUBLIC = Way(
    steps=(
        "Find the public address that the mail left from, such as the Elastic IP of the server or of its NAT gateway: "
        "the one that the reply names is none, so nobody can have it delisted.",
    )
)
_SHARED_BLOCKED = (
    "Open a case with AWS Support and attach the replies: only AWS can have an address delisted that SES shares among "
    "its customers.",
    "Meanwhile send what was refused again later: it may leave from another address.",
    "File nothing with Microsoft or a list yourself.",
)
_SHARED_SLOWED = (
    "Wait: SES goes on trying for up to 14 hours, and its shared address is slowed down for all of its customers.",
    "If it lasts for more than a day, open a case with AWS Support and attach the replies.",
)


def _owners_way(decoded: Decoded, owner: Owner) -> Way:
    if owner.kind is OwnerKind.SES_SHARED:
        steps = _SHARED_SLOWED if decoded.cause.is_throttle else _SHARED_BLOCKED
        return Way(steps=steps, address=WAYS[Route.AWS_SUPPORT].address)
    who = owner.provider or "the owner of the address"
    return Way(steps=(f"Send the whole reply to the support of {who}: only they can have their address delisted.",))


def page(decoded: Decoded) -> str:
    """The first page that the reply names; empty when it names none."""
    found = _URL.search(decoded.text)
    return found[0].rstrip(".,;:!?") if found else ""


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"


def other_addresses(decoded: Decoded) -> tuple[str, ...]:
    """Further addresses that the reply names beside the one that it is about; none where it is about none."""
    if decoded.ip is None:
        return ()
    return tuple(each for each in reply.addresses(decoded.text) if each != decoded.ip)


def why(decoded: Decoded) -> str:
    """The cause in words; of a domain where the reply speaks of one."""
    if decoded.scope is Scope.DOMAIN and decoded.cause is Cause.IP_THROTTLED:
        return "the domain is slowed down"
    if decoded.cause is Cause.UNKNOWN and decoded.rule:
        return "nothing is said against the sender"
    if decoded.cause is Cause.AUTHENTICATION and decoded.failed:
        return f"{_listed(decoded.failed)} {'fails' if len(decoded.failed) == 1 else 'fail'}"
    return CAUSES[decoded.cause]


def retry(decoded: Decoded, owner: Owner | None = None) -> str:
    """Whether retrying helps; `owner` as `way` takes it."""
    is_shared = owner is not None and owner.kind is OwnerKind.SES_SHARED
    if is_shared and decoded.cause.is_block and decoded.is_about_address:
        return "This attempt is over; sent again, the message may leave from another of SES's addresses."
    return _retry_from_same(decoded)


def _retry_from_same(decoded: Decoded) -> str:
    if decoded.cause.is_throttle and decoded.permanent:
        return "This attempt is over; the same message can be sent again later, and slower."
    if decoded.cause.is_throttle:
        return "Retrying delivers in the end, provided that it is slower."
    if decoded.cause is Cause.SERVER_BUSY and decoded.permanent is False:
        return "An ordinary retry delivers."
    if decoded.cause is Cause.SERVER_BUSY and decoded.permanent:
        return "This attempt is over; the same message can be sent again later."
    if decoded.permanent is None:
        return "The reply does not say whether to try again."
    return "Retrying does not help." if decoded.permanent else "By its code, the server invites another try."


def explained(decoded: Decoded, owner: Owner | None = None) -> str:
    """The whole explanation, a few short paragraphs; `owner` as `way` takes it."""
    route = way(decoded, owner)
    ips = [each for each in (decoded.ip, *other_addresses(decoded)) if each]
    named = [*(f"address {each}" for each in ips), f"domain {decoded.domain}" if decoded.domain else ""]
    named.append(f"code {decoded.code}" if decoded.code else "")
    facts = ", ".join(each for each in named if each)
    lines = [
        decoded.text,
        f"  Who:      {SYSTEMS[decoded.system]}",
        f"  Why:      {why(decoded)} ({_CERTAINTY[decoded.certainty]})",
        f"  Meaning:  {decoded.meaning}",
        f"  Names:    {facts or 'nothing'}",
        *([f"  Whose:    {_whose(decoded, owner)}"] if owner else []),
        f"  Retrying: {retry(decoded, owner)}",
        f"  Next:     {route.step}",
    ]
    if route.address:
        lines.append(f"  Where:    {route.address}")
    if route.named:
        lines.append(f"  Page:     {route.named} (named by the server that refused; not looked at)")
    return "\n".join(lines)


def _whose(decoded: Decoded, owner: Owner) -> str:
    """Whose the address is and, where the way out depends on it and nothing says so, how to say it."""
    if owner.kind is not OwnerKind.UNKNOWN or not decoded.is_about_address:
        return owner.text
    return f"{owner.text} Where you know, say it: `staygreen diagnose {owner.address} --owner WHOSE --reply FILE`."
