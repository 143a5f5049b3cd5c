"""What checks have found about a subject, as evidence for its verdict.

A check's open incidents speak against the subject. That a check ran and has no
open incident about it speaks for it, except where silence says nothing: no
refusal on record may mean that nothing was sent, and no SNDS row is not green.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from staygreen.core.finding import Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.context import NEIGHBOURS, Aside
from staygreen.core.incidents.incident import COVERAGE, Incident, Status
from staygreen.core.incidents.report import Coverage
from staygreen.core.incidents.run import Heartbeat, Outcome
from staygreen.core.replies.decode import System
from staygreen.core.snds.history import Day
from staygreen.core.snds.rows import Colour
from staygreen.core.verdict.verdict import Claim, Exhibit, Reach, Realm, Standing, Verdict, Witness

WITNESSES: Mapping[str, Witness] = {
    "refusals": Witness.REPLY,
    "blocklist": Witness.BLOCKLIST,
    "snds": Witness.SNDS,
    "reverse_dns": Witness.REVERSE_DNS,
    "auth_records": Witness.AUTHENTICATION,
    "complaints": Witness.COMPLAINTS,
    "ses_reputation": Witness.SES,
    "volume": Witness.VOLUME,
    "dmarc": Witness.AUTHENTICATION,
}
"""Which witness each check is; any other is the weakest there is."""
NO_WITNESSES = frozenset({"cases", "tls_reports"})
"""Checks that watch our own work or mail to us, not the sender."""
_OF_OTHERS = ("campaign", "reports_stopped", "reporter_stopped", "undeclared_service")
"""Causes of the check `dmarc`, or the beginning of them, that say nothing of our own mail."""

_CLEAN = {
    "blocklist": "Itself on none of the {answered} lists that answered.",
    "reverse_dns": "Its reverse DNS is forward-confirmed.",
    "auth_records": "What it publishes passes.",
    "complaints": "Complaints are under the limits.",
    "ses_reputation": "SES has nothing against it.",
    "volume": "Its volume is steady.",
}
"""What a run without an open incident says, where that says something."""

_KINDS: Mapping[str, frozenset[SubjectKind]] = {
    "reverse_dns": frozenset({SubjectKind.IP}),
    "auth_records": frozenset({SubjectKind.DOMAIN}),
    "ses_reputation": frozenset({SubjectKind.ACCOUNT, SubjectKind.CONFIGURATION_SET}),
    "volume": frozenset({SubjectKind.ACCOUNT, SubjectKind.POOL}),
}
"""Checks that ask about some kinds of subject alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Evidence with the incident that it comes from, by which a later heartbeat makes it newer."""

    incident: str
    exhibit: Exhibit


def of_run(
    outcome: Outcome, known: Mapping[str, Incident], check: str, unfinished: Collection[str] = ()
) -> Mapping[Subject, tuple[Held, ...]]:
    """What a run's check holds against each subject about which anything changed; empty: nothing any more.

    Args:
        outcome: What the run changes.
        known: The incidents before it.
        check: Its check.
        unfinished: Runs that may have died before they wrote theirs.
    """
    if check in NO_WITNESSES:
        return {}
    after = {**known, **{change.after.id: change.after for change in outcome.changes}}
    changed = [change.after for change in outcome.changes]
    changed += [incident for incident in known.values() if incident.run_id in unfinished]
    subjects = {each.subject: each for each in changed if each.subject.kind is not SubjectKind.SOURCE}
    held: dict[Subject, list[Held]] = {subject: [] for subject in subjects}
    for incident in sorted(after.values(), key=lambda each: each.severity.rank):
        if incident.subject in held and incident.status is Status.OPEN and _speaks(incident.finding):
            held[incident.subject].append(Held(incident=incident.id, exhibit=of_incident(incident)))
    return {subject: tuple(group) for subject, group in held.items()}


def _speaks(finding: Finding) -> bool:
    """Whether a finding is about how the subject's own mail fares."""
    return finding.cause != COVERAGE and not (finding.check == "dmarc" and finding.cause.startswith(_OF_OTHERS))


def of_incident(incident: Incident) -> Exhibit:
    """An open incident as evidence against its subject."""
    finding, advice = incident.finding, incident.finding.advice
    witness = WITNESSES.get(finding.check, Witness.NEIGHBOURHOOD)
    return Exhibit(
        witness=witness,
        realm=_realm(witness, finding.cause),
        state=State.BAD,
        standing=_standing(witness, finding),
        cause=finding.cause,
        text=advice.consequence if advice else _said(finding),
        observed_at=incident.last_seen,
        next_step=f"{advice.next_step} {advice.link}".strip() if advice else "",
        claim=Claim.STATED if witness in (Witness.SNDS, Witness.SES) else Claim.OBSERVED,
        reach=Reach.RANGE if "range" in finding.cause else Reach.OWN,
    )


def _said(finding: Finding) -> str:
    return finding.evidence[0].text if finding.evidence else finding.cause.replace("_", " ")


def _realm(witness: Witness, cause: str) -> Realm:
    if witness is Witness.SNDS:
        return Realm.CONSUMER
    if witness is not Witness.REPLY and not cause.startswith("stopped_"):
        return Realm.EVERYWHERE
    if cause.endswith(System.OUTLOOK_CONSUMER.value):
        return Realm.CONSUMER
    return Realm.MICROSOFT_365 if cause.endswith(System.EXCHANGE_ONLINE.value) else Realm.ELSEWHERE


def _standing(witness: Witness, finding: Finding) -> Standing:
    if witness is Witness.REPLY:
        return Standing.THROTTLED if finding.cause.startswith("throttled") else Standing.BLOCKED
    said = {evidence.data.get("state", "") for evidence in finding.evidence}
    is_stopped = "blocked" in said or (witness is Witness.SES and finding.severity is Severity.CRITICAL)
    return Standing.BLOCKED if is_stopped else Standing.AT_RISK


def freshened(held: Iterable[Held], last: Heartbeat | None) -> Iterator[Exhibit]:
    """The evidence of one check, as new as its last run made it."""
    for each in held:
        is_seen = last is not None and each.incident in last.seen and last.at > each.exhibit.observed_at
        yield replace(each.exhibit, observed_at=last.at) if is_seen and last else each.exhibit


def of_heartbeat(check: str, last: Heartbeat, subject: Subject) -> Iterator[Exhibit]:
    """What a check's last run says of a subject against which it holds nothing."""
    witness, text = WITNESSES.get(check), _CLEAN.get(check)
    if witness is None or text is None or subject.kind not in _KINDS.get(check, (subject.kind,)):
        return
    asked = [each for each in last.coverage if each.asked]
    answered = sum(each.answered > 0 for each in asked)
    if answered or not asked:
        yield _about(witness, State.OK, check, text.format(answered=answered), last.at)
    silent = _silent(asked)
    if silent:
        yield _about(witness, State.UNKNOWN, f"{check}_silent", f"{silent} did not answer at the last run.", last.at)


def of_asides(check: str, last: Heartbeat | None, subject: Subject) -> Iterator[Exhibit]:
    """The context that a check's last run kept about a subject."""
    for aside in last.asides if last else ():
        if subject.key in aside.subjects:
            yield of_aside(WITNESSES.get(check, Witness.NEIGHBOURHOOD), aside)


def of_aside(witness: Witness, aside: Aside) -> Exhibit:
    """Context as evidence: a listed range is neither for nor against the subject, a note says that it is not listed."""
    witness = Witness.NEIGHBOURHOOD if aside.source == NEIGHBOURS else witness
    about = _about(witness, State.OK, aside.source, f"Context: {aside.text}", aside.observed_at)
    return replace(about, reach=Reach.RANGE if aside.is_listing else Reach.OWN)


def _silent(asked: Iterable[Coverage]) -> str:
    names = [each.source for each in asked if not each.answered]
    if len(names) > 3:
        return f"{len(names)} sources"
    return ", ".join(names)


def of_days(days: Iterable[Day], now: datetime, *, is_asked: bool) -> Iterator[Exhibit]:
    """What SNDS's newest day says of an address; without one, where it is asked, that it says nothing.

    Args:
        days: Newest first.
        now: The present.
        is_asked: Whether SNDS is read at all.
    """
    newest = next((day for day in days if day.filter_result), None)
    if newest is None or newest.filter_result is None:
        if is_asked:
            yield _snds(State.UNKNOWN, "snds_no_data", "SNDS has no row: no data is not green.", now)
        return
    colour = newest.filter_result
    text = f"SNDS graded {newest.on:%Y-%m-%d} {colour.value.lower()}, by its own word."
    at = datetime.combine(newest.on, time(), UTC) + timedelta(days=1)
    state = State.OK if colour is Colour.GREEN else State.BAD
    yield _snds(state, f"snds_{colour.value.lower()}", text, at)


def _snds(state: State, cause: str, text: str, at: datetime) -> Exhibit:
    return replace(_about(Witness.SNDS, state, cause, text, at), realm=Realm.CONSUMER, claim=Claim.STATED)


def _about(witness: Witness, state: State, cause: str, text: str, at: datetime) -> Exhibit:
    return Exhibit(
        witness=witness,
        realm=Realm.EVERYWHERE,
        state=state,
        standing=Standing.AT_RISK,
        cause=cause,
        text=text,
        observed_at=at,
    )


def line(found: Verdict) -> str:
    """The verdict in one line, for alerts; empty with one cause, which the alert itself tells, and no listed range."""
    around = [each for each in found.exhibits if each.is_context]
    if len(found.causes) < 2 and not around:
        return ""
    causes = "; ".join(f"({n}) {each.exhibits[0].text}" for n, each in enumerate(found.causes[:4], 1))
    context = "".join(f" {each.text} (Read {each.observed_at:%Y-%m-%d %H:%M} UTC.)" for each in around[:2])
    if not causes:
        stands = "nothing is known" if found.standing is Standing.UNKNOWN else found.standing.words
        return f"{found.subject.id} itself: {stands}.{context}"
    return f"{found.subject.id} is {found.standing.words}: {causes} First: {found.next_step}{context}"
