"""Everything that one received message says of how it was filed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from staygreen.core.finding import IPAddress
from staygreen.core.received import authentication, codes, fields, microsoft, one_click, results, trace
from staygreen.core.received.authentication import Authentication
from staygreen.core.received.fields import Field, Header
from staygreen.core.received.microsoft import Filed
from staygreen.core.received.results import Result, Results
from staygreen.core.received.trace import Boundary, Hop

_CLAIMS = re.compile(
    r"authentication-results|received-spf|arc-|x-forefront-antispam-report|x-microsoft-antispam(?:-mailbox-delivery|-untrusted)?$"
    r"|x-ms-exchange-organization-(?:scl|pcl)$|x-customspam$|x-yahoofilteredbulk|x-gm-(?:spam|phishy)$|x-apple-(?:action|movetofolder)$"
    r"|x-spam(?:-flag|-status)?$"
)
_OF_RESULTS = frozenset({"received-spf", "authentication-results", "x-originating-ip", "x-ymailisg", "x-apparently-to"})
_LONGEST_TRACE = 4000
_CHECKS = frozenset(
    {"authentication-results", "received-spf", "arc-authentication-results", "arc-seal", "arc-message-signature"}
)
_AAR = "arc-authentication-results"
_SENDER_IP = re.compile(r"sender ip is \[?([0-9A-Fa-f.:]{3,45})", re.IGNORECASE)
_SES = re.compile(r"(?:^|\.)smtp-out\.(?:[a-z]{2}-[a-z]{2,20}-\d\.)?amazonses\.com$")
_EXCHANGE = re.compile(r"\bwith Microsoft SMTP Server\b")
_OWN_MARKS = ("x-gm-", "x-yahoo", "x-apple-", "x-spam")
_SPAM = frozenset({"x-spam", "x-spam-flag", "x-spam-status"})
"""What SpamAssassin and Rspamd write: ``X-Spam-Flag: YES``, ``X-Spam-Status: Yes, score=…``, ``X-Spam: Yes``."""
_SCORES = frozenset({"x-spam-status", "x-spam-score", "x-spamd-result"})
"""Where SpamAssassin and Rspamd give the score and the tests that made it; their reports quote the message."""
_JUNK = re.compile(r"\bjunk\b", re.IGNORECASE)


class Receiver(Enum):
    """Whose headers they are."""

    OUTLOOK_CONSUMER = "outlook_consumer"
    EXCHANGE_ONLINE = "exchange_online"
    MICROSOFT = "microsoft"
    """Microsoft; whether the mailbox is a person's or an organization's is not said."""
    GMAIL = "gmail"
    YAHOO = "yahoo"
    APPLE = "apple"
    OTHER = "other"
    """The recipient's own mail server, by the word of whoever reads."""
    UNKNOWN = "unknown"

    @property
    def is_microsoft(self) -> bool:
        """Whether Microsoft runs it."""
        return self in (Receiver.OUTLOOK_CONSUMER, Receiver.EXCHANGE_ONLINE, Receiver.MICROSOFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a message says. Empty and None: it does not."""

    header: Header
    way: tuple[Hop, ...]
    receiver: Receiver
    has_trace: bool
    """Whether Received fields show where the receiver's own headers end."""
    authentication: Authentication
    filed: Filed
    ip: IPAddress | None
    """The address that handed the message to the receiver."""
    greeting: str
    """What the handing server called itself."""
    ptr: str
    """The name of the address, or Microsoft's word for why there is none."""
    is_tls: bool | None
    is_junk_by_mark: str
    """A field of Gmail, Yahoo, Apple or the recipient's own filter that says junk; its name, or empty."""
    own_filter: tuple[Field, ...]
    """What the filter of the recipient's own server says of its score and tests."""
    one_click: one_click.Judged
    believed: frozenset[int]
    """The places of the fields that count."""
    claims: tuple[Field, ...]
    """Fields that say how the message was filed or checked, and do not count: anybody could have written them."""
    unknown: tuple[str, ...]
    """Codes and methods that nobody has documented."""

    @property
    def is_by_ses(self) -> bool:
        """Whether Amazon SES handed it over, by the name that the receiver looked up, or else by its greeting."""
        return bool(_SES.search(self.ptr.rstrip("."))) or (("." not in self.ptr) and bool(_SES.search(self.greeting)))


def read(data: bytes, host: str = "") -> Reading:
    """Read a message, or headers as a person pasted them.

    Args:
        data: The message, or its headers alone.
        host: The name of the recipient's own mail server, lower case, where whoever reads vouches for it; else only the
            receivers of data/received/receivers.toml are known.
    """
    header = fields.read(data)
    way = trace.hops(header)
    limit = trace.boundary(header, way, host)
    trusted = frozenset(_trusted(header, limit, host))
    found = {at: results.parse(header.fields[at].value) for at in trusted if _is(header, at, "authentication-results")}
    if not found:
        # ARC-Authentication-Results says the same in front of its instance (RFC 8617 section 4.1.1)
        found = {at: _without_instance(header.fields[at].value) for at in trusted if _is(header, at, _AAR)}
    receiver = _receiver(header, limit, found, host)
    spf = [results.received_spf(header.fields[at].value) for at in sorted(trusted) if _is(header, at, "received-spf")]
    seals = [header.fields[at].value for at in sorted(trusted) if _is(header, at, "arc-seal")]
    auth = authentication.of(header, [found[at] for at in sorted(found)], spf, seals)
    ip = _ip(limit, list(found.values()), spf)
    filed, filed_at = _filed(header, way, limit, receiver, ip)
    mark, mark_at = _junk_mark(header, limit, receiver)
    own_filter = _own_filter(header, limit, receiver)
    believed = trusted | filed_at | mark_at | frozenset(own_filter)
    return Reading(
        header=header,
        way=way,
        receiver=receiver,
        has_trace=limit.has_trace,
        authentication=auth,
        filed=filed,
        ip=ip or _reported_ip(filed),
        greeting=limit.handover.sender if limit.handover else filed.report.get("H", "").lower(),
        ptr=filed.report.get("PTR", "") or (limit.handover.ptr if limit.handover else ""),
        is_tls=limit.handover.is_tls if limit.handover else None,
        is_junk_by_mark=mark,
        own_filter=tuple(header.fields[at] for at in own_filter),
        one_click=one_click.judge(header, auth.signatures),
        believed=believed,
        claims=tuple(
            field for at, field in enumerate(header.fields) if at not in believed and _CLAIMS.match(field.key)
        ),
        unknown=tuple(sorted({*filed.unknown(), *_unknown(auth)})),
    )


def _filed(
    header: Header, way: tuple[Hop, ...], limit: Boundary, receiver: Receiver, ip: IPAddress | None
) -> tuple[Filed, frozenset[int]]:
    if receiver.is_microsoft:
        return microsoft.filed(header, limit.ends, ip)
    if receiver is Receiver.OTHER and _is_exchange(header, way):
        return microsoft.by_exchange(header)
    return Filed(), frozenset()


def _without_instance(value: str) -> Results:
    return results.parse(re.sub(r"^\s{0,20}i=\d{1,3}\s{0,20};", "", value))


def _is(header: Header, at: int, key: str) -> bool:
    return header.fields[at].key == key


def _is_exchange(header: Header, way: tuple[Hop, ...]) -> bool:
    """Whether an Exchange server delivered it: its firewall takes out strangers' ``X-MS-Exchange-Organization-*``."""
    return bool(way) and bool(_EXCHANGE.search(header.fields[way[0].place].value[:_LONGEST_TRACE]))


def _trusted(header: Header, limit: Boundary, host: str) -> Iterator[int]:
    """The places of results that the receiver wrote: above the boundary, or in one run below the handover."""
    if not limit.has_trace:
        yield from _topmost(header, host)
        return
    if limit.known is None:
        return
    above = [at for at in range(limit.ends) if header.fields[at].key in _CHECKS]
    yield from above
    has_results = any(header.fields[at].key == "authentication-results" for at in above)
    if limit.known.is_below and limit.handover is not None and not has_results:
        yield from _below(header, limit)


def _below(header: Header, limit: Boundary) -> Iterator[int]:
    seen: set[str] = set()
    for at in range(limit.ends + 1, len(header.fields)):
        field = header.fields[at]
        if field.key not in _OF_RESULTS:
            return
        name = field.key
        if name == "authentication-results":
            authserv = results.parse(field.value).authserv
            if limit.known is None or not limit.known.is_named(authserv):
                return
            name = f"{name} {authserv}" if limit.known.id == "apple" else name
        if name in seen:
            return
        seen.add(name)
        if field.key in ("authentication-results", "received-spf"):
            yield at


def _topmost(header: Header, host: str) -> Iterator[int]:
    """Without a Received field: the first results alone, if they are those of a known receiver."""
    for at, field in enumerate(header.fields):
        if field.key == "authentication-results":
            if _known(results.parse(field.value), host):
                yield at
            return


def _known(found: Results, host: str) -> str:
    """The id of the receiver that results are of; Microsoft names no authserv-id."""
    if host and found.authserv and trace.vouched(host).is_named(found.authserv):
        return Receiver.OTHER.value
    if not found.authserv:
        return "microsoft" if any(each.method == "compauth" for each in found.results) or found.recipient else ""
    return next((each.id for each in trace.receivers() if each.is_named(found.authserv)), "")


def _receiver(header: Header, limit: Boundary, found: dict[int, Results], host: str) -> Receiver:
    name = limit.known.id if limit.known else ""
    if not limit.has_trace:
        name = next((_known(found[at], host) for at in sorted(found)), "") or _by_stamp(header)
    if name != "microsoft":
        return Receiver(name) if name else Receiver.UNKNOWN
    recipient = next((each.recipient for each in found.values() if each.recipient), "")
    is_consumer = microsoft.is_consumer(header, recipient)
    if is_consumer is None:
        named = any(each.authserv == "hotmail.com" for each in found.values())
        return Receiver.OUTLOOK_CONSUMER if named else Receiver.MICROSOFT
    return Receiver.OUTLOOK_CONSUMER if is_consumer else Receiver.EXCHANGE_ONLINE


def _by_stamp(header: Header) -> str:
    """Microsoft, where a paste holds its report of an inbound message and no Received field at all."""
    stamps = header.of(microsoft.REPORT, microsoft.DELIVERY, microsoft.ANTISPAM, "x-ms-exchange-organization-scl")
    is_out = any(microsoft.pairs(each.value).get("DIR", "").upper() == "OUT" for each in stamps)
    return "microsoft" if stamps and not is_out else ""


def _ip(limit: Boundary, found: list[Results], spf: list[Result]) -> IPAddress | None:
    if limit.handover is not None and limit.handover.ip is not None:
        return limit.handover.ip
    texts = [match[1] for each in found for result in each.results if (match := _SENDER_IP.search(result.comment))]
    texts += [each.properties.get("client-ip", "") for each in spf]
    return next((address for text in texts if (address := trace.address(text.strip("[]. "))) is not None), None)


def _reported_ip(filed: Filed) -> IPAddress | None:
    return trace.address(filed.report.get("CIP", ""))


def _junk_mark(header: Header, limit: Boundary, receiver: Receiver) -> tuple[str, frozenset[int]]:
    """A field above the boundary by which Gmail, Yahoo, Apple or the recipient's own filter says junk."""
    for field in header.fields[: limit.ends]:
        is_mark = (
            (receiver is Receiver.GMAIL and field.key in ("x-gm-spam", "x-gm-phishy") and field.value.strip() == "1")
            or (receiver is Receiver.YAHOO and field.key == "x-yahoofilteredbulk")
            or (receiver is Receiver.APPLE and field.key.startswith("x-apple-") and _JUNK.search(field.value))
            or (receiver is Receiver.OTHER and field.key in _SPAM and field.value.strip().lower().startswith("yes"))
        )
        if is_mark:
            places = (n for n in range(limit.ends) if header.fields[n].key.startswith(_OWN_MARKS))
            return field.name, frozenset(places)
    return "", frozenset()


def _own_filter(header: Header, limit: Boundary, receiver: Receiver) -> tuple[int, ...]:
    """The places above the boundary where the filter of the recipient's own server gives its score and tests."""
    if receiver is not Receiver.OTHER:
        return ()
    return tuple(at for at in range(limit.ends) if header.fields[at].key in _SCORES)


def _unknown(auth: Authentication) -> Iterator[str]:
    yield from (f"Authentication-Results {method}" for method in auth.unknown)
    if auth.reason and codes.meaning("reason", auth.reason) is None:
        yield f"compauth reason {auth.reason}"
    if auth.compauth and codes.meaning("compauth", auth.compauth) is None:
        yield f"compauth={auth.compauth}"
    if auth.dmarc_action and codes.meaning("action", auth.dmarc_action) is None:
        yield f"action={auth.dmarc_action}"
