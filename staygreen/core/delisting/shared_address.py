"""A refused address that SES shares among its customers: the letter to AWS Support, and what to do and to leave.

The letter asks for an address that is not ours, so it never says that it is. It gives what AWS can look up: the region,
the account's message ids, the times and the replies.

Sources: SES Developer Guide, "Dedicated IP addresses for Amazon SES" (when shared addresses are advised, and that pools
of both kinds are chosen by configuration set); prices of us-east-1 by AWS's price list of 2026-07-22; verified
2026-12-01. That SES picks a shared address anew for each message is inferred from its events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from staygreen.core.delisting.case import Facts, Refusal
from staygreen.core.wording import plural

ASKED = "(yours to fill in)"
_MOST_QUOTED = 10

MEANWHILE = (
    "Send what was refused again after some hours, once: SES sends from many addresses, and another may be taken.",
    "Where a configuration set of yours already uses a dedicated pool, send the mail for the refusing provider with "
    "that one; where none does, nothing changes by another set.",
    "Think of dedicated IPs if this comes back. Standard: 24.95 USD a month for each, warmed up and kept busy by you. "
    "Managed: SES warms up and adds addresses by itself, part of the Pro plan (105 USD a month; other plans: see AWS's "
    "price page). AWS advises them for large, regular and predictable volumes only, and managed ones where volumes "
    "jump; it names no number any more (in 2017 it was 50,000 messages a day for each address).",
)
"""What to do until AWS has answered."""
AVOID = (
    "Do not use Microsoft's sender support form, its delist portal or a list's removal page: they are for the owner of "
    "the address, which you are not.",
    "Do not suppress the recipients: their mailboxes are fine.",
    "Do not retry in a loop, and do not move everything to a new dedicated IP at once: an address without a history is "
    "slowed down or refused as well.",
)
"""What would not help, or would harm."""


def advice(lists: Iterable[tuple[str, Sequence[str]]] = (("Meanwhile", MEANWHILE), ("Leave", AVOID))) -> str:
    """Both lists for a person."""
    blocks = ([f"{head}:", *(f"  - {line}" for line in lines)] for head, lines in lists)
    return "\n".join(chain.from_iterable(blocks)) + "\n"


def subject(facts: Facts) -> str:
    """The title of the support case."""
    where = f" in {facts.region}" if facts.region else ""
    return f"Mail sent through Amazon SES{where} is refused because of shared IP {', '.join(facts.ips)}"


def text(facts: Facts, statement: str) -> str:
    """The body of the support case.

    Args:
        facts: What is known.
        statement: Our own set-up, one fact a line; may be empty.
    """
    ips = ", ".join(facts.ips)
    lines = [
        f"Messages that our account sends through Amazon SES are refused when they leave from {ips}. As far as we "
        "can see, we do not lease that address and SES shares it among its customers, so that only AWS can ask for its "
        "delisting.",
        "",
        f"Region: {facts.region or ASKED}",
        f"Configuration set: {', '.join(facts.configuration_sets) or ASKED}",
        f"Sending identity: {', '.join(facts.domains) or ASKED}",
        *_extent(facts),
        "",
        "Refused messages (message id, time, reply):",
        *(_row(each) for each in _quoted(facts.refusals)),
        "",
        "Please tell us",
        f"1. whether {ips} is listed with the provider that refuses, and whether you have asked for its delisting;",
        "2. whether you can keep our mail off that address until then;",
        "3. whether anything that our account sent has contributed.",
    ]
    return "\n".join([*lines, *(["", "Our own set-up:", statement] if statement else [])])


def _extent(facts: Facts) -> list[str]:
    """How much of our mail it hit; a count, set beside a total only where both are counted alike."""
    refused, sent = facts.refused_messages, facts.sent_to_microsoft
    if refused is None:
        return [f"Refusals at hand: {plural(len(facts.refusals), 'message')}; others may not have been collected."]
    of = f" of {sent} that SES counts as sent to Microsoft since" if sent and sent >= refused else ""
    return [f"Messages refused so far: {refused}{of}"]


def _quoted(refusals: Sequence[Refusal]) -> Sequence[Refusal]:
    ordered = sorted(refusals, key=lambda each: each.at)
    half = _MOST_QUOTED // 2
    return ordered if len(ordered) <= _MOST_QUOTED else [*ordered[:half], *ordered[-half:]]


def _row(refusal: Refusal) -> str:
    time = f"{refusal.at:%Y-%m-%d %H:%M:%S} UTC" if refusal.is_time_known else "time not recorded"
    return f"{refusal.message or '(message id: see your log)'}  {time}  {refusal.text}"
