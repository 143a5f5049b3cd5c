"""What a person, and a program, is told about an incident.

`alert` makes the message of the `alerts` topic: JSON under docs/alert.schema.json,
schema ``staygreen.alert/1``. Every channel lays that message out, and adds nothing to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from staygreen.core.alerts import group_wording, steps, title
from staygreen.core.finding import Evidence, State, SubjectKind
from staygreen.core.incidents.incident import COVERAGE, HOLD_DOWN, Incident, Kind, Transition
from staygreen.core.incidents.run import Bundle
from staygreen.core.visible import escaped_json
from staygreen.core.wording import duration, named, plural, utc_time

if TYPE_CHECKING:
    from staygreen.core.deployments.before import Recorded

SCHEMA = "staygreen.alert/1"
LARGEST_BYTES = 100_000
"""Of one alert as JSON. SNS takes 262,144 bytes for text and JSON together, and JSON inside JSON grows
by its quotes (Amazon SNS API Reference, Publish, verified 2026-11-24)."""
LONGEST_EVIDENCE = 1000
SHORTER = (2000, 1000, 500, 250, 120, 60)
"""Characters of a text, one after the other, until a message fits."""
WHOLE = frozenset(
    {"schema", "transition_id", "incident_id", "id", "kind", "check", "cause", "link", "runbook", "plan", "measure"}
)
"""What means nothing any more when it is cut."""
STEPS: Mapping[Kind, tuple[str, ...]] = {
    Kind.CLEARED: ("Nothing.",),
    Kind.STALE: ("Look by hand whether it is still so; the runbook says how.",),
    Kind.WITHDRAWN: ("Nothing, if that is meant.", "Else see why nobody asks any more."),
}
"""What to do where it is not the finding's own."""
WHAT_FIRST = (Kind.CLEARED, Kind.STALE, Kind.WITHDRAWN)
"""Kinds whose news is not that mail suffers; they compare equal to their words in an alert."""
OVER = (Kind.CLEARED, Kind.WITHDRAWN)
"""Kinds after which there is nothing left to do."""

TURNED_WORSE = (Kind.OPENED, Kind.CHANGED, Kind.REMINDER)
"""Kinds that tell of something that turned worse at a time that is known."""

Alert = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where the message comes from."""

    sender: str
    environment: str
    region: str
    runbook_base: str


def alert(
    told: Transition | Bundle,
    context: Context,
    clears: int,
    verdicts: Mapping[str, str] = MappingProxyType({}),
    recorded: Recorded | None = None,
) -> Alert:
    """The message about one transition or one grouped announcement.

    Args:
        told: What happened.
        context: Where it happened.
        clears: Clean readings that the check needs to close an incident.
        verdicts: All evidence about a subject in one line, by the subject's key (`exhibits.line`).
        recorded: The deployments of the days before; None: not known.
    """
    made = _grouped(told) if isinstance(told, Bundle) else _single(told, clears, verdicts)
    if told.kind in TURNED_WORSE:
        # only what makes alerts of this kind pays for loading it: whoever sends them does not
        from staygreen.core.alerts.deployed_before import with_deployments

        members = told.members if isinstance(told, Bundle) else (told.incident,)
        made = with_deployments(made, members, recorded)
    document = {
        "schema": SCHEMA,
        "sender": context.sender,
        "environment": context.environment,
        "region": context.region,
        **made,
    }
    if made["runbook"]:
        document["runbook"] = runbook(made["runbook"], context.runbook_base)
    return fitted(document)


def runbook(reference: str, base: str) -> str:
    """Where a runbook is, from ``page#anchor``."""
    page, _, anchor = reference.partition("#")
    return f"{base.rstrip('/')}/{page}.md" + (f"#{anchor}" if anchor else "")


def _single(transition: Transition, clears: int, verdicts: Mapping[str, str]) -> dict[str, Any]:
    incident, finding = transition.incident, transition.incident.finding
    advice = finding.advice
    acts = STEPS.get(transition.kind) or (advice.steps if advice else ()) or ("Read the runbook of this check.",)
    return {
        "transition_id": transition.id,
        "incident_id": incident.id,
        "kind": transition.kind.value,
        "check": finding.check,
        "cause": finding.cause,
        "state": _state(transition.kind).value,
        "severity": finding.severity.value,
        "at": transition.at.isoformat(),
        "since": incident.first_seen.isoformat(),
        "last_seen": incident.last_seen.isoformat(),
        "subjects": [_subject(incident)],
        "title": title.of_one(transition, _plain_title(incident)),
        "what": _what(transition),
        "verdict": verdicts.get(incident.subject.key, ""),
        "consequence": advice.consequence if advice else _plain_consequence(incident),
        "meaning": advice.meaning if advice else "",
        **steps.told(acts),
        "by_itself": _by_itself(transition, clears),
        "link": advice.link if advice else "",
        "runbook": advice.runbook if advice and advice.runbook else finding.check,
        "evidence": [_evidence(e, transition.at) for e in finding.evidence],
        "evidence_omitted": 0,
        **_handling(incident, transition.at),
    }


def _handling(incident: Incident, now: datetime) -> dict[str, str]:
    """Who is at it, and until when it is muted; empty when nobody and not."""
    handling = {"acknowledged_by": incident.acknowledged_by} if incident.acknowledged_by else {}
    if incident.muted_until and incident.is_muted(now):
        handling |= {"muted_until": incident.muted_until.isoformat(), "mute_reason": incident.mute_reason}
    return handling


def remark(last: Alert, transition: Transition) -> Alert:
    """What a person did to an incident, for the threads that tell it: the last alert, and beside it the remark.

    Args:
        last: What was told last about the incident; what it says still holds.
        transition: The person's step.
    """
    told = {key: value for key, value in last.items() if key not in HANDLING}
    handled = {**_handling(transition.incident, transition.at), "remark": _remark(transition)}
    return fitted({**told, "transition_id": transition.id, "at": transition.at.isoformat(), **handled})


HANDLING = ("acknowledged_by", "muted_until", "mute_reason", "remark")


def _remark(transition: Transition) -> Mapping[str, str]:
    incident = transition.incident
    text = ""
    if transition.kind is Kind.ACKNOWLEDGED:
        text = "is at it. There are no more reminders; a change and the recovery are still told."
    elif transition.kind is Kind.MUTED and incident.muted_until:
        text = f"muted it until {utc_time(incident.muted_until)}: {incident.mute_reason}. Until then nothing is told."
    elif transition.kind is Kind.NOTED and incident.notes:
        text = f"noted: {incident.notes[-1].text}"
    return {"by": transition.by, "text": text}


def _grouped(bundle: Bundle) -> dict[str, Any]:
    worst = bundle.members[0]
    advice = worst.finding.advice
    acts = _grouped_steps(bundle)
    return {
        "transition_id": f"{bundle.id}-{bundle.kind.value}",
        "incident_id": bundle.id,
        "kind": bundle.kind.value,
        "check": worst.finding.check,
        "cause": worst.finding.cause if len({m.finding.cause for m in bundle.members}) == 1 else "several",
        "state": _state(bundle.kind).value,
        "severity": worst.severity.value,
        "at": bundle.at.isoformat(),
        "since": min(m.first_seen for m in bundle.members).isoformat(),
        "last_seen": max(m.last_seen for m in bundle.members).isoformat(),
        "subjects": [_subject(m) for m in bundle.members],
        "title": _grouped_title(bundle),
        "what": _grouped_what(bundle),
        "verdict": "",
        "consequence": _grouped_what(bundle),
        "meaning": _grouped_meaning(bundle),
        **steps.told(acts),
        "by_itself": "Each one is followed on its own from here, and its recovery is told.",
        "link": advice.link if advice and bundle.kind is not Kind.BASELINE else "",
        "runbook": advice.runbook if advice and advice.runbook else worst.finding.check,
        "evidence": [_evidence(e, bundle.at) for m in bundle.members for e in m.finding.evidence],
        "evidence_omitted": 0,
    }


def _state(kind: Kind) -> State:
    return {Kind.CLEARED: State.OK, Kind.STALE: State.UNKNOWN, Kind.WITHDRAWN: State.UNKNOWN}.get(kind, State.BAD)


def _subject(incident: Incident) -> Mapping[str, str]:
    finding = incident.finding
    return {
        "kind": finding.subject.kind.value,
        "id": finding.subject.id,
        "label": finding.subject.label,
        "incident_id": incident.id,
        "cause": finding.cause,
        "severity": finding.severity.value,
        "title": title.of_finding(finding.advice, _plain_title(incident)),
    }


def _evidence(evidence: Evidence, now: datetime) -> Mapping[str, Any]:
    return {
        "source": evidence.source,
        "name": evidence.data.get("name", "").rstrip(",") or evidence.source,
        "text": evidence.text,
        "codes": evidence.data.get("codes", ""),
        "raw": evidence.raw,
        "observed_at": evidence.observed_at.isoformat(),
        "age_seconds": max(0, int((now - evidence.observed_at).total_seconds())),
    }


def _name(incident: Incident) -> str:
    subject = incident.subject
    if subject.kind is SubjectKind.SOURCE:
        # people know a list by its name, and its id is that name in small letters
        return subject.label or subject.id
    return named(subject.id, subject.label)


def _plain_title(incident: Incident) -> str:
    if incident.finding.cause == COVERAGE:
        return f"{_name(incident)} does not answer"
    return f"{incident.subject.id} is at risk: {incident.finding.cause}"


def _plain_consequence(incident: Incident) -> str:
    if incident.finding.cause == COVERAGE:
        return f"{_name(incident)} does not answer: what it would say about your mail is not known."
    return f"Mail from {_name(incident)} is at risk: {incident.finding.cause}."


def _what(transition: Transition) -> str:
    incident = transition.incident
    name = _name(incident)
    if incident.finding.cause == COVERAGE:
        return _coverage_what(transition, name)
    if incident.finding.is_event:
        return f"It happened at {utc_time(incident.last_seen)}."
    since, source = utc_time(incident.first_seen), group_wording.source(incident)
    return {
        Kind.OPENED: f"First seen at {since}.",
        Kind.CLEARED: f"{name} is in order again: {source} no longer reports it. It lasted from {since} to "
        f"{utc_time(incident.clean_since or transition.at)}.",
        Kind.CHANGED: f"First seen at {since}; what is reported has changed since.",
        Kind.REMINDER: f"First seen at {since}, and still so.",
        Kind.STALE: f"Whether {source} still reports {name} can no longer be checked. It last did at "
        f"{utc_time(incident.last_seen)}.",
        Kind.WITHDRAWN: f"{source} has not been asked about {name} for a day, so nothing is known about it any more. "
        f"The incident is closed without an answer; the last report of it was at {utc_time(incident.last_seen)}.",
    }.get(transition.kind, f"{source} reports {name}.")


def _coverage_what(transition: Transition, name: str) -> str:
    since = utc_time(transition.incident.first_seen)
    if transition.kind is Kind.CLEARED:
        return f"{name} answers again, after silence since {since}."
    if transition.kind is Kind.WITHDRAWN:
        return f"{name} is not asked any more, so its silence since {since} is no longer followed."
    return f"{name} has given no usable answer since {since}. Nothing is known from it: neither good nor bad."


def _by_itself(transition: Transition, clears: int) -> str:
    incident = transition.incident
    if transition.kind is Kind.CLEARED:
        return "The incident is closed. If it comes back, you are told again."
    if transition.kind in (Kind.STALE, Kind.WITHDRAWN):
        return _unanswered_by_itself(transition)
    if incident.finding.cause == COVERAGE:
        return "It is asked again at every run; the first usable answer closes this."
    if incident.is_flapping:
        return (
            f"It has come and gone {len(incident.openings)} times within a day, so it stays open until it has been "
            f"clean for {duration(HOLD_DOWN)}; you are then told once."
        )
    if incident.finding.advice and incident.finding.advice.by_itself:
        return incident.finding.advice.by_itself
    return f"It is checked again at every run; {plural(clears, 'clean answer')} in a row close it, and you are told."


def _unanswered_by_itself(transition: Transition) -> str:
    if transition.kind is Kind.WITHDRAWN:
        return "Nothing. If it is asked about again and is bad, it opens again and you are told."
    if transition.incident.unasked_since:
        return "Nobody asks about it at present. If that lasts a day, it is closed without an answer."
    return "It stays open, neither better nor worse, until the source answers again."


def _grouped_what(bundle: Bundle) -> str:
    members = bundle.members
    number = len(members)
    if bundle.kind is Kind.BASELINE:
        return f"Watching has begun, and {plural(number, 'problem')} {'was' if number == 1 else 'were'} there already."
    if members[0].finding.cause == COVERAGE:
        ends = {Kind.CLEARED: "answer again", Kind.WITHDRAWN: "are not asked any more"}
        return f"{number} sources {ends.get(bundle.kind, 'give no usable answer')}."
    said = group_wording.words(members)
    ends = {Kind.CLEARED: said.cleared, Kind.STALE: said.stale, Kind.WITHDRAWN: said.withdrawn}
    return ends.get(bundle.kind, said.opened)


def _grouped_meaning(bundle: Bundle) -> str:
    if bundle.kind is Kind.BASELINE:
        return (
            "This is the first run here, so what is bad was not confirmed by a second reading, and how long it has "
            "been so is not known. What is found later is told one by one."
        )
    if bundle.kind in WHAT_FIRST:
        return ""
    if bundle.members[0].finding.cause == COVERAGE:
        return (
            "When many sources fall silent together, the way to them is the likelier fault: the resolver that is "
            "asked, or its network."
        )
    return group_wording.words(bundle.members).meaning


def _grouped_title(bundle: Bundle) -> str:
    members = bundle.members
    if bundle.kind is Kind.BASELINE:
        number = len(members)
        return f"Watching has begun: {plural(number, 'problem')} {'was' if number == 1 else 'were'} there already"
    if members[0].finding.cause == COVERAGE:
        return _grouped_what(bundle).rstrip(".")
    said = group_wording.words(members)
    return said.title_over if bundle.kind is Kind.CLEARED else title.unanswered(bundle.kind, said.title)


def _grouped_steps(bundle: Bundle) -> tuple[str, ...]:
    advice = bundle.members[0].finding.advice
    if bundle.kind in STEPS:
        return STEPS[bundle.kind]
    if bundle.kind is Kind.BASELINE:
        return ("Look at each with `staygreen incidents list`, the worst first.",)
    if bundle.members[0].finding.cause == COVERAGE:
        return advice.steps if advice else ("Check the resolver that the function uses.",)
    first = group_wording.words(bundle.members).first
    return (first, *advice.steps) if advice else (first,)


def fitted(document: Mapping[str, Any], largest: int = LARGEST_BYTES) -> Alert:
    """A message of at most so many bytes: what can be shortened is, and what is left out is counted.

    First texts of evidence, then evidence, repairs, subjects and lines, then every long text. That always ends: what is
    left are a few names and sentences.
    """
    if _size(document) <= largest:
        return document
    made = {**document}
    if "evidence" in made:
        made["evidence"] = [_cut(each, LONGEST_EVIDENCE) for each in made["evidence"]]
    for part, kept in (("evidence", 0), ("repairs", 1), ("subjects", 1)):
        while len(made.get(part, ())) > kept and _size(made) > largest:
            parts = made[part]
            made[f"{part}_omitted"] = made.get(f"{part}_omitted", 0) + len(parts) - len(parts) // 2
            made[part] = parts[: len(parts) // 2]
    for length in SHORTER:
        if _size(made) <= largest:
            break
        made = _cut(made, length)
    while "sections" in made and _size(made) > largest and any(len(each["lines"]) > 1 for each in made["sections"]):
        made["sections"] = [{**each, "lines": _fewer(each["lines"])} for each in made["sections"]]
    return made


def _cut(value: Any, length: int) -> Any:
    """A value in which no text of prose is longer."""
    if isinstance(value, str):
        return value if len(value) <= length else value[: length - 1] + "…"
    if isinstance(value, Mapping):
        return {key: each if key in WHOLE else _cut(each, length) for key, each in value.items()}
    return [_cut(each, length) for each in value] if isinstance(value, (list, tuple)) else value


def _fewer(lines: Sequence[str]) -> Sequence[str]:
    kept = max(len(lines) // 2, 1)
    return lines if len(lines) == 1 else [*lines[: kept - 1], f"and {len(lines) - kept + 1} more, left out for length"]


def _size(document: Mapping[str, Any]) -> int:
    return len(encoded(document).encode())


def encoded(message: Alert) -> str:
    """The message as the JSON that subscribers get; characters that mislead a reader are escapes in it."""
    return escaped_json(json.dumps(message, separators=(",", ":"), ensure_ascii=False))


def is_taken(message: Alert) -> bool:
    """Whether somebody said that they are at it, and it is not over."""
    return bool(message.get("acknowledged_by")) and message["kind"] not in OVER


def headline(message: Alert) -> str:
    """What is news about it: the consequence, or that it is over."""
    return str(message["what"] if message["kind"] in WHAT_FIRST else message["consequence"])


def attributes(message: Alert) -> Mapping[str, str]:
    """What subscribers filter on."""
    return {
        "severity": message["severity"],
        "check": message["check"],
        "kind": message["kind"],
        "cause": message["cause"],
        "subject_kind": message["subjects"][0]["kind"],
        "environment": message["environment"],
    }
