"""An alert as a mail: made from the stored message alone, so that what is stored is what is told.

The first line is the consequence. Then: what happened, the evidence, what to do now, what staygreen does next, and one
line that says where it comes from. Each fact stands once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from staygreen.core.alerts import decision, title
from staygreen.core.alerts.alert import OVER, WHAT_FIRST, Alert, headline, is_taken
from staygreen.core.incidents.incident import Kind
from staygreen.core.visible import visible_document
from staygreen.core.wording import duration, named

LONGEST_SUBJECT = 78
"""Characters of a mail subject: what RFC 5322 section 2.1.1 advises for a line, and less than the 100 that SNS takes
(Amazon SNS API Reference, Publish, verified 2026-11-24). ASCII is our own, safer choice."""
NAMED_IN_TEXT = 100
MARKS = {
    Kind.CLEARED.value: "OK",
    Kind.STALE.value: "UNKNOWN",
    Kind.WITHDRAWN.value: "CLOSED",
    Kind.REPAIR.value: "REPAIR",
}
"""What stands in brackets where it is not the severity."""


def subject_line(message: Alert) -> str:
    """The mail subject: ``[severity] subject: what, where``, at most 78 printable ASCII characters."""
    mark = f"[{MARKS.get(message['kind'], message['severity'].upper())}] "
    names = [subject["id"] for subject in message["subjects"]]
    return ascii_line(mark + title.fitted(message["title"], names, LONGEST_SUBJECT - len(mark)))


def ascii_line(text: str) -> str:
    """The text as a mail subject that SNS takes: one line of at most 78 printable ASCII characters."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in " ".join(text.split()))
    return plain if len(plain) <= LONGEST_SUBJECT else plain[: LONGEST_SUBJECT - 3] + "..."


def text(message: Alert) -> str:
    """The message as a mail reader sees it."""
    message = visible_document(message)
    parts = [
        [headline(message)],
        list(_happened(message)),
        [f"  {line}" for point in decision.points_of(message) for line in _point(point)],
        _evidence(message),
        _steps(message),
        [f"staygreen does next: {message['by_itself']}", *_handled(message)],
        [_footer(message)],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _happened(message: Alert) -> Iterator[str]:
    is_said = message["kind"] in WHAT_FIRST or message["what"] == headline(message) or decision.is_asked(message)
    what = "" if is_said else message["what"]
    meaning = "" if message["kind"] in OVER or decision.points_of(message) else message["meaning"]
    sentences = " ".join(part for part in (what, meaning, message.get("before", "")) if part)
    subjects = subject_lines(message)
    if sentences or subjects:
        yield "What happened"
    if sentences:
        yield f"  {sentences}"
    yield from (f"  {line}" for line in subjects)
    if message.get("verdict"):
        yield f"  All that is known: {message['verdict']}"


def _point(point: decision.Point) -> Iterator[str]:
    if len(point.lines) == 1:
        yield f"{point.name}: {point.lines[0]}"
        return
    yield f"{point.name}:"
    yield from (f"  {line}" for line in point.lines)


def subject_lines(message: Alert) -> list[str]:
    """Each subject of a message about several, with its cause; none where there is one."""
    subjects: Sequence[Mapping[str, str]] = message["subjects"]
    omitted = message.get("subjects_omitted", 0)
    if len(subjects) + omitted == 1 and message["kind"] != Kind.BASELINE:
        return []
    lines = [_subject(each) for each in subjects[:NAMED_IN_TEXT]]
    more = len(subjects) - len(lines) + omitted
    if more:
        lines.append(f"and {more} more: see `staygreen incidents list`")
    return lines


def _subject(subject: Mapping[str, str]) -> str:
    if not subject.get("title"):
        return f"{named(subject['id'], subject['label'])}: {subject['cause']}, {subject['severity']}"
    return f"{subject['severity']}: {named(subject['title'], subject['label'])}"


def _evidence(message: Alert) -> list[str]:
    shown = message["evidence"][:NAMED_IN_TEXT]
    if not shown:
        return []
    heading = "Last evidence" if message["kind"] in WHAT_FIRST else "Evidence"
    lines = [heading, *(f"  {line}" for line in evidence_lines(shown))]
    left = len(message["evidence"]) - len(shown) + message["evidence_omitted"]
    return [*lines, f"  and {left} more, left out for length"] if left else lines


def evidence_lines(facts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Facts for people, one line each; an answer that came before is not repeated."""
    seen: set[str] = set()
    lines = []
    for fact in facts:
        again = bool(fact["raw"]) and fact["raw"] in seen
        seen.add(fact["raw"])
        lines.append(_evidence_line(fact, " The answer was the same." if again else ""))
    return lines


def _evidence_line(evidence: Mapping[str, Any], same: str) -> str:
    """One fact: who said it, how long ago, what it means, what it answered."""
    raw = same or (f" It answered: {evidence['raw']}" if evidence["raw"] else "")
    seconds = evidence["age_seconds"]
    age = f"{duration(timedelta(seconds=seconds))} ago" if seconds >= 60 else "just now"
    said = evidence["text"] if evidence["text"].endswith((".", "!", "?")) else evidence["text"] + "."
    return f"{evidence['name']}, {age}: {said}{raw}"


def _steps(message: Alert) -> list[str]:
    if message["kind"] in OVER:
        return []
    numbered = [f"  {number}. {step}" for number, step in enumerate(message["steps"], start=1)]
    return ["Do now", *numbered, *([f"     {message['link']}"] if message["link"] else [])]


def _handled(message: Alert) -> list[str]:
    return [f"{message['acknowledged_by']} is at it."] if is_taken(message) else []


def _footer(message: Alert) -> str:
    where = f"{message['sender']}, {message['environment']}, {message['region']}"
    return f"Runbook {message['runbook']} | incident {message['incident_id']} | {where}"
