"""One alert in Slack, as a picture: made by the check, the rules and the layout that make it when mail is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.made_up_sender import NOW, tally
from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.alerts import alert as message
from staygreen.core.alerts.alert import Alert, Context
from staygreen.core.alerts.slack_blocks import parent
from staygreen.core.checks import by_id
from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.incidents.incident import advance
from staygreen.core.pictures.markup import Markup, element, joined

HOUR = timedelta(hours=1)
STYLE = (
    ".red_circle{color:var(--bad)}"
    ".press{display:inline-block;border:1px solid var(--line);border-radius:6px;padding:4px 12px;margin:6px}"
)
"""What a button looks like, beside the page's own style."""
_ADDRESS = Subject(SubjectKind.IP, "203.0.113.5", "mail.example.com")
_CONTEXT = Context(sender="acme", environment="production", region="eu-central-1", runbook_base="https://docs.example")
_SETTINGS = {"table": "t", "sender": "acme", "environment": "production", "cluster": 3, "quiet_seconds": 48 * 3600}
_TOKEN = re.compile(r"\*([^*\n]+)\*|`([^`\n]+)`|<!date\^\d+\^[^|>]*\|([^>]*)>|<(?:https?://[^|>]+)\|([^>]*)>")
_TAGS = ("b", "code", "span", "u")
"""What stands for bold, code, a time and a link: one for each group of `_TOKEN`."""


def refused() -> Alert:
    """The alert when Outlook.com refuses an address: an hour of replies, through check, incident and message."""
    counted = tally(_ADDRESS.id, NOW - HOUR, 204)
    named = replace(counted, combination=replace(counted.combination, subject=_ADDRESS))
    check = by_id("refusals")
    report = check.run(_SETTINGS, MemoryAsk(at=NOW, found_replies=(named,), found_to_microsoft=1310))
    (finding,) = (each for each in report.findings if each.state is State.BAD)
    _, opened = advance(None, finding, check.confirmation(_SETTINGS), NOW)
    if opened is None:
        raise RuntimeError("a refusal by Outlook.com opened no incident")
    return message.alert(opened, _CONTEXT, clears=1)


def in_slack(alert: Alert) -> Markup:
    """The message that heads its thread in Slack, without what only a program needs."""
    return element("section", joined(_drawn(parent(alert, with_buttons=True))), aria_label="An alert in Slack")


def _drawn(blocks: Any) -> Iterator[Markup]:
    yield element("p", element("b", "staygreen"), Markup(" "), element("span", "app", class_="soft"))
    for block in blocks:
        yield from _block(block)


def _block(block: Mapping[str, Any]) -> Iterator[Markup]:
    match block["type"]:
        case "header":
            # a dot, since not every browser has the picture of a red circle
            name, _, shown = block["text"]["text"].partition(" ")
            yield element("h2", element("span", "●", class_=name.strip(":")), Markup(" "), shown)
        case "section":
            yield from (element("p", joined(_marked(line))) for line in block["text"]["text"].split("\n"))
        case "actions":
            buttons = (element("span", each["text"]["text"], class_="press") for each in block["elements"])
            yield element("p", joined(buttons))
        case "context":
            for each in block["elements"]:
                yield element("p", joined(_marked(each["text"])), class_="soft")


def _marked(line: str) -> Iterator[Markup]:
    """Slack's markup as the page's."""
    end = 0
    for found in _TOKEN.finditer(line):
        yield _plain(line[end : found.start()])
        group = found.lastindex or 1
        yield element(_TAGS[group - 1], _plain(found[group]))
        end = found.end()
    yield _plain(line[end:])


def _plain(shown: str) -> Markup:
    """Slack escapes as the page does; blanks at the ends are kept."""
    return Markup(shown)
