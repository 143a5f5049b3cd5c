"""When a finding becomes an incident, what is told about it, and when it is over.

The rules are pure. Only a bad reading opens and only clean readings clear: an
unknown reading does neither, but one that lasts makes the evidence *stale*. What
nobody asks about for a day (a list switched off, an address given back) is closed
without an answer, and is told as that. A
reading that is not newer than the last one counts for nothing, so duplicates and
late arrivals change nothing (docs/design.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from staygreen.core.confirmation import Confirmation
from staygreen.core.finding import Finding, Severity, State, Subject

COVERAGE = "coverage"
"""The cause of findings about a source that does not answer."""

UNKNOWN_REPLIES = "unknown_replies"
"""The cause of the weekly finding about replies that no rule knows."""
NOT_ASKED = "not_asked"
"""The reason of readings that a run did not make: nobody asks any more, or could not."""
WITHDRAWN_AFTER = timedelta(days=1)
"""An incident that nobody asked about for this long is closed without an answer."""

FLAPPING_OPENINGS = 3
"""This many openings within FLAPPING_WINDOW are flapping."""
FLAPPING_WINDOW = timedelta(hours=24)
HOLD_DOWN = timedelta(hours=6)
"""A flapping incident stays open until it has been clean this long."""

LONGEST_NOTE = 1000
"""Characters of what a person writes beside an incident."""
LONGEST_KEY = 500
"""Characters of what was told last; of more, a digest is compared."""

REMIND_AFTER: Mapping[Severity, timedelta] = {
    Severity.CRITICAL: timedelta(days=1),
    Severity.WARNING: timedelta(days=7),
}
"""How long an open, unacknowledged incident is left alone; context is not repeated."""


class Status(str, Enum):
    """Where an incident stands."""

    SEEN = "seen"
    """Bad at least once, not confirmed: recorded, not announced."""
    OPEN = "open"
    CLOSED = "closed"


class Kind(str, Enum):
    """What happened to an incident."""

    OPENED = "opened"
    CLEARED = "cleared"
    CHANGED = "changed"
    REMINDER = "reminder"
    STALE = "stale"
    WITHDRAWN = "withdrawn"
    SEEN_ONCE = "seen_once"
    BASELINE = "baseline"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"
    NOTED = "noted"
    REPAIR = "repair"
    """News of a repair, which is told beside the incident and changes nothing in it."""


QUIET_KINDS = frozenset({Kind.SEEN_ONCE, Kind.ACKNOWLEDGED, Kind.MUTED, Kind.NOTED})
"""Kept in the history, never announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person wrote beside an incident."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Everything remembered about one (check, subject, cause)."""

    id: str
    """16 hexadecimal digits made of check, subject and cause; the same for ever."""
    finding: Finding
    """The last bad finding; its observation time is that of the last written sighting."""
    status: Status
    first_seen: datetime
    """First bad reading of this episode."""
    last_seen: datetime
    last_reading: datetime
    """Observation time of the newest reading of any state."""
    counted_at: datetime
    """The sighting that was last counted towards confirmation."""
    sightings: int = 1
    openings: tuple[datetime, ...] = ()
    """When it opened, within the flapping window."""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    clears: int = 0
    """Clean readings in a row."""
    clean_since: datetime | None = None
    unknown_runs: int = 0
    unasked_since: datetime | None = None
    """Since when no run has asked about it, though runs reached their end."""
    stale: bool = False
    told_at: datetime | None = None
    told: str = ""
    """What of it was last announced: severity and codes."""
    differing: str = ""
    """A state of evidence other than `told`, seen once; told when it is seen again."""
    sequence: int = 0
    """Number of the last transition."""
    version: int = 0
    """Counts writes; a write states the version that it replaces."""
    run_id: str = ""
    """The run that wrote it last."""
    written_at: datetime | None = None
    bundle: str = ""
    """The grouped announcement that tells its last transition, or empty."""
    is_baseline: bool = False
    last_good: datetime | None = None
    """The run before this episode, where it had all its answers and did not find it; None: not known."""
    acknowledged_by: str = ""
    muted_until: datetime | None = None
    mute_reason: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.finding.subject

    @property
    def severity(self) -> Severity:
        """How soon mail suffers."""
        return self.finding.severity

    @property
    def is_flapping(self) -> bool:
        """Whether it opened too often for its next recovery to be believed at once."""
        return len(self.openings) >= FLAPPING_OPENINGS

    def is_muted(self, now: datetime) -> bool:
        """Whether a person asked for silence until later than `now`."""
        return self.muted_until is not None and now < self.muted_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step in the life of an incident; announced once, under its id."""

    id: str
    kind: Kind
    at: datetime
    incident: Incident
    """As it is after the step."""
    is_silent: bool = False
    """Recorded, not announced on its own."""
    by: str = ""
    """The person who caused it, or empty."""


Step = tuple[Incident | None, Transition | None]


def incident_id(check: str, subject: Subject, cause: str) -> str:
    """The id of the incident that a finding feeds: 16 hexadecimal digits."""
    text = "\x1f".join((check, subject.key, cause))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def id_of(finding: Finding) -> str:
    """The id of the incident that `finding` feeds."""
    return incident_id(finding.check, finding.subject, finding.cause)


def advance(
    incident: Incident | None, finding: Finding, rule: Confirmation, now: datetime, baseline: bool = False
) -> Step:
    """Return the incident after one reading, and what happened, if anything did.

    Args:
        incident: As remembered, or None when nothing is known.
        finding: One reading; ignored when it is not newer than the last one.
        rule: The confirmation rule of its check.
        now: The time of the run (aware, UTC).
        baseline: Whether this is the check's first run here: what is bad already opens silently.
    """
    if incident is not None and finding.observed_at <= incident.last_reading:
        return incident, None
    if finding.state is State.BAD:
        return _bad(incident, finding, rule, now, baseline)
    if incident is None or incident.status is Status.CLOSED:
        return incident, None
    read = replace(incident, last_reading=finding.observed_at)
    return _clean(read, finding, rule, now) if finding.state is State.OK else _unknown(read, finding, rule, now)


def _bad(incident: Incident | None, finding: Finding, rule: Confirmation, now: datetime, baseline: bool) -> Step:
    if incident is not None and incident.status is Status.OPEN:
        return _still_bad(incident, finding, now)
    if incident is None or incident.status is Status.CLOSED:
        sighted = _first_sighting(incident, finding)
    else:
        sighted = _next_sighting(incident, finding, rule)
    if baseline and finding.cause != COVERAGE and not finding.is_event:
        return _opened(replace(sighted, is_baseline=True), now)
    if sighted.sightings >= _sightings_needed(finding, rule):
        return _opened(sighted, now)
    return sighted, None


def _sightings_needed(finding: Finding, rule: Confirmation) -> int:
    if finding.cause == COVERAGE:
        return rule.coverage_runs
    is_proof = finding.is_event or (finding.is_conclusive and finding.severity is Severity.CRITICAL)
    return 1 if is_proof else rule.sightings


def _first_sighting(incident: Incident | None, finding: Finding) -> Incident:
    at = finding.observed_at
    begun = min(finding.began_at or at, at)
    if incident is None:
        return Incident(
            id=id_of(finding),
            finding=finding,
            status=Status.SEEN,
            first_seen=begun,
            last_seen=at,
            last_reading=at,
            counted_at=at,
        )
    # What belongs to the episode starts afresh; numbering, openings, notes and mute go on.
    return replace(
        _struck(incident),
        finding=finding,
        status=Status.SEEN,
        # evidence may reach back into the episode before
        first_seen=min(max(begun, incident.closed_at or begun), at),
        last_seen=at,
        last_reading=at,
        counted_at=at,
        sightings=1,
        opened_at=None,
        closed_at=None,
        is_baseline=False,
        acknowledged_by="",
        told="",
    )


def _struck(incident: Incident) -> Incident:
    """Without the clean and unknown readings that a bad one ends."""
    return replace(incident, clears=0, clean_since=None, unknown_runs=0, unasked_since=None, stale=False)


def _next_sighting(incident: Incident, finding: Finding, rule: Confirmation) -> Incident:
    at = finding.observed_at
    seen = replace(_struck(incident), finding=finding, last_seen=at, last_reading=at)
    # Runs are apart by their schedule, so each run counts towards coverage; sightings must be spaced.
    if finding.cause == COVERAGE or at - incident.counted_at > rule.spacing:
        return replace(seen, sightings=incident.sightings + 1, counted_at=at)
    return seen


def _opened(incident: Incident, now: datetime) -> Step:
    recent = tuple(at for at in incident.openings if now - at < FLAPPING_WINDOW)
    opened = replace(
        incident, status=Status.OPEN, opened_at=now, openings=(*recent, now), told_at=now, told=_evidence_key(incident)
    )
    if incident.finding.is_event:
        opened = replace(opened, status=Status.CLOSED, closed_at=now, openings=())
    return _step(opened, Kind.OPENED, now, is_silent=incident.is_baseline)


def _still_bad(incident: Incident, finding: Finding, now: datetime) -> Step:
    at = finding.observed_at
    seen = replace(_struck(incident), finding=finding, last_seen=at, last_reading=at)
    key = _evidence_key(seen)
    if key == incident.told:
        return _reminded(replace(seen, differing=""), now)
    is_worse = finding.severity.rank < incident.severity.rank
    # Some lists answer in turns with different codes: a change is told when it is read twice running.
    if is_worse or key == incident.differing:
        return _step(replace(seen, told=key, told_at=now, differing=""), Kind.CHANGED, now)
    return replace(seen, differing=key), None


def _reminded(incident: Incident, now: datetime) -> Step:
    after = REMIND_AFTER.get(incident.severity)
    if after is None or incident.acknowledged_by or incident.told_at is None or now - incident.told_at < after:
        return incident, None
    return _step(replace(incident, told_at=now), Kind.REMINDER, now)


def _evidence_key(incident: Incident) -> str:
    codes = " ".join(sorted({f"{e.source}={e.data.get('codes', '')}" for e in incident.finding.evidence}))
    if len(codes) > LONGEST_KEY:
        codes = hashlib.sha256(codes.encode("utf-8", "replace")).hexdigest()
    return f"{incident.severity.value} {codes}".rstrip()


def _clean(incident: Incident, finding: Finding, rule: Confirmation, now: datetime) -> Step:
    clean = replace(
        incident,
        clears=incident.clears + 1,
        clean_since=incident.clean_since or finding.observed_at,
        unknown_runs=0,
        unasked_since=None,
        stale=False,
        differing="",
    )
    if incident.status is Status.SEEN:
        return _step(replace(clean, status=Status.CLOSED, closed_at=now), Kind.SEEN_ONCE, now)
    if not _is_over(clean, finding, rule):
        return clean, None
    return _step(replace(clean, status=Status.CLOSED, closed_at=now, told_at=now), Kind.CLEARED, now)


def _is_over(incident: Incident, finding: Finding, rule: Confirmation) -> bool:
    if finding.cause == COVERAGE:
        return True
    if incident.is_flapping and finding.observed_at - (incident.clean_since or finding.observed_at) < HOLD_DOWN:
        return False
    return incident.clears >= rule.clears


def _unknown(incident: Incident, finding: Finding, rule: Confirmation, now: datetime) -> Step:
    unasked_since = (incident.unasked_since or finding.observed_at) if finding.reason == NOT_ASKED else None
    asked = replace(incident, unknown_runs=incident.unknown_runs + 1, unasked_since=unasked_since)
    if unasked_since is not None and finding.observed_at - unasked_since >= WITHDRAWN_AFTER:
        kind = Kind.WITHDRAWN if incident.status is Status.OPEN else Kind.SEEN_ONCE
        return _step(replace(asked, status=Status.CLOSED, closed_at=now, told_at=now), kind, now)
    if incident.status is Status.SEEN or incident.stale or asked.unknown_runs < rule.coverage_runs:
        return asked, None
    return _step(replace(asked, stale=True), Kind.STALE, now)


def acknowledge(incident: Incident, by: str, now: datetime) -> tuple[Incident, Transition]:
    """Stop the reminders of this episode; changes and the recovery are still told."""
    return _told(replace(incident, acknowledged_by=by), Kind.ACKNOWLEDGED, now, by)


def mute(incident: Incident, by: str, reason: str, until: datetime, now: datetime) -> tuple[Incident, Transition]:
    """Record what happens until `until`, announcing none of it; the reason has at most `LONGEST_NOTE` characters."""
    reason = reason[:LONGEST_NOTE]
    return _told(replace(incident, muted_until=until, mute_reason=reason), Kind.MUTED, now, by)


def note(incident: Incident, by: str, text: str, now: datetime) -> tuple[Incident, Transition]:
    """Keep a remark of at most `LONGEST_NOTE` characters with the incident."""
    text = text[:LONGEST_NOTE]
    return _told(replace(incident, notes=(*incident.notes, Note(at=now, by=by, text=text))), Kind.NOTED, now, by)


def _step(incident: Incident, kind: Kind, now: datetime, *, is_silent: bool = False) -> Step:
    silent = is_silent or kind in QUIET_KINDS or incident.is_muted(now)
    numbered = replace(incident, sequence=incident.sequence + 1, bundle="")
    return numbered, Transition(
        id=f"{incident.id}-{numbered.sequence}", kind=kind, at=now, incident=numbered, is_silent=silent
    )


def _told(incident: Incident, kind: Kind, now: datetime, by: str) -> tuple[Incident, Transition]:
    numbered = replace(incident, sequence=incident.sequence + 1)
    identifier = f"{incident.id}-{numbered.sequence}"
    return numbered, Transition(id=identifier, kind=kind, at=now, incident=numbered, is_silent=True, by=by)
