"""What the lines of all mail logs share: a stamp, a program, and fields between words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from staygreen.core.replies.delivery_event import in_utc

_DATE = re.compile(
    r"(?:<\d{1,3}>\d? ?)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S{0,16}) "
)
"""As syslog daemons and the journal begin a line (RFC 3164 section 4, RFC 5424 dates)."""
_LONGEST_NAME = 255
_CODED = re.compile(r"(?<![\w.\-])[45][0-7]\d[ \-](?:[45]\.\d{1,3}\.\d{1,3} )?")


def between(line: str, start: str, end: str, until: int) -> str:
    """What stands between two words before a place in the line; empty when one is missing."""
    at = line.find(start, 0, until)
    if at < 0:
        return ""
    at += len(start)
    stop = line.find(end, at, until)
    return line[at:stop] if stop >= 0 else ""


def stamp(line: str) -> datetime | None:
    """The time of a line that carries a whole date; a syslog date without a year is none."""
    if not line[:4].isdigit():
        return None
    first, _, rest = line.partition(" ")
    text = first if "T" in first else f"{first} {rest[:8]}"
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return in_utc(parsed) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def after_head(line: str) -> tuple[str, str] | None:
    """The program that wrote a line of syslog, and what it wrote; None for any other line."""
    date = _DATE.match(line)
    if date is None:
        return None
    host, _, rest = line[date.end() :].partition(" ")
    program, colon, text = rest.partition(": ")
    if not colon or not host or not program or " " in program or max(len(host), len(program)) > _LONGEST_NAME:
        return None
    return program.partition("[")[0], text


def from_code(text: str) -> str:
    """The text from the first reply code of a refusal or delay on; empty when there is none."""
    found = _CODED.search(text)
    return text[found.start() :].strip() if found else ""
