"""Each reader of what others wrote: how an input is made by chance, and how it is read.

`read` gives the kind of answer, which is counted, and raises where a law is broken. The law of all of them: every input
has an answer, and every text in it can be stored and sent.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from staygreen.core import foreign_json
from staygreen.core.alerts import slack_press
from staygreen.core.config.parser import parse
from staygreen.core.errors import ActionRefused, ConfigError
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.received import filed_message
from staygreen.core.replies import arf, complaints, counters, dsn, explain, input_format, mime
from staygreen.core.replies.decode import Cause, Decoded, decode
from staygreen.core.replies.delivery_event import Kind, Notice
from staygreen.core.replies.queue_message import arrivals
from staygreen.core.snds.rest_answer import read_answer
from staygreen.core.snds.rows import BadRow
from staygreen.core.snds.token import Secret, Token, read_grant, read_redirect
from tests.adapters.dns import test_hostile_messages as messages
from tests.fuzz import headers, reports
from tests.fuzz.damage import ODD, damaged, damaged_json, damaged_lines
from tests.unit.replies import test_complaints, test_event_containers, test_mail_logs, test_queue_message
from tests.unit.replies.test_input_format import dsn as notification
from tests.unit.snds import test_report as snds

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Make = Callable[[random.Random], bytes]


@dataclass(frozen=True)
class Reader:
    """One of them."""

    make: Make
    read: Callable[[bytes], str]


def texts(value: Any) -> Iterable[str]:
    """Every text in a value."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from texts(getattr(value, each.name))
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from texts(key)
            yield from texts(held)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from texts(each)


def storable(value: Any) -> None:
    """Raises where a text cannot be written as UTF-8."""
    for text in texts(value):
        text.encode()


# --- replies ----------------------------------------------------------------------------------------------------------

SUBJECT = Subject(SubjectKind.IP, "192.0.2.10")
REPLIES = tuple(
    text.encode()
    for text in (
        test_queue_message.S3150,
        test_mail_logs.BLOCK,
        "421 4.7.0 [TSS04] Messages from 192.0.2.10 temporarily deferred due to user complaints - 4.16.55.1",
        "550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n550 5.7.26 DKIM = did not pass",
        "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using zen.spamhaus.org",
        "452 4.2.2 The email account that you tried to reach is over quota",
        "550 5.1.1 <nobody@customer.example>: Recipient address rejected: User unknown in virtual mailbox table",
        "<nobody@customer.example>: host mx.customer.example[203.0.113.7] said:\n    550 5.7.515 Access denied",
    )
)


def _decoded(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    found = decode(text, "mx.outlook.com" if len(data) % 3 else "")
    storable(found)
    assert Decoded.from_json(json.loads(json.dumps(found.as_json()))) == found
    assert found.permanent is not True or found.cause is not Cause.UNKNOWN or found.text
    return found.cause.value


def _items(found: Iterable[Any]) -> str:
    """Kinds of items; each can be told, counted and charged, as the functions do it."""
    kinds: set[str] = set()
    for item in found:
        storable(item)
        if isinstance(item, Notice):
            kinds.add(item.kind.value)
            explain.explained(item.decoded())
            if item.kind in (Kind.REFUSED, Kind.DELAYED):
                one = counters.sighting(item, SUBJECT, lambda address: str(len(address.encode())), at=NOW, message="m")
                assert one.at <= NOW
                assert len(one.combination.text.encode()) < 900, "a part of a key"
                storable(one)
            complaints.charged(item, identifier="m", at=NOW, is_proven=True)
        else:
            kinds.add(item.reason)
    return "+".join(sorted(kinds)) or "nothing" if len(kinds) < 3 else "several"


def _replies(data: bytes) -> str:
    return _items(input_format.replies(data.decode("utf-8", "replace")))


MAILS = (
    test_complaints.report(),
    test_complaints.report("not-spam", ""),
    notification("Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; a@outlook.test\r\nAction: failed\r\n"
                 f"Status: 5.7.1\r\nDiagnostic-Code: smtp; {test_queue_message.S3150}"),
    notification("", text=test_mail_logs.BLOCK),
    notification("", text=json.dumps(test_queue_message.BOUNCE)),
    notification("Reporting-MTA: dns; mx.example", text="=55\r\n50 5.7.1", kind="text/html; charset=utf-7"),
    b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n"
    b"Content-Type: message/rfc822\n\n" + test_complaints.report() + b"\n--bb--\n",
    b"From a\n" + test_complaints.report() + b"\n\nFrom b\n" + notification(""),
)  # fmt: skip
OF_MAILS = (
    *ODD,
    b"charset=utf-7",
    b"charset=unicode_escape",
    b"charset=punycode",
    b"charset=utf-16",
    b"+2AA-",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    b"--b\r\n",
    b"--b--",
    b"Feedback-Type: abuse\r\n",
    b"Source-IP: ",
    b"Final-Recipient: rfc822; ",
    b"Diagnostic-Code: smtp; ",
    b"Date: ",
    b"&#xD800;",
)


def _mail(data: bytes) -> str:
    return _items(input_format.mailbox(data))


def _arf(data: bytes) -> str:
    found = arf.complaint(data)
    return _items([found]) if found else "none"


def _dsn(data: bytes) -> str:
    for inner in dsn.forwarded(data):
        assert len(inner) <= len(data) + 4
    return _items(dsn.notices(data))


def _mime(data: bytes) -> str:
    leaves = list(mime.parts(data))
    assert len(leaves) <= mime.MOST_PARTS
    for each in leaves:
        storable((each.content(), each.kind, dict(each.headers), each.name()))
    for each in filed_message.attached(data, NOW):
        storable(each)
    return f"{min(len(leaves), 4)} parts"


LOGS = tuple(
    each.encode()
    for each in (
        test_queue_message.POSTFIX,
        test_queue_message.EXIM,
        test_queue_message.SYSLOG,
        test_mail_logs.POSTFIX_SENT,
        test_mail_logs.EXIM_BOUNCED,
        test_mail_logs.SENDMAIL_BOUNCED,
        test_event_containers.LINE,
        "type,timeLogged,orig,rcpt,dsnAction,dsnStatus,dsnDiag\nb,2026-11-24 12:00:00,a@b.example,c@outlook.test,"
        f"failed,5.7.1,smtp;{test_mail_logs.BLOCK}",
        "2026-11-24 12:00:00.1 delivery 7: deferral: 192.0.2.1_failed_after_I_sent_the_message./421_4.7.0_no/",
    )
)


def _log(data: bytes) -> str:
    return _items(input_format.log(data.decode("utf-8", "replace").splitlines()))


EVENTS = tuple(
    json.dumps(each).encode()
    for each in (
        test_queue_message.ENVELOPE,
        test_queue_message.BOUNCE,
        test_queue_message.log(test_queue_message.POSTFIX, test_queue_message.EXIM),
        test_event_containers.INSIGHTS,
        {"Records": [{"Sns": {"Message": json.dumps(test_queue_message.BOUNCE)}}]},
        {"Message": json.dumps(test_complaints.notification())},
        test_complaints.notification(),
        {
            "eventType": "Complaint",
            "mail": {"sourceArn": "arn:aws:ses:eu-central-1:1:identity/shop.example", "timestamp": "2026-11-24T11:00Z"},
            "complaint": {"complainedRecipients": [{"emailAddress": "a@b.example"}], "timestamp": "2026-11-24T11:00Z"},
        },
    )
)
OF_JSON = (
    *ODD,
    b"null",
    b"true",
    b"{}",
    b"[]",
    b'"\\ud83d"',
    b'"\\udc00":',
    b'":{"',
    b'","',
    b"\\u0000",
    b"e999999999",
)


def _queue(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    found = list(arrivals(text, id="q", at=NOW))
    for each in found:
        each.id.encode(), each.pool.encode()
    return _items(each.item for each in found)


def _events(data: bytes) -> str:
    return _items(input_format.events(data))


def _json(data: bytes) -> str:
    """JSON that others send to a function: what a mailbox received, Slack, Microsoft's tokens."""
    text = data.decode("utf-8", "replace")
    try:
        document: Any = foreign_json.loads(text)
    except (ValueError, RecursionError):
        document = {}
    kind = "none"
    try:
        received = complaints.receipt(document, NOW)
        storable(received)
        (received.at + complaints.KEPT).timestamp()
        kind = "receipt"
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # kept with its reason, as the function of the mailbox does
    found = read_grant(200 if len(data) % 2 else 400, data, NOW)
    kind += f"+{type(found).__name__}"
    with suppress(ValueError):
        Token.loads(text)
    try:
        storable(slack_press.press(urlencode({"payload": text}, errors="replace")))
        kind += "+press"
    except ActionRefused:
        pass
    return kind


JSONS = (
    *EVENTS,
    json.dumps({"access_token": "a", "refresh_token": "b", "expires_in": 3600, "id_token": "e30.e30.e30"}).encode(),
    json.dumps({"error": "invalid_grant", "error_description": "AADSTS700082: expired"}).encode(),
    json.dumps({"refresh_token": "b", "obtained_at": "2026-11-24T11:00:00+00:00", "account": "a"}).encode(),
    json.dumps(
        {
            "actions": [{"action_id": "acknowledge", "value": "blocklist:0123456789abcdef"}],
            "user": {"id": "U1", "name": "anna"},
            "response_url": "https://hooks.slack.com/x",
            "team": {"id": "T1"},
        }
    ).encode(),
)


# --- files ------------------------------------------------------------------------------------------------------------

CONFIGURATIONS = (
    *(path.read_bytes() for path in sorted(Path("config/examples").glob("*.toml"))),
    *(path.read_bytes() for path in sorted(Path("tests/unit/config/broken").glob("*.toml"))),
)
OF_TOML = (
    *ODD,
    b"[[domain]]\n",
    b"[monitor.blocklist]\n",
    b"manage = true\n",
    b"name = 1\n",
    b" = {",
    b"}",
    b"]",
    b"'''",
    b'"""',
    b"#",
    b".",
    b"\nx.y.z = 1\n",
    b"1979-05-27",
    b"0x",
    b"= inf\n",
    b"\\u0000",
    b'ips = ["192.0.2.1"]\n',
)


def _configuration(data: bytes) -> str:
    try:
        parse(data.decode("utf-8", "replace"), "x.toml")
    except ConfigError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.startswith("x.toml:"), problem
            assert int(problem.split(":")[1]) >= 1
            problem.encode()
        return "refused"
    return "read"


SNDS = tuple(
    "\r\n".join(rows).encode()
    for rows in (
        [snds.GREEN],
        [snds.YELLOW, snds.GREEN],
        [snds.HEADER, snds.GREEN, snds.YELLOW],
        [snds.BLOCKED, snds.JUNKED],
        ["<!DOCTYPE html><html>"],
    )
)


def _snds(data: bytes) -> str:
    found = list(snds.parse(data.splitlines(keepends=True), now=NOW))
    for row in found:
        storable(row)
        if not isinstance(row, BadRow) and hasattr(row, "activity_end"):
            assert row.activity_end <= NOW + timedelta(days=2), "of the future"
    answer = read_answer(200, data, now=NOW, zone=UTC)
    storable(answer)
    return answer.reason.value if answer.reason else "rows"


# --- DNS --------------------------------------------------------------------------------------------------------------


def _dns_message(chance: random.Random) -> bytes:
    """An answer whose sections do not fit each other, then with counts, bytes and its end changed."""
    rows = [[chance.choice(messages.ROWS) for _ in range(chance.choice((0, 0, 1, 1, 2, 3)))] for _ in range(3)]
    rcode = chance.choice(("NOERROR", "NXDOMAIN", "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "NOTIMP"))
    whole = messages.message(rcode, *rows, flags=chance.choice((0, 0, 0x400, 0x80, 0x200)))
    if chance.random() < 0.3:
        whole = messages.with_count(whole, chance.randrange(4), chance.choice((0, 1, 2, 3, 256)))
    if chance.random() < 0.1:
        whole = messages.with_opcode(whole, chance.randrange(16))
    if chance.random() < 0.4:
        changed = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 5))):
            changed[chance.randrange(2, len(changed))] = chance.randrange(256)
        whole = bytes(changed)
    if chance.random() < 0.2:
        whole = whole[: chance.randrange(len(whole))]
    if chance.random() < 0.2:
        whole += chance.choice((b"\0", chance.randbytes(12), messages.message(answer=[messages.LISTING])[12:]))
    return whole


def _dns(data: bytes) -> str:
    found = messages.lawful(data)
    return found.value if found else "no answer"


def _received(data: bytes) -> str:
    headers.one_input(data)
    return "read"


def _reports(data: bytes) -> str:
    return reports.kind(reports.check(data, 1 + sum(data[:64]) % 997))


REDIRECTS = (
    b"http://localhost/?code=abc&state=state",
    b"http://localhost/?error=access_denied&error_description=no",
    b"code=abc&state=state",
    b"http://[::1]/?code=%ff&state=%ed%a0%80",
)


def _redirect(data: bytes) -> str:
    found = read_redirect(data.decode("utf-8", "replace"), Secret("state"))
    storable(found.fault)
    return found.fault[:20] or "code"


def _damage(pool: Sequence[bytes], words: Sequence[bytes] = ODD, by: Callable[..., bytes] = damaged) -> Make:
    return partial(by, pool=pool, words=words)


READERS: dict[str, Reader] = {
    "decoder": Reader(_damage(REPLIES), _decoded),
    "replies": Reader(
        _damage(REPLIES), lambda data: _items(input_format.replies(data.decode("utf-8", "replace"))) or "none"
    ),
    "mail": Reader(_damage(MAILS, OF_MAILS), _mail),
    "arf": Reader(_damage(MAILS, OF_MAILS), _arf),
    "dsn": Reader(_damage(MAILS, OF_MAILS), _dsn),
    "mime": Reader(_damage(MAILS, OF_MAILS), _mime),
    "log": Reader(_damage(LOGS, ODD, damaged_lines), _log),
    "events": Reader(_damage(EVENTS, OF_JSON, damaged_json), _events),
    "queue": Reader(_damage(EVENTS, OF_JSON, damaged_json), _queue),
    "json": Reader(_damage(JSONS, OF_JSON, damaged_json), _json),
    "reports": Reader(reports.one_input, _reports),
    "received": Reader(lambda chance: headers.mutated(chance, headers.seeds()), _received),
    "configuration": Reader(_damage(CONFIGURATIONS, OF_TOML, damaged_lines), _configuration),
    "redirect": Reader(_damage(REDIRECTS), _redirect),
    "snds": Reader(_damage(SNDS, ODD, damaged_lines), _snds),
    "dns": Reader(_dns_message, _dns),
}
