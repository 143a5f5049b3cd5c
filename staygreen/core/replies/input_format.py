"""What an input is, decided in one place, and its items one by one."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum

from staygreen.core import foreign_json
from staygreen.core.replies import arf, dsn, free_text, mime, reply, ses_event
from staygreen.core.replies.decode import decode
from staygreen.core.replies.delivery_event import Item, Kind, Notice, Unreadable
from staygreen.core.replies.free_text import named_host
from staygreen.core.replies.mail_log import log as maillog
from staygreen.core.replies.mail_log import powermta
from staygreen.core.replies.reply import LONGEST_REPLY
from staygreen.core.wording import plural

PEEK = 64 * 1024
_AROUND = "\ufeff\0\r\n\t "
DEEPEST_FORWARD = 2
"""How often a message may be passed on within another."""
LARGEST_MESSAGE = 48 * 1024 * 1024
LONGEST_LINE = 64 * 1024
LONGEST_EVENT = 4 * 1024 * 1024
"""Characters of a line that are read at once: SNS and SQS carry far less."""

_FIELD = re.compile(rb"[A-Za-z][\w\-]{0,60}:")
_CODED = re.compile(
    r"(?<![\w.\-])[245]\d\d[ \-;:]{1,3}[245]\.\d{1,3}\.\d{1,3}|^\W{0,4}(?:smtp; ?)?[245]\d\d[ \-]", re.IGNORECASE
)
_RECIPIENT_ALONE = re.compile(r"[<\"']?([A-Za-z0-9._%+\-=]{1,64}@[A-Za-z0-9.\-]{1,253})[>\"']?:?")
_RECIPIENT_FIELD = re.compile(
    r"(?:final-)?recipient: ?(?:rfc822; ?)?<?([A-Za-z0-9._%+\-=]{1,64}@[A-Za-z0-9.\-]{1,253})>?", re.IGNORECASE
)
_LEADS_IN = re.compile(
    r"(?:said|says|returned|responded|response|replied|data|command|server|error|connection)[^:]{0,20}:\s?$",
    re.IGNORECASE,
)
"""The end of a line that introduces the reply on the next one."""
_LONGEST_LEAD = 200
_MOST_OPEN = 20
"""Lines of one reply that are looked back through for its beginning."""
_MOST_KEPT = 50_000
"""Lines of a log that are kept until one tells of a delivery."""
_MAILBOX_FROM = re.compile(rb"(?:^|\n\r?\n)From [^\n]{1,500}\n(?=>?[!-9;-~]{1,100}:|>From )")
"""The line in front of each mail. A sentence of a mail may begin with the same word: no header field follows it."""
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
    fields = b"\n" + head.split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0].lower()
    if (_FIELD.match(head) or head.startswith(b"From ")) and any(name in fields for name in _MAIL_FIELDS):
        return Form.MAIL
    if head[:16].lower().startswith((b"reporting-mta:", b"final-recipient", b"diagnostic-code")):
        return Form.MAIL
    lines = head.decode("utf-8", "replace").splitlines()[:50]
    if any(maillog.is_log_line(line) for line in lines):
        return Form.LOG
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


def message(data: bytes, depth: int = 0) -> Iterator[Item]:
    """The items of one mail: a complaint, or a notification's replies; those of the mails that it forwards."""
    if len(data) > LARGEST_MESSAGE:
        yield Unreadable(reason="message_too_large", excerpt=f"{len(data)} bytes")
        data = data[:LARGEST_MESSAGE]
    data = _line_feeds(data)
    if data.lstrip()[:16].lower().startswith((b"reporting-mta:", b"final-recipient", b"diagnostic-code")):
        data = b"Content-Type: message/delivery-status\n\n" + data.lstrip()
    found = arf.complaint(data)
    if found is not None:
        yield found
        return
    inner = dsn.forwarded(data) if depth < DEEPEST_FORWARD else iter(())
    forwarded = [item for each in inner for item in message(each, depth + 1) if isinstance(item, Notice)]
    yield from forwarded or dsn.notices(data)


def events(data: bytes) -> Iterator[Item]:
    """The items of SES events: one, an array, JSON Lines, or several over several lines each."""
    text = data.decode("utf-8-sig", "replace").replace("\0", "").strip()
    try:
        yield from ses_event.notices(foreign_json.loads(text))
        return
    except RecursionError:
        yield Unreadable(reason="nested_too_deep", excerpt=text[:200])
        return
    except ValueError:
        pass
    first, _, rest = text.partition("\n")
    if rest and not is_json_lines(text[:PEEK].encode()):
        yield from event_line(text)
        return
    for line in (first, *rest.split("\n")):
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
    rest, at = line.strip(_AROUND), 0
    while at < len(rest):
        try:
            value, end = foreign_json.first(rest, at)
        except (ValueError, RecursionError):
            yield Unreadable(reason="not_json", excerpt=rest[at : at + 200])
            return
        yield from ses_event.notices(value)
        at = end
        while at < len(rest) and rest[at] in _AROUND:
            at += 1


def log(lines: Iterable[str]) -> Iterator[Item]:
    """The refusals and delays of a mail server's log; where it holds no delivery at all, that it was not read."""
    seen = _Seen(lines)
    first = next(iter(seen), "")
    rest = itertools.chain([first], seen)
    read = powermta.notices if powermta.is_line(first) else maillog.notices
    found = False
    for item in read(rest):
        found = True
        yield item
    if seen.json_lines:
        excerpt = f"{plural(seen.json_lines, 'line')} of JSON among the log: hand them in as a file of their own"
        yield Unreadable(reason="json_in_log", excerpt=excerpt)
    if found or seen.is_mail_log or powermta.is_line(first):
        return
    others = list(maillog.other_notices(seen.start))
    yield from others
    if not others:
        yield Unreadable(reason="no_delivery_in_log", excerpt=first[:200])


class _Seen:
    """The lines of a log, each bounded; remembers the first ones and whether any told of a delivery."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.start: list[str] = []
        self.is_mail_log = False
        self.json_lines = 0
        """Lines that are events, it may be, and no log."""

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            bounded = line[:LONGEST_LINE]
            if bounded[:2] == '{"':
                self.json_lines += 1
            if not self.is_mail_log:
                self.is_mail_log = maillog.is_delivery(bounded)
                if len(self.start) < _MOST_KEPT:
                    self.start.append(bounded)
            yield bounded


def replies(text: str) -> Iterator[Notice]:
    """Replies that a person pasted: a blank line or a new code begins the next. A notification may lack its headers."""
    text = text.replace("\0", "")
    if free_text.is_notification(text):
        found = [
            Notice(kind=Kind.REFUSED, source="reply", text=each.text, host=each.host, recipient=each.recipient)
            for each in free_text.told(text, in_words=True)
        ]
        if found:
            yield from found
            return
    lead: list[str] = []
    gathered: list[str] = []
    for line in [*text.splitlines(), ""]:
        line = line.removeprefix("> ").removeprefix(">")
        begins = bool(gathered) and _begins(line, gathered)
        if begins and not lead and _only_leads_in(gathered):
            lead, gathered = gathered, []
        elif gathered and (begins or not line.strip()):
            yield _pasted(gathered, lead)
            lead, gathered = [], []
        if line.strip():
            gathered.append(line)


def _only_leads_in(lines: list[str]) -> bool:
    """Whether lines right above a reply are no reply of their own: they hold no code, and no rule knows them."""
    text = "\n".join(lines)[:LONGEST_REPLY]
    return not any(_CODED.search(line) for line in lines) and not decode(text).rule


def _begins(line: str, before: list[str]) -> bool:
    if line[:1] in " \t<" or not _CODED.search(line[:LONGEST_LINE]):
        return False
    if _LEADS_IN.search(before[-1][-_LONGEST_LEAD:]):
        return False
    # A reply of several lines goes on until its last line, whatever stood in front of its first code.
    code = reply.is_open(" ".join(before[-_MOST_OPEN:]))
    return not (code and line.startswith(code))


def _pasted(lines: list[str], lead: list[str]) -> Notice:
    text = "\n".join(lines)
    host = named_host("\n".join([*lead, text]))
    if mime.looks_like_html(text):
        text = mime.plain(text)
    above = [*lead, *lines[:-1]]
    named = (_RECIPIENT_ALONE.fullmatch(line.strip()) or _RECIPIENT_FIELD.match(line.strip()) for line in above)
    recipient = next((found[1] for found in named if found), "")
    return Notice(kind=Kind.REFUSED, source="reply", text=text, host=host, recipient=recipient)
