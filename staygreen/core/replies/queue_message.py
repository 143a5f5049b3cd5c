"""What arrives in the queue: an event of SES as EventBridge sends it, or lines of a mail server's log.

Sources: EventBridge User Guide, "Events" (envelope); CloudWatch Logs User Guide, "Using subscription
filters" (log events); not verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from staygreen.core import foreign_json
from staygreen.core.replies import ses_event
from staygreen.core.replies.delivery_event import Item, Unreadable
from staygreen.core.replies.input_format import LONGEST_LINE
from staygreen.core.replies.mail_log import log

VERSIONS = ("0",)
"""Versions of EventBridge's envelope that are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One item that arrived."""

    id: str
    """What stands for it when its message has no id: the same whenever it is delivered again."""
    at: datetime
    """When it was handed over."""
    pool: str
    """What is charged when nothing is named: the log group, or empty."""
    item: Item


def arrivals(body: str, *, id: str, at: datetime) -> Iterator[Arrival]:
    """The items of one message of the queue.

    Args:
        body: the message.
        id: the queue's id of the message.
        at: when the queue got it.
    """
    try:
        document = foreign_json.loads(body)
    except (ValueError, RecursionError):
        yield Arrival(id=id, at=at, pool="", item=Unreadable(reason="not_json", excerpt=body[:200]))
        return
    if isinstance(document, dict) and isinstance(document.get("logEvents"), list):
        yield from _log(document, id, at)
        return
    event_id = _event_id(document) or id
    if isinstance(document, dict) and "detail-type" in document and document.get("version") not in VERSIONS:
        unknown = Unreadable(reason="unknown_version", excerpt=body[:200])
        yield Arrival(id=event_id, at=at, pool="", item=unknown)
        return
    for number, item in enumerate(ses_event.notices(document)):
        yield Arrival(id=f"{event_id}-{number}", at=at, pool="", item=item)


def _event_id(document: object) -> str:
    found = document.get("id") if isinstance(document, dict) else ""
    return found if isinstance(found, str) else ""


def _log(document: Mapping[str, Any], id: str, at: datetime) -> Iterator[Arrival]:
    group, stream = str(document.get("logGroup", "")), str(document.get("logStream", ""))
    for number, event in enumerate(document["logEvents"]):
        line = event.get("message") if isinstance(event, dict) else None
        if not isinstance(line, str):
            unknown = Unreadable(reason="not_a_log_event", excerpt=repr(event)[:200])
            yield Arrival(id=f"{id}-{number}", at=at, pool=group, item=unknown)
            continue
        found = log.notice(line[:LONGEST_LINE])
        if found is not None:
            # A queue id is the server's own: another server may give it to another message.
            named = replace(found, message=f"{stream}/{found.message}" if found.message else "")
            event_id = str(event.get("id") or f"{id}-{number}")
            yield Arrival(id=event_id, at=_time(event.get("timestamp"), at), pool=group, item=named)


def _time(milliseconds: object, otherwise: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if isinstance(milliseconds, int) else otherwise
    except (ValueError, OverflowError, OSError):
        return otherwise


def telling(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The log events that tell of a refusal or a delay, or that have no line to tell by."""
    return [
        event
        for event in events
        if not isinstance(line := event.get("message"), str) or log.notice(line[:LONGEST_LINE]) is not None
    ]
