"""Delivery status notifications: RFC 3464 reports, and those that only say it in prose.

Header-tolerant: a report is known by its parts and fields, not by its sender.
Where fields hold less than the text around them (Exchange and SES shorten or
rewrite the reply there), the text is read too.

Sources: RFC 3464, RFC 6522; verified 2026-11-23.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from lambdas.core.replies import mime, ses_event
from lambdas.core.replies.decode import Cause, decode, system_of_host, system_of_text
from lambdas.core.replies.notice import Item, Kind, Notice, Unreadable
from lambdas.core.replies.reply import LONGEST_REPLY

MOST_RECIPIENTS = 50_000
LONGEST_TEXT = 256 * 1024

_SAID = re.compile(
    r"(?<![\w.\-])([45]\d\d[ \-;:]{1,3}#?[45]\.\d{1,3}\.\d{1,3}(?![\w.])|421 (?:RP|SC|DY|OU)-|550 (?:RP|SC|DY|OU)-)"
)
_LOOSE = re.compile(r"(?:^|[\s<'#:])((?:4[25]\d|55\d)[ \-][A-Za-z<\[])")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+\-=]{1,64}@[A-Za-z0-9.\-]{1,253}")
_HOST_SAID = re.compile(r"(?:host|talking to|server:?|remote-mta:?)\s{1,4}([A-Za-z0-9.\-]{3,253})", re.IGNORECASE)
_TAKEN = ("delivered", "relayed", "expanded", "deliverable")
"""Actions of recipients who were not refused; `deliverable` is Postfix's word for a probe that succeeded."""
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/partial", "message/global-headers")


def notices(data: bytes) -> Iterator[Item]:
    """Each recipient's reply in a notification; at least one item."""
    fields, _ = mime.split(data)
    at = _date(fields.get("date", ""))
    prose: list[str] = []
    reports: list[str] = []
    for part in mime.parts(data):
        if part.kind in ("message/delivery-status", "message/global-delivery-status"):
            reports.append(part.content())
        elif part.kind.startswith("text/") and part.kind not in _RETURNED:
            prose.append(part.content()[:LONGEST_TEXT])
    found = False
    said = "\n\n".join(prose)
    events = _events(said) if said.lstrip()[:1] == "{" else None
    if events is not None:
        yield from events
        return
    for report in reports:
        for notice in _reported(report, said, at):
            found = True
            yield notice
    if not found:
        yield from _prose_only(said, at, is_report=_is_report(fields))


def _events(prose: str) -> list[Item] | None:
    """Events of SES in the body: SNS sends them so to subscribers by mail, with its own lines below."""
    try:
        document, _ = json.JSONDecoder(strict=False).raw_decode(prose.lstrip())
    except (ValueError, RecursionError):
        return None
    items = list(ses_event.notices(document))
    return None if any(isinstance(item, Unreadable) for item in items) else items


def _is_report(fields: Mapping[str, str]) -> bool:
    """Whether a mail system wrote the message, rather than a person."""
    sender = fields.get("from", "").lower()
    return (
        fields.get("return-path", "").strip() == "<>"
        or "report-type=delivery-status" in fields.get("content-type", "").replace(" ", "").lower()
        or any(name in sender for name in ("postmaster", "mailer-daemon", "mail delivery", "system administrator"))
    )


def _reported(report: str, prose: str, at: datetime | None) -> Iterator[Notice]:
    blocks = _blocks(report)
    about_message = blocks[0] if blocks else {}
    recipients = [block for block in blocks if "final-recipient" in block or "original-recipient" in block]
    if not recipients and ("status" in about_message or "diagnostic-code" in about_message):
        recipients = [about_message]
    reporter = _value(about_message.get("reporting-mta", ""))
    for block in recipients[:MOST_RECIPIENTS]:
        if block.get("action", "").partition(" ")[0].lower() in _TAKEN:
            continue
        yield _recipient(block, reporter, prose if len(recipients) == 1 else "", at)


def _recipient(block: Mapping[str, str], reporter: str, prose: str, at: datetime | None) -> Notice:
    recipient = _value(block.get("final-recipient") or block.get("original-recipient", ""))
    status = block.get("status", "").partition(" ")[0]
    text = _value(block.get("diagnostic-code", "")) or status
    remote = _value(block.get("remote-mta", ""))
    # What the server that wrote the report says of itself counts only when it names no other that spoke.
    is_its_own = bool(system_of_host(reporter) or system_of_text(text.lower(), reporter))
    host = remote.strip("[]") or (reporter if is_its_own else "")
    if prose and decode(text, host).cause is Cause.UNKNOWN:
        text = _more_telling(text, prose, host)
    delayed = block.get("action", "").lower().startswith("delayed")
    return Notice(
        kind=Kind.DELAYED if delayed else Kind.REFUSED,
        source="dsn",
        text=text,
        host=host,
        recipient=recipient,
        at=_date(block.get("last-attempt-date", "")) or at,
    )


def _more_telling(text: str, prose: str, host: str) -> str:
    """The reply in the prose when it says what the field does not."""
    for other in replies_in(prose):
        if decode(other, host).cause is not Cause.UNKNOWN:
            return other
    return text


def _blocks(report: str) -> list[dict[str, str]]:
    """The field groups of a delivery-status body, of any number."""
    out: list[dict[str, str]] = []
    lines: list[str] = []
    for line in [*report.splitlines(), ""]:
        if line.strip():
            lines.append(line)
        elif lines:
            out.append(mime.headers("\n".join(lines).encode("utf-8", "replace")))
            lines = []
    return out


def _value(field: str) -> str:
    """The value behind the type, as in ``smtp; 550 …``."""
    kind, semicolon, rest = field.partition(";")
    return (rest if semicolon and kind.strip().replace("-", "").isalnum() else field).strip()


def _prose_only(prose: str, at: datetime | None, *, is_report: bool) -> Iterator[Item]:
    texts = replies_in(prose)
    if not texts and is_report:
        texts = _in_words(prose)
    if not texts:
        yield Unreadable(reason="no_reply_in_message", excerpt=prose[:200].strip())
        return
    # One NDR tells one refusal in several places: the first that a rule knows is the one.
    host = named_host(prose)
    best = next((text for text in texts if decode(text, host).cause is not Cause.UNKNOWN), texts[0])
    found = _ADDRESS.search(prose)
    yield Notice(kind=Kind.REFUSED, source="dsn", text=best, host=host, recipient=found[0] if found else "", at=at)


def _in_words(prose: str) -> list[str]:
    """What a report says without any code: words that a rule knows, else what stands beside a recipient."""
    paragraphs = [text[:LONGEST_REPLY] for text in _paragraphs(prose)]
    known = [text for text in paragraphs if decode(text).cause is not Cause.UNKNOWN]
    return known or [said for text in paragraphs if (said := _beside_address(text))]


def _beside_address(paragraph: str) -> str:
    first, _, rest = paragraph.replace("\n", " ").partition(" ")
    return rest.strip() if _ADDRESS.search(first) else ""


def named_host(prose: str) -> str:
    """The server that a text says spoke, when it is a provider's."""
    return next((name for name in _HOST_SAID.findall(prose) if system_of_host(name)), "")


def replies_in(prose: str) -> list[str]:
    """Replies that a text quotes, each to the end of its paragraph."""
    out: list[str] = []
    for paragraph in _paragraphs(prose):
        at = [found.start() for found in _SAID.finditer(paragraph)] or [
            found.start(1) for found in _LOOSE.finditer(paragraph)
        ]
        if at:
            out.append(paragraph[at[0] : at[0] + LONGEST_REPLY])
    return out


def _paragraphs(prose: str) -> list[str]:
    lines: list[str] = []
    out: list[str] = []
    for line in [*prose.splitlines(), ""]:
        if line.strip():
            lines.append(line.strip())
        elif lines:
            out.append("\n".join(lines))
            lines = []
    return out


def _date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return parsed if parsed.tzinfo else None
