"""What an input is, decided in one place, and its items one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum

from staygreen.core.replies import arf, dsn, maillog, mime, ses_event
from staygreen.core.replies.delivery_event import Item, Kind, Notice, Unreadable
from staygreen.core.replies.free_text import named_host

PEEK = 64 * 1024
_DECODER = json.JSONDecoder()
_AROUND = "\ufeff\0\r\n\t "
LARGEST_MESSAGE = 48 * 1024 * 1024
LONGEST_LINE = 64 * 1024
LONGEST_EVENT = 4 * 1024 * 1024
"""Characters of a line that are read at once: SNS and SQS carry far less."""

_FIELD = re.compile(rb"[A-Za-z][\w\-]{0,60}:")
_CODED = re.compile(
    r"(?<![\w.\-])[245]\d\d[ \-;:]{1,3}[245]\.\d{1,3}\.\d{1,3}|^\W{0,4}(?:smtp; ?)?[245]\d\d[ \-]", re.IGNORECASE
)
_MAILBOX_FROM = re.compile(rb"(?:^|\n\r?\n)From [^\n]{1,500}\n")
_MAIL_FIELDS = (
    b"\nreceived:",
    b"\nmime-version:",
    b"\ncontent-type:",
    b"\nreturn-path:",
    b"\nmessage-id:",
    b"\nsubject:",
)


class Form(Enum):
    """What an input is."""

    MAIL = "mail"
    JSON = "json"
    LOG = "log"
    REPLIES = "replies"
    EMPTY = "empty"


def form(start: bytes) -> Form:
    """What the first `PEEK` bytes say that the input is."""
    head = _line_feeds(start.lstrip(b"\xef\xbb\xbf \t\r\n\0"))
    if not head:
        return Form.EMPTY
    if head[:1] == b"{" or (head[:1] == b"[" and head[1:].lstrip()[:1] in (b"{", b"]")):
        return Form.JSON
    lines = head.decode("utf-8", "replace").splitlines()[:50]
    if any(maillog.is_log_line(line) for line in lines):
        return Form.LOG
    fields = b"\n" + head.split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0].lower()
    if (_FIELD.match(head) or head.startswith(b"From ")) and any(name in fields for name in _MAIL_FIELDS):
        return Form.MAIL
    if head[:16].lower().startswith((b"reporting-mta:", b"final-recipient", b"diagnostic-code")):
        return Form.MAIL
    return Form.REPLIES


def _line_feeds(data: bytes) -> bytes:
    """Data whose lines end with a carriage return alone, as old programs wrote them, with line feeds."""
    return data if b"\n" in data else data.replace(b"\r", b"\n")


def mailbox(data: bytes) -> Iterator[Item]:
    """The items of one mail, or of each mail in a file that holds several behind `From ` lines (RFC 4155)."""
    if not data.startswith(b"From "):
        yield from message(data)
        return
    for each in _MAILBOX_FROM.split(data):
        if each.strip():
            yield from message(each)


def message(data: bytes) -> Iterator[Item]:
    """The items of one mail: a complaint, or a notification's replies."""
    if len(data) > LARGEST_MESSAGE:
        yield Unreadable(reason="message_too_large", excerpt=f"{len(data)} bytes")
        data = data[:LARGEST_MESSAGE]
    data = _line_feeds(data)
    if data.lstrip()[:16].lower().startswith((b"reporting-mta:", b"final-recipient", b"diagnostic-code")):
        data = b"Content-Type: message/delivery-status\n\n" + data.lstrip()
    found = arf.complaint(data)
    if found is not None:
        yield found
    else:
        yield from dsn.notices(data)


def events(data: bytes) -> Iterator[Item]:
    """The items of SES events: one, an array, or JSON Lines."""
    text = data.decode("utf-8-sig", "replace").replace("\0", "").strip()
    try:
        yield from ses_event.notices(json.loads(text))
        return
    except RecursionError:
        yield Unreadable(reason="nested_too_deep", excerpt=text[:200])
        return
    except ValueError:
        pass
    for line in text.split("\n"):
        yield from event_line(line)


def is_json_lines(start: bytes) -> bool:
    """Whether the first line is a value of its own and another follows."""
    first, newline, rest = start.decode("utf-8-sig", "replace").lstrip().partition("\n")
    if not newline or not rest.strip():
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def event_line(line: str) -> Iterator[Item]:
    """The items of one line of JSON Lines; several values may stand on it, as where records are put end to end."""
    rest = line.strip(_AROUND)
    while rest:
        try:
            value, end = _DECODER.raw_decode(rest)
        except (ValueError, RecursionError):
            yield Unreadable(reason="not_json", excerpt=rest[:200])
            return
        yield from ses_event.notices(value)
        rest = rest[end:].strip(_AROUND)


def log(lines: Iterable[str]) -> Iterator[Notice]:
    """The refusals and delays of a mail server's log."""
    read = maillog.notice
    for line in lines:
        found = read(line[:LONGEST_LINE])
        if found is not None:
            yield found


def replies(text: str) -> Iterator[Notice]:
    """Replies that a person pasted: a blank line or a new code begins the next."""
    gathered: list[str] = []
    for line in [*text.replace("\0", "").splitlines(), ""]:
        if gathered and (not line.strip() or _begins(line, gathered[-1])):
            yield _pasted(gathered)
            gathered = []
        if line.strip():
            gathered.append(line)
    if gathered:
        yield _pasted(gathered)


def _begins(line: str, before: str) -> bool:
    if line[:1] in " \t<" or not _CODED.search(line[:LONGEST_LINE]):
        return False
    code, hyphen = before.lstrip()[:3], before.lstrip()[3:4]
    # A reply of several lines that a log has put on one is whole: its last line's code stands within it.
    is_open = hyphen == "-" and code.isdigit() and f" {code} " not in before
    return not (is_open and line.startswith(code))


def _pasted(lines: list[str]) -> Notice:
    text = "\n".join(lines)
    host = named_host(text)
    if mime.looks_like_html(text):
        text = mime.plain(text)
    return Notice(kind=Kind.REFUSED, source="reply", text=text, host=host)
