"""What arrives in the queue, and what of it is kept when it cannot be read."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.replies.delivery_event import Kind, Notice, Unreadable
from staygreen.core.replies.queue_message import arrivals, telling

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
S3150 = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. on our block list (S3150)."
BOUNCE = {
    "eventType": "Bounce",
    "mail": {"messageId": "m-1", "source": "news@shop.example", "tags": {"ses:outgoing-ip": ["192.0.2.10"]}},
    "bounce": {
        "bounceType": "Transient",
        "bouncedRecipients": [
            {"emailAddress": "anna@outlook.test", "diagnosticCode": f"smtp; {S3150}"},
            {"emailAddress": "ben@outlook.test", "diagnosticCode": f"smtp; {S3150}"},
        ],
        "timestamp": "2026-11-24T11:59:00.000Z",
    },
}
ENVELOPE = {"version": "0", "id": "e-1", "detail-type": "Email Bounced", "source": "aws.ses", "detail": BOUNCE}
POSTFIX = (
    "2026-11-24T11:58:00+00:00 mail-1 postfix/smtp[77]: 4Fx1: to=<anna@outlook.test>, relay=mx.olc.protection."
    f"outlook.com[198.51.100.1]:25, status=bounced (host mx.olc.protection.outlook.com[198.51.100.1] said: {S3150} "
    "(in reply to MAIL FROM command))"
)
EXIM = (
    "2026-11-24 11:58:00 1tF0aB-000001-Xy ** ben@outlook.test R=dnslookup T=remote_smtp H=mx.olc.protection.outlook."
    f"com [198.51.100.1]: SMTP error from remote mail server after MAIL FROM: {S3150}"
)
SYSLOG = "Nov 24 11:58:00 mail-1 " + POSTFIX.partition("mail-1 ")[2]


def read(document):
    body = document if isinstance(document, str) else json.dumps(document)
    return list(arrivals(body, id="q-1", at=NOW))


def log(*lines):
    events = [{"id": f"l-{n}", "timestamp": 1_795_521_480_000, "message": line} for n, line in enumerate(lines)]
    return {"logGroup": "/mail/postfix", "logStream": "mail-1", "logEvents": events}


def test_each_recipient_of_an_event_is_an_item_of_one_message():
    first, second = read(ENVELOPE)
    assert (first.item.recipient, second.item.recipient) == ("anna@outlook.test", "ben@outlook.test")
    assert {first.item.message, second.item.message} == {"m-1"}
    assert (first.id, second.id) == ("e-1-0", "e-1-1")


def test_lines_of_postfix_and_exim_name_their_message_and_server():
    postfix, exim = read(log(POSTFIX, "noise", EXIM))
    assert (postfix.item.message, exim.item.message) == ("mail-1/4Fx1", "mail-1/1tF0aB-000001-Xy")
    assert {each.item.decoded().code for each in (postfix, exim)} == {"S3150"}
    assert (postfix.id, exim.id, postfix.pool) == ("l-0", "l-2", "/mail/postfix")


def test_a_line_without_a_year_has_the_time_of_its_log_event():
    (only,) = read(log(SYSLOG))
    assert only.item.at is None
    assert only.at == datetime(2026, 11, 24, 11, 58, tzinfo=UTC)


def test_bounce_type_is_not_trusted():
    assert [each.item.decoded().cause.value for each in read(ENVELOPE)] == ["ip_blocked"] * 2


def reasons(document):
    return [each.item.reason for each in read(document) if isinstance(each.item, Unreadable)]


def test_what_is_unknown_is_kept_with_its_reason():
    assert reasons("{") == ["not_json"]
    assert reasons("[" * 100_000) == ["not_json"]
    assert reasons({**ENVELOPE, "version": "1"}) == ["unknown_version"]
    assert reasons({**ENVELOPE, "detail": {"eventType": "Levitation"}}) == ["unknown_event_type"]
    assert reasons({**ENVELOPE, "detail": {"eventType": "Bounce"}}) == ["no_recipients"]
    assert reasons({"logEvents": [{"id": "1"}, 7]}) == ["not_a_log_event"] * 2


def test_an_event_about_a_delivered_message_is_nothing():
    assert read({**ENVELOPE, "detail": {"eventType": "Delivery"}}) == []


def test_rejects_and_failures_of_templates_are_items_too():
    (reject,) = read({**ENVELOPE, "detail": {"eventType": "Reject", "reject": {"reason": "Bad content"}}})
    assert reject.item.kind is Kind.REJECTED


def test_forwarded_are_the_lines_that_tell_and_what_is_no_line():
    events = log(POSTFIX, "noise", EXIM)["logEvents"]
    assert [each["id"] for each in telling([*events, {"id": "odd"}])] == ["l-0", "l-2", "odd"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["eventType", "bounce", "mail", "detail", "version", "id", "detail-type", "logEvents"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_nothing_that_is_json_makes_it_fail(document):
    for each in read(document):
        assert isinstance(each.item, Notice | Unreadable)
