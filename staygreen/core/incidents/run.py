"""What one run of a check changes: findings in, writes and announcements out.

Openings (or recoveries) of three or more subjects that share a group are told as
one. A run that died half-way is completed by the next one: it left a note of the
groups that it had begun, and what of them was never told is still owed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from staygreen.core.confirmation import Confirmation
from staygreen.core.finding import Finding, State
from staygreen.core.incidents import context as asides
from staygreen.core.incidents import incident as rules
from staygreen.core.incidents.context import Aside
from staygreen.core.incidents.incident import COVERAGE, Incident, Kind, Status, Transition
from staygreen.core.incidents.report import Coverage, Report

GROUPED_KINDS = (Kind.OPENED, Kind.CLEARED, Kind.STALE, Kind.WITHDRAWN)
BUNDLE_FROM = 3
"""This many subjects in one run are told as one."""
BUNDLE_LIMIT = 1000
"""No announcement names more; further ones follow, so that each fits its transport."""

WORST_FIRST = (State.BAD, State.UNKNOWN, State.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """That a check ran to its end, and the last sighting of everything that did not change."""

    check: str
    run_id: str
    at: datetime
    coverage: tuple[Coverage, ...] = ()
    seen: frozenset[str] = frozenset()
    """Incidents that were read as bad again, nothing else being new."""
    asides: tuple[Aside, ...] = ()
    """Context, each with when it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What a run notes before it changes anything and takes away at its end: while it is there, the run may be dead."""

    run_id: str
    attempt: str
    """A run may be done again while its first attempt lives: each has a note of its own."""
    at: datetime
    groups: Mapping[str, Kind] = field(default_factory=dict)
    """What its grouped announcements tell, by their group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One incident to be written, together with what happened to it."""

    before: Incident | None
    after: Incident
    transition: Transition | None
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One announcement about many incidents."""

    id: str
    group: str
    """What `Incident.bundle` of its members is; the announcements of one group are numbered."""
    kind: Kind
    at: datetime
    members: tuple[Incident, ...]
    """Worst first, then by subject."""
    is_owed: bool = False
    """An interrupted run should have made it: it goes out before anything that its members are read from changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The circumstances of one run."""

    check: str
    id: str
    at: datetime
    rule: Confirmation
    last: Heartbeat | None
    """None makes this the first run here: the baseline."""
    unfinished: tuple[Unfinished, ...] = ()
    """Notes of runs that are not at their end, or never will be; of this one too, when it is done again."""

    @property
    def is_baseline(self) -> bool:
        """Whether nothing has been told about this check before."""
        return self.last is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a run writes."""

    changes: tuple[Change, ...]
    bundles: tuple[Bundle, ...]
    heartbeat: Heartbeat
    groups: Mapping[str, Kind] = field(default_factory=dict)
    """What is told in groups that this run begins or goes on with."""
    context_left_out: int = 0
    """Subjects whose context the heartbeat has no room for."""


def remembered(incidents: Iterable[Incident], last: Heartbeat | None) -> Mapping[str, Incident]:
    """Incidents by id, with the sightings that only the heartbeat holds."""
    return {incident.id: _as_seen(incident, last) for incident in incidents}


def _as_seen(incident: Incident, last: Heartbeat | None) -> Incident:
    if last is None or incident.id not in last.seen or last.at <= incident.last_reading:
        return incident
    # After the heartbeat's sighting nothing but a bad reading is known; an interrupted run is the exception.
    return replace(incident, last_seen=last.at, last_reading=last.at)


def settle(report: Report, known: Mapping[str, Incident], run: Run) -> Outcome:
    """Apply every finding of a report to the incidents that are known."""
    changes: list[Change] = []
    seen: set[str] = set()
    findings = _one_each(report.findings)
    for identifier, finding in {**findings, **_unread(known, findings, run)}.items():
        change = step(known.get(identifier), finding, run)
        if change is None:
            continue
        if _is_news(change):
            changes.append(change)
        else:
            seen.add(identifier)
    bundled, bundles = _bundled(changes, known, run)
    lacking = {each.source for each in report.coverage if each.asked and not each.is_full}
    if lacking:
        lacking.add(asides.NEIGHBOURS)
    context = tuple(asides.updated(run.last.asides if run.last else (), report.asides, lacking, run.at))
    kept = tuple(asides.bounded(context))
    left_out = report.asides_left_out + asides.named(context) - asides.named(kept)
    heartbeat = Heartbeat(
        check=run.check,
        run_id=run.id,
        at=run.at,
        coverage=(*report.coverage, *_context_coverage(left_out)),
        seen=frozenset(seen),
        asides=kept,
    )
    groups = {bundle.group: bundle.kind for bundle in bundles if not bundle.is_owed}
    return Outcome(
        changes=tuple(bundled), bundles=bundles, heartbeat=heartbeat, groups=groups, context_left_out=left_out
    )


def _context_coverage(left_out: int) -> Iterator[Coverage]:
    """That context is missing; it is no question that somebody did not answer."""
    if left_out:
        yield Coverage(source="context", asked=0, answered=0, reason=asides.BEYOND_LIMIT)


def step(before: Incident | None, finding: Finding, run: Run) -> Change | None:
    """What one finding changes; None when this run has written it already, or nothing is to be remembered."""
    if before is not None and before.run_id == run.id:
        return None
    after, transition = rules.advance(before, finding, run.rule, run.at, run.is_baseline)
    if after is None or after is before:
        return None
    version = before.version if before else 0
    if before is None or after.first_seen != before.first_seen:
        after = replace(after, last_good=_last_good(run))
    after = replace(after, version=version + 1, run_id=run.id, written_at=run.at)
    if transition is not None:
        transition = replace(transition, incident=after)
    return Change(before=before, after=after, transition=transition, finding=finding)


def _last_good(run: Run) -> datetime | None:
    """When the last run was, if it had all its answers: what it did not find was not there then."""
    last = run.last
    return last.at if last is not None and last.coverage and all(each.is_full for each in last.coverage) else None


def step_again(change: Change, before: Incident | None, run: Run) -> Change | None:
    """What a finding changes after somebody else wrote its incident; its grouped announcement still tells the same."""
    anew = step(before, change.finding, run)
    if anew is None or anew.transition is None or change.transition is None or not change.after.bundle:
        return anew
    if anew.transition.kind is not change.transition.kind:
        return anew
    return _into_bundle(anew, {anew.after.id: replace(anew.after, bundle=change.after.bundle)})


def person_change(before: Incident, after: Incident, transition: Transition) -> Change:
    """What is written when a person, not a run, changed an incident."""
    numbered = replace(after, version=before.version + 1)
    return Change(
        before=before, after=numbered, transition=replace(transition, incident=numbered), finding=before.finding
    )


def _one_each(findings: Iterable[Finding]) -> dict[str, Finding]:
    """One finding for each incident: the worst, as the careful reading of a contradiction."""
    chosen: dict[str, Finding] = {}
    for finding in findings:
        identifier = rules.id_of(finding)
        other = chosen.get(identifier)
        if other is None or WORST_FIRST.index(finding.state) < WORST_FIRST.index(other.state):
            chosen[identifier] = finding
    return chosen


def _unread(known: Mapping[str, Incident], findings: Mapping[str, Finding], run: Run) -> dict[str, Finding]:
    """Open incidents that the run says nothing about: unknown, so that their age shows."""
    return {
        identifier: replace(incident.finding, state=State.UNKNOWN, reason=rules.NOT_ASKED, observed_at=run.at)
        for identifier, incident in known.items()
        if incident.status is not Status.CLOSED and identifier not in findings
    }


def _is_news(change: Change) -> bool:
    """Whether more is new than a later sighting of what is open already."""
    before, after = change.before, change.after
    if before is None or change.transition is not None or after.status is not Status.OPEN:
        return True
    if change.finding.state is not State.BAD:
        return True
    kept = (before.clears, before.unknown_runs, before.stale, before.differing)
    return kept != (after.clears, after.unknown_runs, after.stale, after.differing)


def _bundled(changes: list[Change], known: Mapping[str, Incident], run: Run) -> tuple[list[Change], tuple[Bundle, ...]]:
    members: defaultdict[tuple[str, Kind], list[Incident]] = defaultdict(list)
    begun = {group: kind for noted in run.unfinished for group, kind in noted.groups.items()}
    for incident in known.values():
        if incident.bundle in begun:
            members[incident.bundle, begun[incident.bundle]].append(incident)
    fresh: defaultdict[tuple[str, Kind], list[Change]] = defaultdict(list)
    for change in changes:
        key = _bundle_key(change, run)
        if key is not None:
            fresh[key].append(change)
    told: dict[str, Incident] = {}
    for key, group in fresh.items():
        subjects = {c.after.subject.key for c in group} | {i.subject.key for i in members.get(key, ())}
        if len(subjects) < BUNDLE_FROM and key[1] is not Kind.BASELINE:
            continue
        for change in group:
            told[change.after.id] = replace(change.after, bundle=key[0])
            members[key].append(told[change.after.id])
    bundles = tuple(
        replace(bundle, is_owed=key not in fresh) for key, of in members.items() for bundle in _split(*key, of, run)
    )
    return [_into_bundle(change, told) for change in changes], bundles


def _into_bundle(change: Change, told: Mapping[str, Incident]) -> Change:
    incident = told.get(change.after.id)
    if incident is None or change.transition is None:
        return change
    return replace(change, after=incident, transition=replace(change.transition, incident=incident, is_silent=True))


def _bundle_key(change: Change, run: Run) -> tuple[str, Kind] | None:
    transition = change.transition
    if transition is None or transition.kind not in GROUPED_KINDS:
        return None
    if change.after.is_baseline and transition.kind is Kind.OPENED:
        return _digest(run.id, Kind.BASELINE.value), Kind.BASELINE
    group = COVERAGE if change.finding.cause == COVERAGE else change.after.finding.group
    if transition.is_silent or not group:
        return None
    return _digest(run.id, group, transition.kind.value), transition.kind


def _split(identifier: str, kind: Kind, members: list[Incident], run: Run) -> list[Bundle]:
    ordered = sorted(members, key=lambda i: (i.severity.rank, i.subject.key, i.finding.cause))
    return [
        Bundle(
            id=f"{identifier}-{n + 1}",
            group=identifier,
            kind=kind,
            at=run.at,
            members=tuple(ordered[start : start + BUNDLE_LIMIT]),
        )
        for n, start in enumerate(range(0, len(ordered), BUNDLE_LIMIT))
    ]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
