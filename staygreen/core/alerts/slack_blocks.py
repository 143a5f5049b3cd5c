"""An alert as Slack shows it: Block Kit, made from the stored message alone.

Everything that came from outside is visible and escaped, and Slack's limits are kept by
splitting and cutting: 50 blocks, 3,000 characters of section text, 150 of a
header, 2,000 of a button's value (Slack developer documentation, "Block Kit"; the
header's not verified, the others as third parties quote them, read 2026-11-24).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from staygreen.core.alerts import alert as message
from staygreen.core.alerts import mail, title
from staygreen.core.alerts.alert import Alert
from staygreen.core.alerts.digest import is_digest
from staygreen.core.alerts.slack_press import about_incident, user_of
from staygreen.core.incidents.incident import Kind
from staygreen.core.visible import visible, visible_document
from staygreen.core.wording import utc_time

MOST_BLOCKS = 50
LONGEST_SECTION = 3000
LONGEST_TOGETHER = 12_000
"""Characters of all sections: Slack refuses a message from about 13,200 on (`msg_blocks_too_long`, seen by others:
issue 2509 of slackapi/bolt-js, read 2026-11-24)."""
LONGEST_LIST = 4000
"""Characters of a list of subjects, or of evidence: the next step stands behind both."""
LONGEST_HEADER = 150
MOST_EVIDENCE = 2
"""Facts that a message in a chat shows; the mail and the command have all."""
MOST_STEPS = 3
LONGEST_FALLBACK = 3000
FROM_PEOPLE = 3
"""Blocks after the sections: that something is left out, who is at it, and where it comes from; buttons come on top."""
MOST_DECISIONS = 10
"""Plans of one message that have buttons; the command decides about the others."""

_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z`])")
Block = Mapping[str, Any]

MARKS = {"critical": ":red_circle:", "warning": ":large_yellow_circle:", "info": ":large_blue_circle:"}
ENDS = {
    Kind.CLEARED.value: ":large_green_circle:",
    Kind.STALE.value: ":white_circle:",
    Kind.WITHDRAWN.value: ":white_circle:",
}


def blocks(alert: Alert, *, with_buttons: bool) -> Sequence[Block]:
    """The alert as a phone has room for it: title, consequence, since when, evidence, what to do now, buttons."""
    alert = visible_document(alert)
    if is_digest(alert):
        return _digest(alert)
    buttons = _buttons(alert) if with_buttons and _is_open(alert) else []
    made = _body(_header(alert), _texts(alert), beside=FROM_PEOPLE + len(buttons))
    return [*made, *_handled(alert), *buttons, _origin(alert)]


def _digest(document: Alert) -> Sequence[Block]:
    texts = [f"*{escaped(document['headline'])}*\n{escaped(document['period'])}"]
    for section in document["sections"]:
        texts.append(
            "\n".join([f"*{escaped(section['title'])}*", *(f"• {escaped(line)}" for line in section["lines"])])
        )
    title = {"type": "header", "text": {"type": "plain_text", "text": ":newspaper: Digest", "emoji": True}}
    return [*_body(title, texts, beside=FROM_PEOPLE), _origin(document)]


def _body(header: Block, texts: Iterable[str], *, beside: int) -> list[Block]:
    """The header and as many sections as fit beside the blocks that follow."""
    sections = [section for text in texts for section in _sections(text)]
    together = accumulate(len(section["text"]["text"]) for section in sections)
    room = min(MOST_BLOCKS - 1 - beside, sum(length <= LONGEST_TOGETHER for length in together))
    made = [header, *sections[:room]]
    if len(sections) > room:
        made.append(_context("More is left out here; the mail and the command have all of it."))
    return made


def _origin(alert: Alert) -> Block:
    return _context(escaped(f"{alert['sender']}, {alert['environment']}, {alert['region']} · {alert['incident_id']}"))


def remark_blocks(alert: Alert) -> Sequence[Block]:
    """What a person did to the incident, as a reply in its thread."""
    return list(_sections(_remark(alert)))


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


def escaped(text: str) -> str:
    """Visible text in which nothing is a mention, a link or markup (Slack, "Formatting text", escaping)."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_open(alert: Alert) -> bool:
    if alert["kind"] == Kind.REPAIR:
        return bool(waiting(alert))
    return alert["kind"] not in (*message.OVER, Kind.BASELINE) and len(alert["subjects"]) == 1


def _header(alert: Alert) -> Block:
    mark = ENDS.get(alert["kind"]) or MARKS[alert["severity"]]
    names = [subject["id"] for subject in alert["subjects"]]
    text = f"{mark} {title.fitted(alert['title'], names, LONGEST_HEADER - len(mark) - 1)}"
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}


def _texts(alert: Alert) -> Iterable[str]:
    yield "\n".join(_news(alert))
    if subjects := mail.subject_lines(alert):
        yield _listed(subjects)
    if alert["evidence"]:
        heading = "Last evidence" if alert["kind"] in message.WHAT_FIRST else "Evidence"
        yield f"*{heading}*\n{_listed(_facts(alert))}"
    if alert["kind"] not in message.OVER:
        yield "\n".join(["*Do now*", *steps(alert["steps"], escaped)])
    yield f"*staygreen does next:* {escaped(alert['by_itself'])}"
    links = [_link(alert["link"], "Do it here")] if alert["link"] and alert["kind"] not in message.OVER else []
    yield " · ".join([*links, _link(alert["runbook"], "Runbook")])


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
    if alert["what"] != first:
        yield _in_local_time(alert)
    if alert.get("before"):
        yield escaped(alert["before"])


def _in_local_time(alert: Alert) -> str:
    """What happened, its times as each reader's clock shows them (Slack, "Formatting text", date tokens)."""
    text = escaped(alert["what"])
    for at in {alert["since"], alert["last_seen"]}:
        moment = datetime.fromisoformat(at)
        shown = utc_time(moment)
        text = text.replace(shown, f"<!date^{int(moment.timestamp())}^{{time}} on {{date_long}}|{shown}>")
    return text


def _facts(alert: Alert) -> list[str]:
    lines = mail.evidence_lines(alert["evidence"][:MOST_EVIDENCE])
    left = len(alert["evidence"]) - len(lines) + alert["evidence_omitted"]
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


def _link(url: str, label: str) -> str:
    # Only web addresses become links; a bar or a bracket in one would end it early.
    if not url.startswith(("https://", "http://")) or any(c in url for c in "|<> \n"):
        return f"{label}: {escaped(url)}"
    return f"<{url.replace('&', '&amp;')}|{label}>"


def _sections(text: str) -> Iterable[Block]:
    for piece in _pieces(text):
        yield {"type": "section", "text": {"type": "mrkdwn", "text": piece}}


def _pieces(text: str) -> Iterable[str]:
    """Lines together as far as they fit; a line that is too long alone is cut."""
    piece = ""
    for line in text.split("\n"):
        short = _cut(line)
        if piece and len(piece) + 1 + len(short) > LONGEST_SECTION:
            yield piece
            piece = ""
        piece = f"{piece}\n{short}" if piece else short
    if piece:
        yield piece


def _cut(line: str) -> str:
    if len(line) <= LONGEST_SECTION:
        return line
    kept = line[: LONGEST_SECTION - 1]
    # An escape such as &amp; is not cut in two.
    start = kept.rfind("&", len(kept) - 5)
    return (kept[:start] if start >= 0 and ";" not in kept[start:] else kept) + "…"


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text[:LONGEST_SECTION]}]}


def _handled(alert: Alert) -> list[Block]:
    """Who is at it, and until when it is muted, as of now."""
    lines = []
    if message.is_taken(alert):
        lines.append(f"{_person(alert['acknowledged_by'])} is at it.")
    if alert.get("muted_until"):
        until = utc_time(datetime.fromisoformat(alert["muted_until"]))
        lines.append(f"Muted until {until}: {escaped(alert.get('mute_reason', ''))}")
    return [_context("\n".join(lines))] if lines and alert["kind"] not in message.OVER else []


def _buttons(alert: Alert) -> list[Block]:
    if alert["kind"] == Kind.REPAIR:
        plans = waiting(alert)
        if "repairs" not in alert:
            return [_decision(plan) for plan in plans]
        named = (
            block
            for plan in plans[:MOST_DECISIONS]
            for block in (*_sections(escaped(plan["summary"])), _decision(plan))
        )
        return list(named)
    value = about_incident(alert["check"], alert["incident_id"])
    taken = [
        *([] if alert.get("acknowledged_by") else [_button("acknowledge", "I am at it", value)]),
        *([] if alert.get("muted_until") else [_button("mute", "Mute for a day", value)]),
    ]
    return [{"type": "actions", "elements": taken}] if taken else []


def waiting(alert: Alert) -> Sequence[Mapping[str, Any]]:
    """The plans in an alert of kind `repair` that somebody is to decide on."""
    told = alert["repairs"] if "repairs" in alert else [alert["repair"]]
    return [each for each in told if each["stage"] == "awaiting"]


def _decision(repair: Mapping[str, Any]) -> Block:
    """The plan's hash goes with the press: nobody approves another plan than the one that they see."""
    value = f"{repair['measure']}:{repair['plan'][:32]}"
    return {"type": "actions", "elements": [_button("approve", "Approve", value), _button("deny", "Deny", value)]}


def _button(action: str, label: str, value: str) -> Block:
    return {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label},
        "value": value,
    }
