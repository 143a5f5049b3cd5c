"""The digest: what is new, open, over and unanswered, as one message a day or a week.

A section is a plain function from the `Picture` to its lines, and one entry of `SECTIONS`; a
section without lines is left out. The message is JSON under the schema ``staygreen.digest/1``
(docs/digest.schema.json), announced as alerts are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from staygreen.core.alerts.alert import Alert, Context, fitted
from staygreen.core.alerts.mail import ascii_line
from staygreen.core.deployments.before import MOST_NAMED, NOT_RECORDED, Recorded
from staygreen.core.deployments.deployment import Deployment
from staygreen.core.finding import SubjectKind
from staygreen.core.incidents.context import BEYOND_LIMIT, LIMIT
from staygreen.core.incidents.incident import COVERAGE, UNKNOWN_REPLIES, Incident, Status
from staygreen.core.incidents.report import Coverage
from staygreen.core.incidents.run import Heartbeat
from staygreen.core.snds.rows import Colour
from staygreen.core.visible import visible_document
from staygreen.core.wording import duration, named, plural, utc_time

SCHEMA = "staygreen.digest/1"
MOST_LINES = 30
"""Of one section; what is left out is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that a digest may tell."""

    since: datetime
    """Where its period begins."""
    now: datetime
    incidents: tuple[Incident, ...] = ()
    """Of every check, closed ones included."""
    heartbeats: tuple[Heartbeat, ...] = ()
    """The last run of each check that has run."""
    colours: Mapping[str, tuple[Colour, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Microsoft's colours in the period by address, the newest day first."""

    deployments: Recorded = NOT_RECORDED
    """What was deployed in the period."""
    list_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What people call a blocklist, by its id."""
    dashboard: str = ""
    """The name of the CloudWatch dashboard; empty: there is none."""

    @property
    def open(self) -> list[Incident]:
        """What is open, the worst first."""
        found = [incident for incident in self.incidents if incident.status is Status.OPEN]
        return sorted(found, key=lambda incident: (incident.severity.rank, incident.first_seen))

    @property
    def resolved(self) -> list[Incident]:
        """What was open and ended in the period, in that order."""
        found = [each for each in self.incidents if each.opened_at and each.closed_at and each.closed_at >= self.since]
        return sorted(found, key=lambda incident: incident.closed_at or self.now)

    def is_new(self, incident: Incident) -> bool:
        """Whether it opened in the period."""
        return incident.opened_at is not None and incident.opened_at >= self.since


def new(picture: Picture) -> Iterable[str]:
    """What opened in the period and is open."""
    return [_told(each, picture) for each in picture.open if each.finding.cause != COVERAGE and picture.is_new(each)]


def still_open(picture: Picture) -> Iterable[str]:
    """What was open before the period, and is."""
    return [
        _told(each, picture) for each in picture.open if each.finding.cause != COVERAGE and not picture.is_new(each)
    ]


def resolved(picture: Picture) -> Iterable[str]:
    """What is over."""
    for each in picture.resolved:
        if each.closed_at and each.finding.cause != COVERAGE:
            ended = "closed without an answer" if each.unasked_since else "in order again"
            over = each.clean_since or each.closed_at
            lasted = duration(over - each.first_seen)
            yield f"{_name(each)}: {_cause(each)}, {ended} since {utc_time(over)}; it lasted {lasted}."


def deployed(picture: Picture) -> Iterable[str]:
    """What was deployed, oldest first, with the mail facts that it changed."""
    recorded = picture.deployments
    if recorded.since is not None and recorded.since > picture.since:
        yield f"Deployments are recorded since {utc_time(recorded.since)}: what was before is not known."
    for each in sorted(recorded.deployments, key=lambda deployment: deployment.id):
        yield f"{utc_time(each.at)}: {each.stack}, {each.outcome.value} ({each.source}); {_changed(each)}."


def _changed(deployment: Deployment) -> str:
    if deployment.unknown:
        return f"what it changed is not known: {deployment.unknown}"
    named = [change.sentence for change in deployment.changes[:MOST_NAMED]]
    left = len(deployment.changes[MOST_NAMED:]) + deployment.changes_left_out
    unread = plural(deployment.unread, "part") if deployment.unread else ""
    parts = [
        *named,
        f"{left} more" if left else "",
        f"{unread} of the template could not be read, and may have changed" if unread else "",
    ]
    return "; ".join(part for part in parts if part) or "no mail fact changed"


def coverage(picture: Picture) -> Iterable[str]:
    """What did not answer, and which check did not run."""
    for incident in picture.open:
        if incident.finding.cause == COVERAGE:
            yield f"{_name(incident)} has given no usable answer since {utc_time(incident.first_seen)}."
    for last in sorted(picture.heartbeats, key=lambda heartbeat: heartbeat.check):
        answers = _answers(last.coverage, picture.list_names)
        yield f"The check {last.check} last ran {duration(picture.now - last.at)} ago{answers}."


def _answers(sources: Sequence[Coverage], names: Mapping[str, str]) -> str:
    asked = [source for source in sources if source.asked or source.is_full]
    left_out = [source for source in sources if source not in asked and source.reason != BEYOND_LIMIT]
    silent, unasked = (
        sorted(names.get(each.source, each.source) for each in some)
        for some in ([source for source in asked if not source.is_full], left_out)
    )
    is_cut = any(source.reason == BEYOND_LIMIT for source in sources)
    parts = [
        f": {len(asked) - len(silent)} of {_number(len(asked), 'source')} answered in full" if asked else "",
        f"; not {', '.join(silent)}" if silent else "",
        f"; {', '.join(unasked)} could not be asked, mostly for want of a key" if unasked else "",
        f"; context is kept of {LIMIT:,} subjects, and there are more" if is_cut else "",
    ]
    return "".join(parts)


def colours(picture: Picture) -> Iterable[str]:
    """How Microsoft judged each address on the days of the period; the worst first."""
    worst = sorted(picture.colours.items(), key=lambda item: (-max(map(_badness, item[1]), default=0), item[0]))
    for address, days in worst:
        counted = Counter(days)
        told = [
            f"{counted[colour]} {colour.value.lower()}"
            for colour in (Colour.RED, Colour.YELLOW, Colour.GREEN)
            if counted[colour]
        ]
        yield f"{address}: {', '.join(told)}; last {days[0].value.lower()}."


def unknown_replies(picture: Picture) -> Iterable[str]:
    """What receiving servers said last week that no rule knows; the texts are in the incident's evidence."""
    for incident in picture.open:
        if incident.finding.cause == UNKNOWN_REPLIES:
            for evidence in incident.finding.evidence:
                yield f"{evidence.text}: {evidence.raw}"


def _badness(colour: Colour) -> int:
    return (Colour.GREEN, Colour.YELLOW, Colour.RED).index(colour)


Section = Callable[[Picture], Iterable[str]]

SECTIONS: Sequence[tuple[str, Section]] = (
    ("New problems", new),
    ("Open since before", still_open),
    ("Over", resolved),
    ("Deployed", deployed),
    ("What was asked, and what did not answer", coverage),
    ("Replies of no known kind, in the last whole week", unknown_replies),
    ("Microsoft's colours for your addresses (SNDS: green is good, red means mostly spam)", colours),
)
"""In the order of the message: the heading, and what gives the lines under it."""


def digest(picture: Picture, context: Context) -> Alert:
    """The message about one period."""
    day = f"{picture.now:%Y-%m-%d}"
    sections = [{"title": title, "lines": _shortened(list(section(picture)))} for title, section in SECTIONS]
    made = {
        "schema": SCHEMA,
        "transition_id": f"digest-{day}",
        "incident_id": f"digest-{day}",
        "kind": "digest",
        "sender": context.sender,
        "environment": context.environment,
        "region": context.region,
        "since": picture.since.isoformat(),
        "at": picture.now.isoformat(),
        "headline": _headline(picture),
        "period": f"The {duration(picture.now - picture.since)} to {utc_time(picture.now)}.",
        "sections": [section for section in sections if section["lines"]],
        **({"link": console_link(context.region, picture.dashboard)} if picture.dashboard else {}),
    }
    return fitted(made)


def console_link(region: str, dashboard: str) -> str:
    """Where a dashboard is in the console of whoever may look: no presigned link, which opens to everybody.

    The form is as people quote it, and not documented (read 2026-12-01).
    """
    return f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/{dashboard}"


def _headline(picture: Picture) -> str:
    problems = [each for each in picture.open if each.finding.cause != COVERAGE]
    silent = len(picture.open) - len(problems)
    fresh = sum(map(picture.is_new, problems))
    over = sum(each.finding.cause != COVERAGE for each in picture.resolved)
    state = "No problem with your mail is known" if not problems else f"{_number(len(problems), 'problem')} open"
    parts = [
        f"{state}, {fresh} of them new" if fresh else state,
        f"{over} {'is' if over == 1 else 'are'} over" if over else "",
        f"{_number(silent, 'source')} without an answer" if silent else "",
    ]
    return f"{'; '.join(part for part in parts if part)}."


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _shortened(lines: list[str]) -> list[str]:
    left = len(lines) - MOST_LINES
    return lines if left <= 0 else [*lines[:MOST_LINES], f"and {left} more: see `staygreen incidents list --all`"]


def _told(incident: Incident, picture: Picture) -> str:
    handled = [
        f"{incident.acknowledged_by} is at it" if incident.acknowledged_by else "nobody is at it yet",
        f"muted until {utc_time(incident.muted_until)}"
        if incident.muted_until and incident.is_muted(picture.now)
        else "",
        "it can no longer be checked" if incident.stale else "",
    ]
    stands = "; ".join(part for part in handled if part)
    return f"{incident.severity.value}: {_consequence(incident)} Since {utc_time(incident.first_seen)}; {stands}."


def _consequence(incident: Incident) -> str:
    advice = incident.finding.advice
    return advice.consequence if advice else f"{_name(incident)}: {_cause(incident)}."


def _name(incident: Incident) -> str:
    subject = incident.subject
    if subject.kind is SubjectKind.SOURCE:
        return subject.label or subject.id
    return named(subject.id, subject.label)


def _cause(incident: Incident) -> str:
    names = (evidence.data.get("name", "") for evidence in incident.finding.evidence)
    return next((name for name in names if name), incident.finding.cause.replace("_", " "))


def subject_line(document: Alert) -> str:
    """The mail subject: at most 100 printable ASCII characters."""
    return ascii_line(f"[DIGEST] {document['headline']}")


def attributes(document: Alert) -> Mapping[str, str]:
    """What subscribers filter on: who wants only critical news gets no digest."""
    return {"severity": "info", "check": "digest", "kind": "digest", "environment": document["environment"]}


def text(document: Alert) -> str:
    """The digest as a mail reader sees it."""
    document = visible_document(document)
    parts = [document["headline"], document["period"]]
    for section in document["sections"]:
        parts.append("\n".join([section["title"], *(f"  {line}" for line in section["lines"])]))
    if document.get("link"):
        parts.append(f"Dashboard: {document['link']}")
    parts.append(f"Sender {document['sender']}, {document['environment']}, {document['region']}.")
    return "\n\n".join(parts) + "\n"


def period(every: str) -> timedelta:
    """The length of a digest's period: of ``day`` or ``week``."""
    return {"day": timedelta(days=1), "week": timedelta(days=7)}[every]


def is_digest(document: Mapping[str, Any]) -> bool:
    """Whether an announcement is a digest, not an alert."""
    return document.get("schema") == SCHEMA
