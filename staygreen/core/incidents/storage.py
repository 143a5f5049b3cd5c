"""Incidents and heartbeats as JSON, and back: `read(write(x)) == x`.

Only this module knows how they are stored. Keys that are absent take their
defaults, so that what an older release wrote can be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from types import MappingProxyType
from typing import Any

from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject
from staygreen.core.incidents.context import Aside
from staygreen.core.incidents.incident import Incident, Note, Status
from staygreen.core.incidents.report import Coverage

LONGEST_RAW = 1000
MOST_EVIDENCE = 50
"""An item holds at most 400 KB (Amazon DynamoDB API Reference, BatchWriteItem, verified 2026-11-24)."""

TIMES = ("first_seen", "last_seen", "last_reading", "counted_at", "opened_at", "closed_at", "clean_since")
INCIDENT_FIELDS = tuple(f.name for f in fields(Incident))
LATER_TIMES = ("told_at", "written_at", "muted_until", "unasked_since")


def write_incident(incident: Incident) -> str:
    """One incident as JSON text."""
    document: dict[str, Any] = {name: getattr(incident, name) for name in INCIDENT_FIELDS}
    for name in (*TIMES, *LATER_TIMES):
        document[name] = _time(document[name])
    document["finding"] = _finding(incident.finding)
    document["status"] = incident.status.value
    document["openings"] = [at.isoformat() for at in incident.openings]
    document["notes"] = [{"at": n.at.isoformat(), "by": n.by, "text": n.text} for n in incident.notes]
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
    """The coverage of a run as JSON text."""
    rows = [{"source": c.source, "asked": c.asked, "answered": c.answered, "reason": c.reason} for c in coverage]
    return json.dumps(rows, separators=(",", ":"))


def read_coverage(text: str) -> tuple[Coverage, ...]:
    """The inverse of `write_coverage`."""
    return tuple(Coverage(**row) for row in json.loads(text))


def write_asides(asides: Iterable[Aside]) -> str:
    """The context of a run as JSON text."""
    rows = [
        {
            "source": a.source,
            "text": a.text,
            "is_listing": a.is_listing,
            "observed_at": _time(a.observed_at),
            "subjects": sorted(a.subjects),
        }
        for a in asides
    ]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


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


def _finding(finding: Finding) -> Mapping[str, Any]:
    advice = finding.advice
    return {
        "check": finding.check,
        "subject": finding.subject.key,
        "label": finding.subject.label,
        "cause": finding.cause,
        "state": finding.state.value,
        "severity": finding.severity.value,
        "observed_at": finding.observed_at.isoformat(),
        "evidence": [_evidence(e) for e in finding.evidence[:MOST_EVIDENCE]],
        "advice": {f.name: getattr(advice, f.name) for f in fields(advice)} if advice else None,
        "reason": finding.reason,
        "group": finding.group,
        "is_conclusive": finding.is_conclusive,
        "is_event": finding.is_event,
    }


def _evidence(evidence: Evidence) -> Mapping[str, Any]:
    return {
        "source": evidence.source,
        "text": evidence.text[:LONGEST_RAW],
        "observed_at": evidence.observed_at.isoformat(),
        "raw": evidence.raw[:LONGEST_RAW],
        "data": {key: value[:LONGEST_RAW] for key, value in evidence.data.items()},
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
        evidence=tuple(_read_evidence(e) for e in document.get("evidence", ())),
        advice=Advice(**advice) if advice else None,
        reason=document.get("reason", ""),
        group=document.get("group", ""),
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
