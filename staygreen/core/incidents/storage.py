"""Incidents and heartbeats as JSON, and back: `read(write(x)) == x`.

Only this module knows how they are stored. Keys that are absent take their
defaults, so that what an older release wrote can be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import accumulate
from types import MappingProxyType
from typing import Any

from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject
from staygreen.core.incidents.context import Aside
from staygreen.core.incidents.incident import Incident, Note, Status
from staygreen.core.incidents.report import Coverage

LARGEST = 120_000
"""Bytes of an incident as text. An item holds at most 400 KB, a transaction 4 MB (Amazon DynamoDB API Reference,
BatchWriteItem, verified 2026-11-24; developer guide, "Quotas", recalled, not verified)."""
MOST_OPENINGS = 100
MANY_SOURCES = 500
LONGEST_CONTEXT = 1000
LARGEST_CONTEXT, LARGEST_COVERAGE = 60_000, 100_000
"""Bytes of what a heartbeat says beside its sightings."""


@dataclass(frozen=True, slots=True)
class _Room:
    """How much of each part is kept."""

    evidence: int
    data: int
    characters: int
    notes: int


ROOMS = (_Room(50, 20, 1000, 20), _Room(20, 20, 500, 10), _Room(8, 10, 300, 5), _Room(2, 10, 150, 2))
"""The first in which an incident fits; in the last, every one does."""

TIMES = ("first_seen", "last_seen", "last_reading", "counted_at", "opened_at", "closed_at", "clean_since")
INCIDENT_FIELDS = tuple(f.name for f in fields(Incident))
LATER_TIMES = ("told_at", "written_at", "muted_until", "unasked_since", "last_good")


def write_incident(incident: Incident) -> str:
    """One incident as JSON text of at most `LARGEST` bytes: of what is too much, evidence and notes are shortened."""
    for room in ROOMS[:-1]:
        text = _written(incident, room)
        if len(text) <= LARGEST:
            return text
    return _written(incident, ROOMS[-1])


def _written(incident: Incident, room: _Room) -> str:
    document: dict[str, Any] = {name: getattr(incident, name) for name in INCIDENT_FIELDS}
    for name in (*TIMES, *LATER_TIMES):
        document[name] = _time(document[name])
    document["finding"] = _finding(incident.finding, room)
    document["status"] = incident.status.value
    document["openings"] = [at.isoformat() for at in incident.openings[-MOST_OPENINGS:]]
    cut = room.characters
    document["notes"] = [
        {"at": n.at.isoformat(), "by": n.by[:cut], "text": n.text[:cut]} for n in incident.notes[-room.notes :]
    ]
    for name in ("acknowledged_by", "mute_reason"):
        document[name] = document[name][:cut]
    # the escapes of `ensure_ascii` make characters bytes
    return json.dumps({k: v for k, v in document.items() if v not in (None, "", [], 0, False)}, separators=(",", ":"))


def read_incident(text: str) -> Incident:
    """The inverse of `write_incident`."""
    document = json.loads(text)
    values: dict[str, Any] = {k: v for k, v in document.items() if k in INCIDENT_FIELDS}
    for name in (*TIMES, *LATER_TIMES):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    values["finding"] = _read_finding(document["finding"])
    values["status"] = Status(document["status"])
    values["openings"] = tuple(datetime.fromisoformat(at) for at in document.get("openings", ()))
    values["notes"] = tuple(
        Note(at=datetime.fromisoformat(n["at"]), by=n["by"], text=n["text"]) for n in document.get("notes", ())
    )
    # `sightings` is never 0 and so never left out.
    return Incident(**values)


def write_coverage(coverage: tuple[Coverage, ...]) -> str:
    """The coverage of a run as JSON text; what was not answered is kept before the rest."""
    first = sorted(coverage, key=lambda c: c.is_full) if len(coverage) > MANY_SOURCES else coverage
    rows = [{"source": c.source, "asked": c.asked, "answered": c.answered, "reason": c.reason} for c in first]
    return _fitting(rows, LARGEST_COVERAGE)


def read_coverage(text: str) -> tuple[Coverage, ...]:
    """The inverse of `write_coverage`."""
    return tuple(Coverage(**row) for row in json.loads(text))


def write_asides(asides: Iterable[Aside]) -> str:
    """The context of a run as JSON text."""
    rows = [
        {
            "source": a.source,
            "text": a.text[:LONGEST_CONTEXT],
            "is_listing": a.is_listing,
            "observed_at": _time(a.observed_at),
            "subjects": sorted(a.subjects),
        }
        for a in asides
    ]
    return _fitting(rows, LARGEST_CONTEXT)


def _fitting(rows: Iterable[Mapping[str, Any]], largest: int) -> str:
    """As many rows, from the first, as have so many bytes together."""
    texts = [json.dumps(row, separators=(",", ":")) for row in rows]
    ends = accumulate(len(text) + 1 for text in texts)
    return f"[{','.join(text for text, end in zip(texts, ends, strict=True) if end < largest)}]"


def read_asides(text: str) -> tuple[Aside, ...]:
    """The inverse of `write_asides`."""
    return tuple(
        Aside(
            **{**row, "observed_at": datetime.fromisoformat(row["observed_at"]), "subjects": frozenset(row["subjects"])}
        )
        for row in json.loads(text)
    )


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def _finding(finding: Finding, room: _Room) -> Mapping[str, Any]:
    advice = finding.advice
    return {
        "check": finding.check,
        "subject": finding.subject.key,
        "label": finding.subject.label[: room.characters],
        "cause": finding.cause,
        "state": finding.state.value,
        "severity": finding.severity.value,
        "observed_at": finding.observed_at.isoformat(),
        "began_at": _time(finding.began_at),
        "evidence": [_evidence(e, room) for e in finding.evidence[: room.evidence]],
        "advice": _advice(advice, 4 * room.characters) if advice else None,
        "reason": finding.reason[: room.characters],
        "group": finding.group,
        "records": [name[: room.characters] for name in finding.records[: room.data]],
        "is_conclusive": finding.is_conclusive,
        "is_event": finding.is_event,
    }


def _advice(advice: Advice, characters: int) -> Mapping[str, Any]:
    texts = {f.name: getattr(advice, f.name) for f in fields(advice) if f.name != "steps"}
    return {
        **{name: text[:characters] for name, text in texts.items()},
        # all steps together have as much room as any other text
        "steps": [
            text
            for text, end in zip(advice.steps, accumulate(map(len, advice.steps)), strict=True)
            if end <= characters
        ]
        or [advice.next_step[:characters]],
    }


def _read_advice(document: Mapping[str, Any]) -> Advice:
    return Advice(**{**document, "steps": tuple(document["steps"])})


def _evidence(evidence: Evidence, room: _Room) -> Mapping[str, Any]:
    cut = room.characters
    data = sorted(evidence.data.items()) if len(evidence.data) > room.data else evidence.data.items()
    return {
        "source": evidence.source[:cut],
        "text": evidence.text[:cut],
        "observed_at": evidence.observed_at.isoformat(),
        "raw": evidence.raw[:cut],
        "data": {key[:cut]: value[:cut] for key, value in list(data)[: room.data]},
    }


def _read_finding(document: Mapping[str, Any]) -> Finding:
    advice = document.get("advice")
    return Finding(
        check=document["check"],
        subject=Subject.from_key(document["subject"], document.get("label", "")),
        cause=document["cause"],
        state=State(document["state"]),
        severity=Severity(document["severity"]),
        observed_at=datetime.fromisoformat(document["observed_at"]),
        began_at=datetime.fromisoformat(began) if (began := document.get("began_at")) else None,
        evidence=tuple(_read_evidence(e) for e in document.get("evidence", ())),
        advice=_read_advice(advice) if advice else None,
        reason=document.get("reason", ""),
        group=document.get("group", ""),
        records=tuple(document.get("records", ())),
        is_conclusive=document.get("is_conclusive", False),
        is_event=document.get("is_event", False),
    )


def _read_evidence(document: Mapping[str, Any]) -> Evidence:
    return Evidence(
        source=document["source"],
        text=document["text"],
        observed_at=datetime.fromisoformat(document["observed_at"]),
        raw=document.get("raw", ""),
        data=MappingProxyType(dict(document.get("data", {}))),
    )
