"""Delivery status notifications: RFC 3464 reports, and those that only say it in prose.

Header-tolerant: a report is known by its parts and fields, not by its sender.
Where fields hold less than the text around them (Exchange and SES shorten or
rewrite the reply there), the text is read too.

Sources: RFC 3464, RFC 6522; verified 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from staygreen.core import foreign_json
from staygreen.core.replies import mime, ses_event
from staygreen.core.replies.decode import Cause, decode, only_sends, system_of_host, system_of_text
from staygreen.core.replies.delivery_event import Item, Kind, Notice, Unreadable, in_utc
from staygreen.core.replies.free_text import before_original, more_telling, paragraphs, replies_in, sections, told
from staygreen.core.replies.reply import LONGEST_REPLY

MOST_RECIPIENTS = 50_000
LONGEST_TEXT = 256 * 1024

_TAKEN = ("delivered", "relayed", "expanded", "deliverable")
"""Actions of recipients who were not refused; `deliverable` is Postfix's word for a probe that succeeded."""
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/partial", "message/global-headers")


_REPORTERS = ("postmaster", "mailer-daemon", "mail delivery", "system administrator")
_SUBJECTS = (
    "undeliver",
    "returned mail",
    "mail delivery",
    "delivery status",
    "delivery fail",
    "delivery notification",
    "failure notice",
    "mail error",
    "mail system error",
    "non-delivery",
    "warning: message",
    "warning: could not send",
)
"""Beginnings of the subjects of notifications; a person's answer begins with `Re:` or `Fwd:`."""


def notices(data: bytes) -> Iterator[Item]:
    """Each recipient's reply in a notification; at least one item."""
    fields, _ = mime.split(data)
    at = _date(fields.get("date", ""))
    is_report = _is_report(fields)
    prose: list[str] = []
    reports: list[str] = []
    for part in mime.parts(data):
        if part.kind in ("message/delivery-status", "message/global-delivery-status"):
            reports.append(part.content())
        elif part.kind.startswith("text/") and part.kind not in _RETURNED and not (is_report and part.name()):
            prose.append(part.content()[:LONGEST_TEXT])
    found = False
    said = "\n\n".join(prose)
    events = _events(said) if said.lstrip()[:1] == "{" else None
    if events is not None:
        yield from events
        return
    for report in reports:
        for notice in _reported(report, before_original(said), at):
            found = True
            yield notice
    if not found and any(_is_taken(block) for report in reports for block in _blocks(report)):
        yield Unreadable(reason="nothing_refused", excerpt="the report names only recipients who got the message")
    elif not found:
        yield from _prose_only(said, at, is_report=is_report)


def forwarded(data: bytes) -> Iterator[bytes]:
    """Each message that a person passes on as an attachment; what a report returns is none."""
    fields, _ = mime.split(data)
    if _is_report(fields):
        return
    for part in mime.parts(data):
        if part.kind == "message/rfc822" or part.name().lower().endswith(".eml"):
            yield part.decoded()


def _events(prose: str) -> list[Item] | None:
    """Events of SES in the body: SNS sends them so to subscribers by mail, with its own lines below."""
    try:
        document, _ = foreign_json.first(prose.lstrip(), lenient=True)
    except (ValueError, RecursionError):
        return None
    items = list(ses_event.notices(document))
    return None if any(isinstance(item, Unreadable) for item in items) else items


def _is_report(fields: Mapping[str, str]) -> bool:
    """Whether a mail system wrote the message, rather than a person."""
    sender, subject = fields.get("from", "").lower(), fields.get("subject", "").lower()
    return (
        fields.get("return-path", "").strip() == "<>"
        or "report-type=delivery-status" in fields.get("content-type", "").replace(" ", "").lower()
        or "x-failed-recipients" in fields
        or any(name in sender for name in _REPORTERS)
        or any(subject.startswith(words) for words in _SUBJECTS)
    )


def _reported(report: str, prose: str, at: datetime | None) -> Iterator[Notice]:
    blocks = _blocks(report)
    about_message = blocks[0] if blocks else {}
    recipients = [block for block in blocks if "final-recipient" in block or "original-recipient" in block]
    if not recipients and ("status" in about_message or "diagnostic-code" in about_message):
        recipients = [about_message]
    reporter = _value(about_message.get("reporting-mta", ""))
    of_each = sections(prose) if len(recipients) > 1 else {}
    for block in recipients[:MOST_RECIPIENTS]:
        if not _is_taken(block):
            yield _recipient(block, reporter, prose if len(recipients) == 1 else of_each.get(_name(block), ""), at)


def _is_taken(block: Mapping[str, str]) -> bool:
    return block.get("action", "").partition(" ")[0].lower() in _TAKEN


def _name(block: Mapping[str, str]) -> str:
    return _value(block.get("final-recipient") or block.get("original-recipient", ""))


def _recipient(block: Mapping[str, str], reporter: str, prose: str, at: datetime | None) -> Notice:
    status = _commented(block.get("status", ""))
    said = _value(block.get("diagnostic-code", ""))
    text = said or status
    remote = _host(_value(block.get("remote-mta", "")))
    # What the server that wrote the report says of itself counts only when it names no other that spoke.
    is_relayed = bool(said) and only_sends(reporter)
    is_its_own = not is_relayed and bool(system_of_host(reporter) or system_of_text(text.lower(), reporter))
    host = remote or (reporter if is_its_own else "")
    if prose and decode(text, host).cause is Cause.UNKNOWN:
        text = _more_telling(text, prose, host, is_bare=not said)
    delayed = block.get("action", "").lower().startswith("delayed")
    return Notice(
        kind=Kind.DELAYED if delayed else Kind.REFUSED,
        source="dsn",
        text=text,
        host=host,
        recipient=_name(block),
        at=_date(block.get("last-attempt-date", "")) or at,
        reporter=_host(reporter).lower(),
    )


def _commented(status: str) -> str:
    """A status with what some servers write behind it, ``5.0.0 (over quota)``; RFC 3464 section 2.3.4 has no more."""
    return " ".join(status.replace("(", " ").replace(")", " ").split())


def _host(field: str) -> str:
    """The name or address at the beginning of a field; some servers write more behind it."""
    return field.partition(" ")[0].strip("[]").rstrip(".")


def _more_telling(text: str, prose: str, host: str, *, is_bare: bool) -> str:
    """The reply in the prose when it says what the field does not; its words too where the field is a bare status."""
    words = paragraphs(prose) if is_bare else []
    return more_telling(text, [*replies_in(prose), *(part[:LONGEST_REPLY] for part in words)], host)


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
    found = False
    for each in told(prose, in_words=is_report):
        found = True
        yield Notice(kind=Kind.REFUSED, source="dsn", text=each.text, host=each.host, recipient=each.recipient, at=at)
    if not found:
        yield Unreadable(reason="no_reply_in_message", excerpt=prose[:200].strip())


def _date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return in_utc(parsed) if parsed.tzinfo else None
