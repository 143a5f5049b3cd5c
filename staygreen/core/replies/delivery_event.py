"""One reply with its circumstances, whatever it arrived in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from itertools import pairwise

from staygreen.core.account_share import AccountShare
from staygreen.core.replies.decode import Cause, Certainty, Decoded, Route, Scope, System, decode

FIRST_YEAR = 2011
"""Amazon SES began in January 2011: what is earlier is no time of an event."""


def in_utc(at: datetime) -> datetime | None:
    """A time with a zone in UTC; None for those of the years 1 and 9999 that have none there."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None


class Kind(Enum):
    """What happened to the mail."""

    REFUSED = "refused"
    DELAYED = "delayed"
    COMPLAINT = "complaint"
    FEEDBACK = "feedback"
    """A report that speaks against nobody: a message was no spam after all, or somebody used our name."""
    REJECTED = "rejected"
    """By SES itself, before it was sent."""
    RENDERING_FAILED = "rendering_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One reply about one recipient, or one complaint."""

    kind: Kind
    source: str
    """What it was read from: `reply`, `dsn`, `ses`, `postfix`, `exim`, `arf`, `jmrp`."""
    text: str
    host: str = ""
    """The server that spoke, when it is named."""
    recipient: str = ""
    at: datetime | None = None
    ip: str | None = None
    """The address that the mail left from, when the source names it beside the reply."""
    domain: str | None = None
    """The domain that sent."""
    identity: str = ""
    """The SES identity that sent, a domain or a mail address, when the source names it."""
    message: str = ""
    """What the source calls the message: SES's message id, or the mail server's queue id."""
    reporter: str = ""
    """The server that wrote the report, when it is named: it sent the message."""
    configuration_set: str = ""
    """SES's configuration set that the message was sent with."""
    region: str = ""
    """The region of SES that sent it."""

    def is_of(self, share: AccountShare) -> bool:
        """Whether a sender with this share of SES sent it. Mail of its own servers is; so is what names nobody."""
        if self.source != "ses" or not (self.identity or self.domain):
            return True
        return share.has_identity(self.identity) if self.identity else share.has_domain(self.domain or "")

    def decoded(self) -> Decoded:
        """What the reply says; a complaint or a failure inside SES is no reply of a server and is not decoded."""
        told = _TOLD.get(self.kind)
        return decode(self.text, self.host) if told is None else _not_a_reply(self, told)


_TOLD = {
    Kind.COMPLAINT: "A recipient marked a message as spam. It charges the address that sent; it suppresses nobody.",
    Kind.FEEDBACK: "A report that charges nobody: a message was no spam after all, or one with our name failed.",
    Kind.REJECTED: "Amazon SES did not send the message.",
    Kind.RENDERING_FAILED: "Amazon SES could not fill the template; nothing was sent.",
}


def _not_a_reply(notice: Notice, meaning: str) -> Decoded:
    is_microsoft = notice.kind is Kind.COMPLAINT and ("microsoft" in notice.text.lower() or notice.source == "jmrp")
    return Decoded(
        system=System.OUTLOOK_CONSUMER if is_microsoft else System.OTHER,
        cause=Cause.UNKNOWN,
        scope=Scope.MESSAGE,
        permanent=None,
        ip=notice.ip,
        domain=notice.domain,
        code=None,
        route=Route.NONE,
        certainty=Certainty.DOCUMENTED,
        text=notice.text,
        rule="",
        meaning=meaning,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something that could not be read: kept with the reason, never dropped."""

    reason: str
    """A stable word."""
    excerpt: str


Item = Notice | Unreadable


_LONGEST_COMMENT = 200
_ENDS_ADDRESS = frozenset(' \t\r\n\v\f\u00a0"(),:;<>[]\\@')
"""What stands in no local part but within quotes (RFC 5322 section 3.2.3); letters of every language do (RFC 6531)."""


def redacted(text: str) -> str:
    """The text with the local part of every mail address replaced, also where the `@` is encoded."""
    if "=40" in text or "%40" in text:
        text = _without_encoded(text)
    pieces = text.split("@")
    out = []
    for piece, following in pairwise(pieces):
        start = _start_of_local(piece)
        is_address = start < len(piece) and following[:1] not in _OPENS_NOTHING
        out.append(f"{piece[:start]}{_masked(piece[start:])}" if is_address else piece)
    return "@".join([*out, pieces[-1]])


_OPENS_NOTHING = frozenset({"", *_ENDS_ADDRESS}) - {"[", "("}
"""What no domain begins with: an address in brackets may be one, and a comment may stand in front of one."""
_ENCODED_AT = re.compile(r"(?:=|%)40(?=[A-Za-z0-9-]{1,63}\.[A-Za-z0-9])")
"""An `@` in quoted-printable or percent-encoding, in front of a domain."""
_ENDS_ENCODED = _ENDS_ADDRESS | frozenset("/?&")
_PROPERTIES = ("header.", "smtp.", "policy.")


def _without_encoded(text: str) -> str:
    """The text without the local part of every address whose `@` is encoded."""
    out: list[str] = []
    done = 0
    for found in _ENCODED_AT.finditer(text):
        start = found.start()
        while start > done and text[start - 1] not in _ENDS_ENCODED:
            start -= 1
        if start < found.start():
            out.append(f"{text[done:start]}{_masked(text[start : found.start()])}")
            done = found.start()
    return "".join([*out, text[done:]])


def _masked(local: str) -> str:
    """A local part masked; the property in front of it stays, and where nothing follows that, there is no local part.

    An authentication result and a signature write a property in front of an address or a domain (RFC 8601 section 2.3).
    """
    name, equals, rest = local.partition("=")
    if not equals or not (name == "i" or name.startswith(_PROPERTIES)):
        return "***"
    return f"{name}={'***' if rest else ''}"


def _start_of_comments(text: str) -> int:
    """Where the comments begin that a text ends with, as may stand behind a local part (RFC 5322 section 3.4.1)."""
    start, depth = len(text), 0
    for at in range(len(text) - 1, max(-1, len(text) - 1 - _LONGEST_COMMENT), -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if not depth and text[at] != "(":
            break
        if not depth:
            start = at
    return start


def _start_of_local(text: str) -> int:
    """Where the local part begins that a text ends with; its end where it ends with none."""
    if text.endswith('"'):
        begin = text.rfind('"', 0, -1)
        # a quoted local part stands on one line; a quote of a line before is another's
        if begin >= 0 and "\n" not in text[begin:]:
            return begin
        start = len(text) - 1
    else:
        start = _start_of_comments(text)
    while start and text[start - 1] not in _ENDS_ADDRESS:
        start -= 1
    # an apostrophe may quote the address, and may stand in one
    return start + 1 if text[start : start + 1] == "'" else start
