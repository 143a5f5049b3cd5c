"""What one list's answer about one subject means: a finding of the check `blocklist`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType

from staygreen.core.blocklist import advice
from staygreen.core.blocklist.catalogue import Entry, Scope
from staygreen.core.blocklist.dnsbl import Answer, Verdict
from staygreen.core.blocklist.neighbours import Around
from staygreen.core.blocklist.shard import Known
from staygreen.core.blocklist.sweep import Result
from staygreen.core.finding import Evidence, Finding, Severity, State
from staygreen.core.incidents.context import Aside

CHECK = "blocklist"


def judgement(result: Result, known: Known, now: datetime, near: Around | None) -> Finding:
    """One list's answer about one subject; what it says of the neighbours is context."""
    state = _state(result, known)
    severity = _severity(result, known)
    return Finding(
        check=CHECK,
        subject=known.subject,
        cause=result.entry.id,
        state=state,
        severity=severity,
        observed_at=now,
        evidence=(_evidence(result, now), *_context(near, now)),
        advice=advice.for_listing(result, known.subject) if state is State.BAD else None,
        reason=result.answer.reason.value if result.answer.reason else "",
        group=result.entry.id,
    )


def _state(result: Result, known: Known) -> State:
    """BAD for a listing of the subject itself; what is said of its surroundings is context.

    A range that should not send mail directly is bad news for an address that one of our mail
    servers sends from, and for no other.
    """
    if result.answer.verdict is Verdict.UNKNOWN:
        return State.UNKNOWN
    return State.BAD if is_bad(result.answer, known) else State.OK


def is_bad(answer: Answer, known: Known) -> bool:
    """Whether a list's answer is bad news about a subject."""
    if answer.verdict is not Verdict.LISTED:
        return False
    return answer.is_about_subject or (
        known.is_sending_host and any(code.scope is Scope.POLICY for code in answer.codes)
    )


def aside(entry: Entry, answer: Answer, now: datetime) -> Aside | None:
    """An answer that is context, of no subject yet; None when it is a listing of the subject, or nothing is said."""
    is_listing = answer.verdict is Verdict.LISTED
    if answer.is_about_subject or not (is_listing or answer.verdict is Verdict.NOTED):
        return None
    said = f"{entry.name}: {answer.meaning}" if answer.meaning else entry.name
    around = "autonomous system" if any(code.scope is Scope.ASN for code in answer.codes) else "range"
    text = f"Your {around} is listed on {said}. This is not your address."
    return Aside(
        source=entry.id,
        text=text if is_listing else f"Noted by {said}. That is no listing.",
        is_listing=is_listing,
        observed_at=now,
        subjects=frozenset(),
    )


def _severity(result: Result, known: Known) -> Severity:
    """The worst of the codes that are bad news; everything else is context."""
    if not is_bad(result.answer, known):
        return Severity.INFO
    counted = (Scope.HOST, Scope.DOMAIN, Scope.POLICY)
    found = [
        code.weight.severity for code in result.answer.codes if code.scope in counted and code.means.value == "listing"
    ]
    return min(found, key=lambda severity: severity.rank)


def _context(near: Around | None, now: datetime) -> Iterator[Evidence]:
    if near is not None and near.listed:
        yield Evidence(source=f"{near.entry.id} neighbours", text=near.text, observed_at=now)


_SAYS = {Verdict.LISTED: "listed on", Verdict.NOTED: "noted by", Verdict.NOT_LISTED: "not listed on"}


def _evidence(result: Result, now: datetime) -> Evidence:
    answer, entry = result.answer, result.entry
    if answer.verdict is Verdict.UNKNOWN:
        reason = answer.reason.text if answer.reason else ""
        text = f"{entry.name} did not tell about {result.name}: {reason}"
    else:
        text = f"{result.name} is {_SAYS[answer.verdict]} {entry.name}"
        text += f": {result.meaning}" if answer.meaning else ""
        # an old table of codes may read the answer wrongly: who acts on it has to know
        text += f" (what the codes mean was last verified on {entry.verified})" if entry.age_warning(now.date()) else ""
    data = {
        "list": entry.id,
        "name": entry.name,
        "zone": entry.zone,
        "asked": result.name,
        "answer": answer.verdict.value,
        "codes": " ".join(answer.values),
        "meaning": result.meaning,
        "scope": " ".join(dict.fromkeys(code.scope.value for code in answer.codes)),
        "delist_url": entry.delist_url,
        "delist_how": entry.delist_how,
        "text": result.text,
    }
    return Evidence(
        source=entry.id,
        text=text,
        observed_at=now,
        raw=answer.raw,
        data=MappingProxyType({key: value for key, value in data.items() if value}),
    )
