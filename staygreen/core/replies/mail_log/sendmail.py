"""A delivery attempt in the log of sendmail.

Source: Sendmail Installation and Operation Guide, section 2.1.1 (the fields of a line); verified 2026-11-30.
"""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.replies.delivery_event import Kind, Notice
from staygreen.core.replies.mail_log.line import between, stamp

_STATUS = ", stat="
_DEFERRED = "Deferred: "
_TAKEN = ("Sent", "queued", "Forwarded")


def is_attempt(line: str) -> bool:
    """Whether the line tells how a delivery went."""
    return _STATUS in line and ("mailer=" in line or ", dsn=" in line)


def notices(line: str) -> Iterator[Notice]:
    """The refusal or delay of each recipient that the line names."""
    at = line.find(_STATUS)
    status = line[at + len(_STATUS) :].strip()
    code = between(f"{line[:at]},", ", dsn=", ",", at + 1)
    if code.startswith("2") or status.startswith(_TAKEN):
        return
    is_delayed = code.startswith("4") or status.startswith("Deferred")
    # `reply=` holds what the other server said, whole; older versions have it in `stat=` alone.
    reply = between(f"{line[:at]}\n", ", reply=", "\n", at + 1) or status.removeprefix(_DEFERRED)
    for recipient in between(line, " to=", ", ", at).split(","):
        yield Notice(
            kind=Kind.DELAYED if is_delayed else Kind.REFUSED,
            source="sendmail",
            text=reply if reply[:1] in ("4", "5") else f"{code} {reply}".strip(),
            host=between(line, "relay=", " [", at).rstrip("."),
            recipient=recipient.strip("<> "),
            at=stamp(line),
            message=between(line, "]: ", ":", at),
        )
