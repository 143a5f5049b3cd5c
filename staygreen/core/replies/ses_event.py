"""Events of Amazon SES: bounce, complaint, delivery delay, reject, rendering failure.

`bounceType` is not trusted: SES files reputation refusals under transient and
permanent alike. The diagnostic text is what is decoded.

Source: Amazon SES Developer Guide, "Contents of event data"; EventBridge's
events reference for SES; verified 2026-11-23.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from staygreen.core import foreign_json
from staygreen.core.replies.arf import CHARGING
from staygreen.core.replies.delivery_event import FIRST_YEAR, Item, Kind, Notice, Unreadable, in_utc
from staygreen.core.replies.mail_log import log

DEEPEST_WRAP = 5
_ENVELOPES = (
    ("Records", list),
    ("records", list),
    ("Messages", list),
    ("events", list),
    ("logEvents", list),
    ("results", list),
    ("Sns", dict),
    ("detail", dict),
    ("kinesis", dict),
)
"""Where SNS, SQS, EventBridge, Firehose, Kinesis, CloudWatch Logs and the AWS CLI put what they carry."""
_IN_TEXT = ("Message", "body", "Body", "message", "data", "value")
"""Where some of them put it as JSON within a text."""
_LOG_LINES = ("message", "MESSAGE", "value")
_TELLING = frozenset(
    {key for key, _ in _ENVELOPES}
    | {*_IN_TEXT, *_LOG_LINES, "field", "SYSLOG_IDENTIFIER", "Insights", "eventType", "notificationType"}
)
"""An object with none of these keys is nothing that is read: most objects of a wrong file are turned away so."""
ON_LIST = "OnAccountSuppressionList"
_NOT_SENT = "Not sent by Amazon SES: the recipient is on the account's suppression list for an earlier {}"
_SILENT = frozenset({"send", "delivery", "open", "click", "subscription", "received"})


def notices(value: object, depth: int = 0) -> Iterator[Item]:
    """Each reply or complaint in an event, an array of them, or what SNS, SQS and EventBridge wrap around them."""
    if isinstance(value, list):
        for each in value:
            yield from notices(each, depth + 1) if depth < DEEPEST_WRAP else [_unreadable("nested_too_deep", each)]
        return
    if not isinstance(value, dict) or _TELLING.isdisjoint(value):
        yield _unreadable("not_an_event", value)
        return
    if "field" in value and value["field"] != "@message":
        return  # a column of a query of CloudWatch Logs Insights beside the one that holds the event
    line = _log_line(value)
    if line or "SYSLOG_IDENTIFIER" in value:
        # of the journal, lines of other programs tell nothing
        found = log.notice(line)
        yield from [found] if found else []
        return
    inner = _wrapped(value)
    if inner is None:
        yield from _insights(value) if isinstance(value.get("Insights"), list) else _event(value)
    elif depth >= DEEPEST_WRAP:
        yield _unreadable("nested_too_deep", value)
    else:
        yield from notices(inner, depth + 1)


def _wrapped(value: Mapping[str, Any]) -> object | None:
    """What an envelope holds, or None when the value is no envelope."""
    for key, shape in _ENVELOPES:
        inner: object = value.get(key)
        if isinstance(inner, shape):
            return inner
    for key in _IN_TEXT:
        text = _unpacked(value.get(key)) if key == "data" else value.get(key)
        if isinstance(text, str) and text.lstrip()[:1] in ("{", "["):
            try:
                decoded: object = foreign_json.loads(text)
            except (ValueError, RecursionError):
                return None
            return decoded
    return None


def _log_line(value: Mapping[str, Any]) -> str:
    """The line of a mail log that an entry of CloudWatch Logs or of the journal holds; empty when it is none."""
    for key in _LOG_LINES:
        text = value.get(key)
        if not isinstance(text, str) or text.lstrip()[:1] in ("{", "["):
            continue
        if log.is_log_line(text) or log.is_delivery(text):
            return text
    return ""


def _unpacked(data: object) -> str:
    """What Kinesis and Firehose hand a function: a record in base64."""
    try:
        return binascii.a2b_base64(data).decode("utf-8") if isinstance(data, str) else ""
    except ValueError:
        return ""


def _insights(value: Mapping[str, Any]) -> Iterator[Item]:
    """What `aws sesv2 get-message-insights` prints: the events of one message, for each of its recipients."""
    sender = _text(value.get("FromEmailAddress"))
    for insight in value["Insights"]:
        for entry in _list(_map(insight).get("Events")):
            kind, details = _text(_map(entry).get("Type")).lower(), _map(_map(entry).get("Details"))
            recipient = {"emailAddress": _text(_map(insight).get("Destination"))}
            at = _map(entry).get("Timestamp")
            bounce, complaint = _map(details.get("Bounce")), _map(details.get("Complaint"))
            recipient["diagnosticCode"] = _text(bounce.get("DiagnosticCode"))
            yield from _event(
                {
                    "eventType": kind.replace("_", ""),
                    "mail": {"messageId": value.get("MessageId"), "source": sender, "timestamp": at},
                    "bounce": {
                        "bounceType": bounce.get("BounceType"),
                        "bounceSubType": bounce.get("BounceSubType"),
                        "bouncedRecipients": [recipient],
                        "timestamp": at,
                    },
                    "deliveryDelay": {"delayedRecipients": [recipient], "timestamp": at},
                    "complaint": {
                        "complaintFeedbackType": complaint.get("ComplaintFeedbackType"),
                        "complaintSubType": complaint.get("ComplaintSubType"),
                        "complainedRecipients": [recipient],
                        "timestamp": at,
                    },
                }
            )


def _event(event: Mapping[str, Any]) -> Iterator[Item]:
    kind = _text(event.get("eventType") or event.get("notificationType")).lower().replace(" ", "")
    if kind in _SILENT:
        return
    if kind == "bounce":
        yield from _replies(event, "bounce", "bouncedRecipients", Kind.REFUSED)
    elif kind == "deliverydelay":
        yield from _replies(event, "deliveryDelay", "delayedRecipients", Kind.DELAYED)
    elif kind == "complaint":
        yield from _complaints(event)
    elif kind == "reject":
        reason = _text(_map(event.get("reject")).get("reason"))
        yield _notice(event, kind=Kind.REJECTED, text=f"Rejected by Amazon SES: {reason or 'no reason given'}")
    elif kind == "renderingfailure":
        message = _text(_map(event.get("failure")).get("errorMessage"))
        yield _notice(event, kind=Kind.RENDERING_FAILED, text=f"Rendering failed: {message or 'no reason given'}")
    else:
        yield _unreadable("unknown_event_type" if kind else "not_an_event", event)


def _replies(event: Mapping[str, Any], key: str, members: str, kind: Kind) -> Iterator[Item]:
    body = _map(event.get(key))
    recipients = body.get(members)
    if not isinstance(recipients, list) or not recipients:
        yield _unreadable("no_recipients", event)
        return
    at = _time(body.get("timestamp"))
    if _text(body.get("bounceSubType")) == ON_LIST:
        # nobody refused: SES did not send
        yield from (_notice(event, kind=Kind.REJECTED, text=_NOT_SENT.format("bounce"), at=at) for _ in recipients)
        return
    for recipient in recipients:
        fields = _map(recipient)
        text = _text(fields.get("diagnosticCode"))
        head, semicolon, rest = text.partition(";")
        if semicolon and head.strip().lower() in ("smtp", "x-amz"):
            text = rest.strip()
        yield _notice(
            event,
            kind=kind,
            text=text or f"{_text(fields.get('status'))} {_unsaid(body)}".strip(),
            recipient=_text(fields.get("emailAddress")),
            at=at,
        )


def _unsaid(body: Mapping[str, Any]) -> str:
    """What is known when SES passes no reply on: its own word, which the rules know for delays."""
    words = [_text(body.get(key)) for key in ("bounceType", "bounceSubType", "delayType")]
    return "no reply passed on: " + "/".join(word for word in words if word)


def _complaints(event: Mapping[str, Any]) -> Iterator[Item]:
    body = _map(event.get("complaint"))
    at = _time(body.get("timestamp"))
    if _text(body.get("complaintSubType")) == ON_LIST:
        # nobody complained: SES did not send
        yield _notice(event, kind=Kind.REJECTED, text=_NOT_SENT.format("complaint"), at=at)
        return
    kind = _text(body.get("complaintFeedbackType")).lower() or "abuse"
    agent = _text(body.get("userAgent")) or "an unnamed programme"
    if kind not in CHARGING:
        yield _notice(event, kind=Kind.FEEDBACK, text=f"Feedback ({kind}) reported by {agent}", at=at)
        return
    text = f"Complaint ({kind}) reported by {agent}"
    yield _notice(event, kind=Kind.COMPLAINT, text=text, recipient=_complainer(body), at=at)


def _complainer(body: Mapping[str, Any]) -> str:
    """Who complained; empty when SES names several, of whom any may have."""
    named = body.get("complainedRecipients")
    return _text(_map(named[0]).get("emailAddress")) if isinstance(named, list) and len(named) == 1 else ""


def _notice(
    event: Mapping[str, Any], *, kind: Kind, text: str, recipient: str = "", at: datetime | None = None
) -> Notice:
    mail = _map(event.get("mail"))
    tags = _map(mail.get("tags"))
    ip = _first(tags.get("ses:outgoing-ip"))
    _, found, domain = _text(mail.get("source")).rpartition("@")
    return Notice(
        kind=kind,
        source="ses",
        text=text,
        recipient=recipient,
        at=at or _time(mail.get("timestamp")),
        ip=ip or None,
        domain=domain.strip(">").lower() if found else None,
        identity=_text(mail.get("sourceArn")).partition(":identity/")[2].lower(),
        message=_text(mail.get("messageId")),
        reporter=_reporter(event),
        configuration_set=_first(tags.get("ses:configuration-set")),
        region=_region(_text(mail.get("sourceArn"))),
    )


def _reporter(event: Mapping[str, Any]) -> str:
    """The host of SES that sent, as ``dsn; a8-70.smtp-out.amazonses.com`` names it."""
    for key in ("bounce", "deliveryDelay"):
        named = _text(_map(event.get(key)).get("reportingMTA"))
        if named:
            return named.rpartition(";")[2].strip().rstrip(".").lower()
    return ""


def _region(arn: str) -> str:
    """The region in the ARN of the identity that sent."""
    parts = arn.split(":")
    return parts[3] if len(parts) > 5 and parts[2] == "ses" else ""


def _first(value: object) -> str:
    return _text(value[0]) if isinstance(value, list) and value else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
        if parsed is None or parsed.tzinfo is None:
            return None
    except ValueError:
        return None
    at = in_utc(parsed)
    return at if at and at.year >= FIRST_YEAR else None


def _unreadable(reason: str, value: object) -> Unreadable:
    return Unreadable(reason=reason, excerpt=repr(value)[:200])
