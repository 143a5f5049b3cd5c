"""Refusals in the logs of mail servers, line by line, without an expression on lines that hold none.

Read are Postfix, under whatever name it logs, Exim, with or without syslog in front, sendmail and qmail-send; of other
programs' syslog what has the form of a delivery that was refused.

Sources: Postfix's smtp(8) log format, Exim specification chapter 53; verified 2026-11-30.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from staygreen.core.replies.delivery_event import Kind, Notice
from staygreen.core.replies.mail_log import other, powermta, qmail, sendmail
from staygreen.core.replies.mail_log.line import after_head, between, stamp

_STATUS = "status="
_BEGINNINGS = {"status=deferred (": Kind.DELAYED, "status=bounced (": Kind.REFUSED}
_POSTFIX = tuple((words, kind, len(words)) for words, kind in _BEGINNINGS.items())
"""What Postfix writes in front of a reply, what it means, and how long it is."""
_EXIM = ((" ** ", Kind.REFUSED), (" == ", Kind.DELAYED))
_EXIM_TAKEN = (" => ", " -> ", " <= ")
_EXIM_ERROR = "SMTP error from remote mail server"
_TAIL = " (in reply to "
_FARTHEST_MARK = 200
_MOST_PENDING = 10_000


def notice(line: str) -> Notice | None:
    """The refusal or delay that a line tells of; None for any other line."""
    status = line.find(_STATUS)
    if status >= 0:
        for words, kind, length in _POSTFIX:
            at = line.find(words, status)
            if at > 0:
                return _postfix(line, at, at + length, kind)
        return None
    for words, kind in _EXIM:
        at = line.find(words, 0, _FARTHEST_MARK)
        # The mark follows the message id: anywhere else it is part of a text.
        if at > 0 and _is_exim_id(line[:at].rpartition(" ")[2]) and _names_delivery(line, at + len(words)):
            return _exim(line, at, at + len(words), kind)
    if ", stat=" in line:
        return next(sendmail.notices(line), None) if sendmail.is_attempt(line) else None
    return qmail.notice(line) if "delivery " in line else None


def notices(lines: Iterable[str]) -> Iterator[Notice]:
    """The refusals and delays of a whole log, also those that only several lines together tell."""
    pending: dict[str, Notice] = {}
    deliveries: dict[str, str] = {}
    for line in lines:
        found = notice(line)
        if found is None:
            if _EXIM_ERROR in line or "starting delivery " in line:
                yield from _remembered(line, pending, deliveries)
        elif found.source == "qmail":
            yield replace(found, recipient=deliveries.pop(found.message, ""))
        elif found.source == "sendmail":
            yield from sendmail.notices(line)
        else:
            pending.pop(found.message, None)
            yield found
    yield from pending.values()


def _remembered(line: str, pending: dict[str, Notice], deliveries: dict[str, str]) -> Iterator[Notice]:
    """Keep what a later line may belong to: an error that Exim repeats in its next line, qmail's recipients.

    Yields the oldest error when there are too many to keep.
    """
    error = _exim_error(line)
    if error is not None:
        pending[error.message] = error
    begun = qmail.recipient(line)
    if begun is not None and len(deliveries) < _MOST_PENDING:
        deliveries[begun[0]] = begun[1]
    if len(pending) > _MOST_PENDING:
        yield pending.pop(next(iter(pending)))


def other_notices(lines: Iterable[str]) -> Iterator[Notice]:
    """Refusals in the syslog of programs that have no reader of their own."""
    return (found for line in lines if (found := other.notice(line)) is not None)


def _is_exim_id(word: str) -> bool:
    """Whether a word is one of Exim's message ids: ``1pN3Xa-0005Xy-2k``, or the longer form since 4.97."""
    return len(word) in (16, 23) and word[6:7] == "-" and word[-3 if len(word) == 16 else -5] == "-"


def _names_delivery(line: str, start: int) -> bool:
    """Whether a recipient or a router follows the mark: where no router took it, only the recipient is named."""
    return " R=" in line or "@" in line[start : start + 320].partition(" ")[0]


def is_log_line(line: str) -> bool:
    """Whether a line is of a mail log, telling or not."""
    if "status=" in line and "to=<" in line and "relay=" in line:
        return True
    if len(line) > 40 and line[4:5] == "-" and line[10:11] == " " and stamp(line) is not None:
        return True
    return after_head(line) is not None or qmail.is_line(line) or powermta.is_line(line)


def is_delivery(line: str) -> bool:
    """Whether a line tells of a delivery attempt, whatever came of it."""
    if "status=" in line and "to=<" in line:
        return True
    if ", stat=" in line:
        return sendmail.is_attempt(line)
    marks = (line.find(mark, 0, _FARTHEST_MARK) for mark in (*_EXIM_TAKEN, " ** ", " == "))
    return any(at > 0 and _is_exim_id(line[:at].rpartition(" ")[2]) for at in marks) or (
        "delivery " in line and qmail.is_line(line)
    )


def _postfix(line: str, head: int, start: int, kind: Kind) -> Notice:
    text = line[start:].rstrip()
    text = text[:-1] if text.endswith(")") else text
    relay = between(line, "relay=", "[", head)
    text = text.removeprefix("delivery temporarily suspended: ")
    if text.startswith("host "):
        for words in (" said: ", " refused to talk to me: "):
            said = text.find(words)
            if said > 0:
                relay = text[5:said].partition("[")[0] or relay
                text = text[said + len(words) :]
                break
    tail = text.rfind(_TAIL)
    return Notice(
        kind=kind,
        source="postfix",
        text=text[:tail] if tail > 0 else text,
        host=relay,
        recipient=between(line, "to=<", ">", head),
        at=stamp(line),
        message=between(line, "]: ", ":", head),
    )


_EXIM_LINE = re.compile(r"\\n(?=[45]\d\d[ \-])")


def _exim(line: str, mark: int, start: int, kind: Kind) -> Notice:
    rest = line[start:].rstrip()
    host, text = between(rest, " H=", " ", len(rest)), rest
    error = rest.find(_EXIM_ERROR)
    if error >= 0:
        said_by, text = _exim_reply(rest, error)
        host = said_by or host
    return Notice(
        kind=kind,
        source="exim",
        text=text,
        host=host,
        recipient=rest.partition(" ")[0].rstrip(":"),
        at=_exim_stamp(line),
        message=line[:mark].split(" ")[-1],
    )


def _exim_reply(text: str, error: int) -> tuple[str, str]:
    """The host that is named behind the words of the error, and what it said."""
    colon = text.find(": ", error)
    # `after RCPT TO:<reader@…>: 550 …`: the reply follows the first colon before a space; of one that has several
    # lines Exim writes each line's end as a backslash and an n.
    reply = _EXIM_LINE.sub("\n", text[colon + 2 :] if colon >= 0 else text[error:])
    if not reply.startswith("host "):
        return "", reply
    host, _, said = reply[5:].partition("]: ")
    return (host.partition(" ")[0], said) if said else ("", reply)


def _exim_error(line: str) -> Notice | None:
    """What Exim writes before it defers a message; alone it is all that there is to see."""
    error = line.find(_EXIM_ERROR)
    message = next((word for word in line[: max(error, 0)].split() if _is_exim_id(word)), "")
    if not message:
        return None
    host, text = _exim_reply(line.rstrip(), error)
    host = host or between(line, " H=", " ", error)
    return Notice(kind=Kind.DELAYED, source="exim", text=text, host=host, at=_exim_stamp(line), message=message)


def _exim_stamp(line: str) -> datetime | None:
    """Exim's own date, also behind that of syslog."""
    found = after_head(line)
    return stamp(line) or (stamp(found[1]) if found else None)
