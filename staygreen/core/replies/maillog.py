"""Refusals in the logs of Postfix and Exim, line by line, without an expression on lines that hold none.

Sources: Postfix's smtp(8) log format, Exim specification chapter 53; verified 2026-11-23.
"""

from __future__ import annotations

from datetime import UTC, datetime

from staygreen.core.replies.delivery_event import Kind, Notice

_POSTFIX = (("status=deferred (", Kind.DELAYED), ("status=bounced (", Kind.REFUSED))
_EXIM = ((" ** ", Kind.REFUSED), (" == ", Kind.DELAYED))
_TAIL = " (in reply to "


def notice(line: str) -> Notice | None:
    """The refusal or delay that a line tells of; None for any other line."""
    if "status=" in line:
        for words, kind in _POSTFIX:
            at = line.find(words)
            if at > 0:
                return _postfix(line, at, at + len(words), kind)
        return None
    for words, kind in _EXIM:
        at = line.find(words)
        # The mark follows date, time and message id: anywhere else it is part of a text.
        if 16 < at < 80 and (" R=" in line or _names_recipient(line, at + len(words))):
            return _exim(line, at, at + len(words), kind)
    return None


def _names_recipient(line: str, start: int) -> bool:
    """Whether a recipient follows the mark: where no router took it, none is named."""
    return "@" in line[start : start + 320].partition(" ")[0]


def is_log_line(line: str) -> bool:
    """Whether a line is Postfix's or Exim's, telling or not."""
    if "postfix" in line and "[" in line and "]: " in line:
        return True
    return len(line) > 40 and line[4:5] == "-" and line[10:11] == " " and _stamp(line) is not None


def _between(line: str, start: str, end: str, until: int) -> str:
    at = line.find(start, 0, until)
    if at < 0:
        return ""
    at += len(start)
    stop = line.find(end, at, until)
    return line[at:stop] if stop >= 0 else ""


def _postfix(line: str, head: int, start: int, kind: Kind) -> Notice:
    text = line[start:].rstrip()
    text = text[:-1] if text.endswith(")") else text
    relay = _between(line, "relay=", "[", head)
    said = text.find(" said: ")
    if text.startswith("host ") and said > 0:
        relay = text[5:said].partition("[")[0] or relay
        text = text[said + 7 :]
    tail = text.rfind(_TAIL)
    return Notice(
        kind=kind,
        source="postfix",
        text=text[:tail] if tail > 0 else text,
        host=relay,
        recipient=_between(line, "to=<", ">", head),
        at=_stamp(line),
        message=_between(line, "]: ", ":", head),
    )


def _exim(line: str, mark: int, start: int, kind: Kind) -> Notice:
    rest = line[start:].rstrip()
    host = _between(rest, " H=", " ", len(rest))
    error = rest.find("SMTP error from remote mail server")
    text = rest
    if error >= 0:
        colon = rest.find(": ", error)
        # `after RCPT TO:<reader@…>: 550 …`: the reply follows the last colon before its code.
        text = rest[colon + 2 :] if colon >= 0 else rest[error:]
    return Notice(
        kind=kind,
        source="exim",
        text=text,
        host=host,
        recipient=rest.partition(" ")[0].rstrip(":"),
        at=_stamp(line),
        message=line[:mark].split(" ")[-1],
    )


def _stamp(line: str) -> datetime | None:
    """The time of a line that carries a whole date; a syslog date without a year is none."""
    if not line[:4].isdigit():
        return None
    first, _, rest = line.partition(" ")
    text = first if "T" in first else f"{first} {rest[:8]}"
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
