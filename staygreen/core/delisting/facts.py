"""What a delisting packet states beyond the replies: from DNS and lists, and from what a deployed sender keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from staygreen.core.blocklist import catalogue
from staygreen.core.delisting.case import Facts, Refusal, Repair
from staygreen.core.finding import Severity, State
from staygreen.core.incidents.incident import COVERAGE, Incident, Status
from staygreen.core.published import causes
from staygreen.core.replies.counters import SHARED, Tally
from staygreen.core.replies.decode import Cause, Decoded, Route, System
from staygreen.core.snds.history import Day
from staygreen.core.verdict.verdict import Exhibit, Witness

REPAIRED_WITHIN = timedelta(days=30)
SHOWN_DAYS = 7
_REPAIRS = frozenset({"reverse_dns", "auth_records", "blocklist", "complaints", "ses_reputation", "volume"})
"""Checks whose closed incidents are repairs that a provider cares about."""


def looked_up(given: Facts, exhibits: Iterable[Exhibit]) -> Facts:
    """The facts with what DNS and the lists say now."""
    found = tuple(exhibits)
    states = {each.cause: each.state for each in found}
    listed = [each for each in found if each.witness is Witness.BLOCKLIST and each.state is State.BAD]
    lists = catalogue.load().by_id
    return replace(
        given,
        ptr=next((each.name for each in found if each.witness is Witness.REVERSE_DNS and each.name), None),
        ptr_confirmed=_confirmed(states),
        spf=_published(states, "spf"),
        dkim=_published(states, "dkim"),
        dmarc=_published(states, "dmarc"),
        faults=tuple(_fault(each) for each in found if _is_fault(each)),
        # nobody can ask a list that takes none off by hand: such a listing is waited for, not asked away
        listed_on=tuple(each.cause for each in listed if each.cause not in lists or lists[each.cause].removable),
    )


def _is_fault(exhibit: Exhibit) -> bool:
    """Whether a record has to be repaired before anything is filed; what is only advised waits."""
    known = {**causes.REVERSE_DNS, **causes.AUTH_RECORDS}
    return (
        exhibit.witness in (Witness.REVERSE_DNS, Witness.AUTHENTICATION)
        and exhibit.state is State.BAD
        and not (exhibit.cause in known and known[exhibit.cause].severity is Severity.INFO)
    )


def _fault(exhibit: Exhibit) -> str:
    return f"{exhibit.text} {exhibit.next_step}".strip()


def _confirmed(states: dict[str, State]) -> bool | None:
    if "ptr" in states or "ptr_generic" in states:
        return True
    return False if {"ptr_missing", "ptr_several", "ptr_unconfirmed"} & states.keys() else None


def _published(states: dict[str, State], word: str) -> bool | None:
    if word in states:
        return True
    return False if any(cause.startswith(word) and state is State.BAD for cause, state in states.items()) else None


def refused(ip: str, tallies: Iterable[Tally]) -> Facts | None:
    """What the counters of replies say of an address; None when none of them is a block that one can file about.

    The route is that of whoever refused last. Quoted are the first reply of the first hour and of the
    newest, word for word: an hour's other replies of the same code are counted and not kept.
    """
    blocks = [each for each in tallies if _is_about(each, ip) and _is_filed(each.decoded)]
    if not blocks:
        return None
    newest = max(blocks, key=lambda each: each.last_at)
    same = sorted(
        (each for each in blocks if each.decoded.route is newest.decoded.route), key=lambda each: each.first_at
    )
    quoted = {each.first_at: _refusal(each) for each in (same[0], same[-1])}
    is_of_aws = newest.combination.subject.key == SHARED.key or newest.decoded.cause is Cause.RANGE_BLOCKED
    return Facts(
        ips=(ip,),
        route=Route.AWS_SUPPORT if is_of_aws else newest.decoded.route,
        refusals=tuple(quoted.values()),
        refused_messages=sum(each.new_messages for each in same),
        last_refused=newest.last_at if newest.last_at not in quoted else None,
        owned_by_aws=newest.combination.subject.key == SHARED.key,
    )


def counted_by_ses_since(ip: str, tallies: Iterable[Tally]) -> datetime | None:
    """When Outlook.com's first block of an address came; None without one, or where a mail server's logs count too.

    What SES counts as sent to Microsoft is set beside SES's own refusals alone, and beside no other provider's.
    """
    blocks = [each for each in tallies if _is_about(each, ip) and _is_filed(each.decoded)]
    ours = [each for each in blocks if each.decoded.system is System.OUTLOOK_CONSUMER]
    if not ours or len(ours) < len(blocks) or any(each.source != "ses" for each in ours):
        return None
    return min(each.first_at for each in ours)


def _is_about(tally: Tally, ip: str) -> bool:
    subject = tally.combination.subject
    return subject.id == ip or (subject.key == SHARED.key and tally.decoded.ip == ip)


def _is_filed(decoded: Decoded) -> bool:
    return decoded.cause.is_block and decoded.route is not Route.CONTACT_RECIPIENT


def _refusal(tally: Tally) -> Refusal:
    return Refusal(at=tally.first_at, text=tally.decoded.text, code=tally.decoded.code or "")


def joined(facts: Facts, newer: Facts | None) -> Facts:
    """The facts with newer replies taken up; what a person entered stays, and no reply is there twice."""
    if newer is None:
        return facts
    refusals = {(each.at, each.text): each for each in (*facts.refusals, *newer.refusals)}
    return replace(
        facts,
        refusals=tuple(sorted(refusals.values(), key=lambda each: each.at)),
        refused_messages=facts.refused_messages if newer.refused_messages is None else newer.refused_messages,
        sent_to_microsoft=facts.sent_to_microsoft if newer.refused_messages is None else newer.sent_to_microsoft,
        last_refused=facts.last_refused if newer.last_refused is None else newer.last_refused,
        domains=facts.domains or newer.domains,
        configuration_sets=tuple(dict.fromkeys((*facts.configuration_sets, *newer.configuration_sets))),
        region=facts.region or newer.region,
    )


def kept(given: Facts, days: Sequence[Day], incidents: Iterable[Incident], now: datetime) -> Facts:
    """The facts with the volume, complaint rate and rows that SNDS gave, and the repairs that checks have seen.

    Args:
        given: What is known already.
        days: SNDS's days of the address, newest first.
        incidents: Those about the address and its domains.
        now: The present.
    """
    recent = [day for day in days if now.date() - day.on <= timedelta(days=SHOWN_DAYS)]
    rate = next((day.complaint_rate for day in recent if day.complaint_rate), None)
    seen = (_repair(each, now) for each in incidents)
    repairs = {*given.repairs, *(each for each in seen if each is not None)}
    return replace(
        given,
        daily_volume=next((day.recipients for day in recent if day.recipients is not None), given.daily_volume),
        complaint_rate=rate.at_least if rate and rate.at_least else given.complaint_rate,
        snds=tuple(_row(day) for day in recent) or given.snds,
        repairs=tuple(sorted(repairs, key=lambda each: each.at)),
    )


def _row(day: Day) -> str:
    rate = day.complaint_rate
    parts = [
        day.filter_result.value if day.filter_result else "no colour",
        f"{day.recipients} recipients" if day.recipients is not None else "",
        f"complaints {'under ' if rate.op == '<' else ''}{rate.value:.1%}" if rate else "",
    ]
    return f"{day.on.isoformat()}: {', '.join(part for part in parts if part)}"


def _repair(incident: Incident, now: datetime) -> Repair | None:
    finding = incident.finding
    if finding.check not in _REPAIRS or finding.cause == COVERAGE or finding.is_event:
        return None
    if incident.status is not Status.CLOSED or incident.opened_at is None or incident.closed_at is None:
        return None
    if now - incident.closed_at > REPAIRED_WITHIN:
        return None
    check, cause = finding.check.replace("_", " "), finding.cause.replace("_", " ")
    return Repair(at=incident.closed_at, what=f"{check} of {incident.subject.id}: {cause} is over")
