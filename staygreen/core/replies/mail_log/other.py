"""A refusal in a line of syslog by a mail server that has no reader of its own: Haraka, OpenSMTPD and others.

What is read is what they share: a reply code behind words of a delivery. What a server refuses of others is left out.
"""

from __future__ import annotations

import re

from staygreen.core.replies.delivery_event import Kind, Notice
from staygreen.core.replies.mail_log.line import after_head, from_code, stamp

_INBOUND = (
    "noqueue",
    "reject: ",
    "reject=",
    "ruleset=",
    "rejected rcpt",
    "rejected mail",
    "rejected after data",
    "rejected connection",
    "rejected ehlo",
    "rejected helo",
    "milter",
    "client=",
    "imap-login",
    "pop3-login",
)
"""Words of lines that tell what the server itself refuses."""
_OUTBOUND = ("outbound", "delivery", "deliver", "bounce", "recipient", "relay", "rcpt", "remote", "defer", "smtp")
_RECIPIENT = re.compile(r"<([A-Za-z0-9._%+\-=]{1,64}@[A-Za-z0-9.\-]{1,253})>")


def notice(line: str) -> Notice | None:
    """The refusal or delay that a line tells of; None for any other line."""
    found = after_head(line)
    if found is None:
        return None
    lower = found[1].lower()
    if any(word in lower for word in _INBOUND) or not any(word in lower for word in _OUTBOUND):
        return None
    text = from_code(found[1])
    if not text:
        return None
    head = found[1][: len(found[1]) - len(text)]
    recipient = _RECIPIENT.search(head, max(0, head.find(" to=<")))
    return Notice(
        kind=Kind.DELAYED if text.startswith("4") else Kind.REFUSED,
        source="syslog",
        text=text.rstrip('"'),
        recipient=recipient[1] if recipient else "",
        at=stamp(line),
    )
