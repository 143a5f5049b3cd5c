"""An alert as Slack shows it: Block Kit, made from the stored message alone.

With a token the message that heads a thread is short, and what else there is to know is a reply below it. A webhook
can answer nothing, so that its one message holds more. Everything that came from outside is visible and escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from staygreen.core.alerts import alert as message
from staygreen.core.alerts import decision, mail, title
from staygreen.core.alerts.alert import Alert
from staygreen.core.alerts.digest import is_digest
from staygreen.core.alerts.slack_parts import (
    FROM_PEOPLE,
    LONGEST_HEADER,
    Block,
    body,
    button,
    context,
    escaped,
    header,
    link,
    sections,
)
from staygreen.core.alerts.slack_press import about_incident, user_of
from staygreen.core.incidents.incident import Kind
from staygreen.core.visible import visible_document
from staygreen.core.wording import utc_time

LONGEST_LIST = 4000
"""Characters of a list of subjects, or of evidence: the next step stands behind both."""
MOST_EVIDENCE = 2
"""Facts that a message in a chat shows; the mail and the command have all."""
MOST_STEPS = 3
MOST_LINES = 5
"""Of the section of a digest that its first message shows."""
LONGEST_FALLBACK = 3000
MOST_DECISIONS = 10
"""Plans of one message that have buttons; the command decides about the others."""

_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z`])")

MARKS = {"critical": ":red_circle:", "warning": ":large_yellow_circle:", "info": ":large_blue_circle:"}
ENDS = {
    Kind.CLEARED.value: ":large_green_circle:",
    Kind.STALE.value: ":white_circle:",
    Kind.WITHDRAWN.value: ":white_circle:",
}


def blocks(alert: Alert, *, with_buttons: bool) -> Sequence[Block]:
    """A message on its own: title, consequence, since when, evidence, what to do now, what happens next, buttons."""
    alert = visible_document(alert)
    texts = _digest_texts(alert["sections"], alert) if is_digest(alert) else _texts(alert)
    return _message(alert, texts, with_buttons=with_buttons)


def parent(alert: Alert, *, with_buttons: bool) -> Sequence[Block]:
    """The message that heads a thread: title, consequence, since when, one fact, the first step, buttons."""
    alert = visible_document(alert)
    if is_digest(alert):
        shown = [{**section, "lines": _few(section["lines"])} for section in alert["sections"][:1]]
        return _message(alert, _digest_texts(shown, alert), with_buttons=False)
    texts = _texts(alert) if alert["kind"] == Kind.REPAIR else _first_texts(alert)
    return _message(alert, texts, with_buttons=with_buttons)


def details(alert: Alert) -> Sequence[Block]:
    """The first reply of a thread: what its parent left out; empty where that is nothing."""
    alert = visible_document(alert)
    if is_digest(alert):
        first = [section for section in alert["sections"][:1] if len(section["lines"]) > MOST_LINES]
        return body((), map(_section, [*first, *alert["sections"][1:]]), beside=FROM_PEOPLE)
    if alert["kind"] == Kind.REPAIR:
        return ()
    return body((), _further_texts(alert), beside=FROM_PEOPLE)


def _message(alert: Alert, texts: Iterable[str], *, with_buttons: bool) -> Sequence[Block]:
    if is_digest(alert):
        return [*body([header(":newspaper: Digest")], texts, beside=FROM_PEOPLE), _origin(alert)]
    buttons = _buttons(alert) if with_buttons and _is_open(alert) else []
    made = body([_header(alert)], texts, beside=FROM_PEOPLE + len(buttons))
    return [*made, *_handled(alert), *buttons, _origin(alert)]


def _digest_texts(shown: Sequence[Mapping[str, Any]], document: Alert) -> Iterable[str]:
    yield f"*{escaped(document['headline'])}*\n{escaped(document['period'])}"
    yield from map(_section, shown)
    if document.get("link"):
        yield link(document["link"], "Dashboard")


def _section(section: Mapping[str, Any]) -> str:
    return "\n".join([f"*{escaped(section['title'])}*", *(f"• {escaped(line)}" for line in section["lines"])])


def _few(lines: Sequence[str]) -> Sequence[str]:
    left = len(lines) - MOST_LINES
    return lines if left <= 0 else [*lines[:MOST_LINES], f"and {left} more, in the thread"]


def _origin(alert: Alert) -> Block:
    return context(escaped(f"{alert['sender']}, {alert['environment']}, {alert['region']} · {alert['incident_id']}"))


def remark_blocks(alert: Alert) -> Sequence[Block]:
    """What a person did to the incident, as a reply in its thread."""
    return list(sections(_remark(alert)))


def summary(alert: Alert) -> str:
    """The text that notifications and screen readers use."""
    return escaped(headline(alert))[:LONGEST_FALLBACK]


def remark_summary(alert: Alert) -> str:
    """The same for what a person did."""
    return _remark(alert)[:LONGEST_FALLBACK]


def _remark(alert: Alert) -> str:
    return f"{_person(alert['remark']['by'])} {escaped(alert['remark']['text'])}"


def _person(name: str) -> str:
    """A mention of somebody who pressed a button here; the name of anybody else."""
    user = user_of(name)
    return f"<@{user}>" if user else escaped(name)


def headline(document: Alert) -> str:
    """What is news about it, of an alert or a digest."""
    return str(document["headline"]) if is_digest(document) else message.headline(document)


def _is_open(alert: Alert) -> bool:
    if alert["kind"] == Kind.REPAIR:
        return bool(waiting(alert))
    return alert["kind"] not in (*message.OVER, Kind.BASELINE) and len(alert["subjects"]) == 1


def _header(alert: Alert) -> Block:
    mark = ENDS.get(alert["kind"]) or MARKS[alert["severity"]]
    names = [subject["id"] for subject in alert["subjects"]]
    return header(f"{mark} {title.fitted(alert['title'], names, LONGEST_HEADER - len(mark) - 1)}")


def _texts(alert: Alert) -> Iterable[str]:
    """Everything that a message on its own has room for."""
    yield "\n".join(_news(alert))
    if points := decision.points_of(alert):
        yield "\n".join(line for point in points for line in _point(point))
    if subjects := mail.subject_lines(alert):
        yield _listed(subjects)
    if alert["evidence"]:
        yield f"*{_evidence_heading(alert)}*\n{_listed(_facts(alert))}"
    if alert["kind"] not in message.OVER:
        yield "\n".join(["*Do now*", *steps(alert["steps"], escaped)])
    yield f"*staygreen does next:* {escaped(alert['by_itself'])}"
    yield _links(alert)


def _first_texts(alert: Alert) -> Iterable[str]:
    """What a person needs before they open the thread."""
    yield "\n".join(_news(alert))
    if alert["evidence"]:
        left = _left_out(alert, 1)
        more = f" ({left} more in the thread)" if left else ""
        yield f"*{_evidence_heading(alert)}:* {escaped(mail.evidence_lines(alert['evidence'][:1])[0])}{more}"
    if alert["kind"] not in message.OVER:
        left = len(alert["steps"]) - 1
        more = f" ({left} more in the thread)" if left else ""
        yield f"*Do now:* {escaped(_act(alert['steps'][0]))}{more}"
    yield _links(alert)


def _further_texts(alert: Alert) -> Iterable[str]:
    """What `_first_texts` leaves out."""
    if alert.get("meaning") and alert["kind"] not in message.WHAT_FIRST:
        yield escaped(alert["meaning"])
    if alert.get("verdict"):
        yield escaped(f"All that is known: {alert['verdict']}")
    if subjects := mail.subject_lines(alert):
        yield _listed(subjects)
    if _left_out(alert, 1):
        lines = mail.evidence_lines(alert["evidence"])
        left = alert["evidence_omitted"]
        more = [f"and {left} more, left out for length"] if left else []
        yield f"*All {_evidence_heading(alert).lower()}*\n{_listed([*lines, *more])}"
    if alert["kind"] not in message.OVER and [_act(step) for step in alert["steps"]] != alert["steps"][:1]:
        yield "\n".join(
            ["*All steps*", *(f"{number}. {escaped(step)}" for number, step in enumerate(alert["steps"], 1))]
        )
    yield f"*staygreen does next:* {escaped(alert['by_itself'])}"


def _left_out(alert: Alert, shown: int) -> int:
    """How many facts a message leaves out that shows so many."""
    return int(max(0, len(alert["evidence"]) - shown) + alert["evidence_omitted"])


def _evidence_heading(alert: Alert) -> str:
    return "Last evidence" if alert["kind"] in message.WHAT_FIRST else "Evidence"


def _point(point: decision.Point) -> Iterable[str]:
    if len(point.lines) == 1:
        yield f"*{escaped(point.name)}:* {escaped(point.lines[0])}"
        return
    yield f"*{escaped(point.name)}*"
    yield from (f"• {escaped(line)}" for line in point.lines)


def _links(alert: Alert) -> str:
    links = [link(alert["link"], "Do it here")] if alert["link"] and alert["kind"] not in message.OVER else []
    return " · ".join([*links, link(alert["runbook"], "Runbook")])


def steps(whole: Sequence[str], shown: Callable[[str], str]) -> list[str]:
    """The first steps, numbered, each as its act alone: what else there is to know of it, the mail has."""
    acts = [f"{number}. {shown(_act(step))}" for number, step in enumerate(whole[:MOST_STEPS], start=1)]
    left = len(whole) - len(acts)
    return [*acts[:-1], f"{acts[-1]} (the mail has {left} more)"] if left else acts


def _act(step: str) -> str:
    """The first sentence of a step."""
    return _SENTENCE.split(step, maxsplit=1)[0]


def _news(alert: Alert) -> Iterable[str]:
    """The consequence, where the title does not say it already, and since when."""
    first = message.headline(alert)
    if first.rstrip(".") != alert["title"] or len(first) > LONGEST_HEADER:
        yield escaped(first)
    if alert["what"] != first and not decision.is_asked(alert):
        yield escaped(alert["what"])
    if alert.get("before"):
        yield escaped(alert["before"])


def _facts(alert: Alert) -> list[str]:
    lines = mail.evidence_lines(alert["evidence"][:MOST_EVIDENCE])
    left = _left_out(alert, len(lines))
    if left:
        lines[-1] += f" (and {left} more, which the mail and `staygreen incidents show` have)"
    return [*lines, *([f"all that is known: {alert['verdict']}"] if alert.get("verdict") else [])]


def _listed(lines: Sequence[str]) -> str:
    """The lines as a list, as far as they leave room for what comes after them."""
    points = [f"• {escaped(line)}" for line in lines]
    shown = sum(length <= LONGEST_LIST for length in accumulate(map(len, points)))
    if shown == len(points):
        return "\n".join(points)
    kept = points[: max(shown, 1)]
    more = len(points) - len(kept)
    return "\n".join([*kept, *([f"… and {more} more, which the mail and the command have."] if more else [])])


def _handled(alert: Alert) -> list[Block]:
    """Who is at it, and until when it is muted, as of now."""
    lines = []
    if message.is_taken(alert):
        lines.append(f"{_person(alert['acknowledged_by'])} is at it.")
    if alert.get("muted_until"):
        until = utc_time(datetime.fromisoformat(alert["muted_until"]))
        lines.append(f"Muted until {until}: {escaped(alert.get('mute_reason', ''))}")
    return [context("\n".join(lines))] if lines and alert["kind"] not in message.OVER else []


def _buttons(alert: Alert) -> list[Block]:
    if alert["kind"] == Kind.REPAIR:
        plans = waiting(alert)
        if "repairs" not in alert:
            return [_decision(plan) for plan in plans]
        named = (
            block for plan in plans[:MOST_DECISIONS] for block in (*sections(escaped(plan["summary"])), _decision(plan))
        )
        return list(named)
    value = about_incident(alert["check"], alert["incident_id"])
    taken = [
        *([] if alert.get("acknowledged_by") else [button("acknowledge", "I am at it", value)]),
        *([] if alert.get("muted_until") else [button("mute", "Mute for a day", value)]),
    ]
    return [{"type": "actions", "elements": taken}] if taken else []


def waiting(alert: Alert) -> Sequence[Mapping[str, Any]]:
    """The plans in an alert of kind `repair` that somebody is to decide on."""
    told = alert["repairs"] if "repairs" in alert else [alert["repair"]]
    return [each for each in told if each["stage"] == "awaiting"]


def _decision(repair: Mapping[str, Any]) -> Block:
    """The plan's hash goes with the press: nobody approves another plan than the one that they see."""
    value = f"{repair['measure']}:{repair['plan'][:32]}"
    return {"type": "actions", "elements": [button("approve", "Approve", value), button("deny", "Deny", value)]}
