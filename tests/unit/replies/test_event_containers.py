"""Events and log lines as the AWS CLI prints them."""

import base64
import json

import pytest

from staygreen.core.replies import input_format
from staygreen.core.replies.decode import Cause
from staygreen.core.replies.delivery_event import Kind

BLOCK = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent, they are on our block list (S3140)."
BOUNCE = {
    "eventType": "Bounce",
    "mail": {"messageId": "m1", "source": "news@shop.example"},
    "bounce": {"bouncedRecipients": [{"emailAddress": "reader@outlook.test", "diagnosticCode": f"smtp; {BLOCK}"}]},
}
DELIVERY = {"eventType": "Delivery", "mail": {"messageId": "m2"}}
LINE = (
    "Nov 24 05:00:00 mail postfix/smtp[1]: 4F0A: to=<reader@outlook.test>, relay=mx.x.example[203.0.113.9]:25, "
    f"dsn=5.7.1, status=bounced (host mx.x.example[203.0.113.9] said: {BLOCK})"
)
SENT = (
    "Nov 24 05:00:00 mail postfix/smtp[1]: 4F0B: to=<a@x.example>, relay=mx.x.example[203.0.113.9]:25, status=sent (ok)"
)


def _entry(kind, details=None):
    return {"Timestamp": "2026-11-24T05:00:00+00:00", "Type": kind, "Details": details or {}}


INSIGHTS = {
    "MessageId": "m1",
    "FromEmailAddress": "news@shop.example",
    "Insights": [
        {
            "Destination": "reader@outlook.test",
            "Isp": "Hotmail",
            "Events": [
                _entry("SEND"),
                _entry("BOUNCE", {"Bounce": {"BounceType": "PERMANENT", "DiagnosticCode": f"smtp; {BLOCK}"}}),
            ],
        }
    ],
}

CONTAINERS = {
    "several printed one after another": f"{json.dumps(DELIVERY, indent=2)}\n{json.dumps(BOUNCE, indent=2)}\n",
    "sqs receive-message": json.dumps({"Messages": [{"MessageId": "q", "Body": json.dumps(BOUNCE)}]}, indent=2),
    "sqs receive-message of a topic": json.dumps(
        {"Messages": [{"MessageId": "q", "Body": json.dumps({"Type": "Notification", "Message": json.dumps(BOUNCE)})}]}
    ),
    "logs filter-log-events of a mail log": json.dumps(
        {"events": [{"timestamp": 1, "message": SENT}, {"timestamp": 1, "message": LINE}], "searchedLogStreams": []}
    ),
    "logs filter-log-events of events": json.dumps({"events": [{"timestamp": 1, "message": json.dumps(BOUNCE)}]}),
    "logs get-query-results": json.dumps(
        {"results": [[{"field": "@timestamp", "value": "2026-11-24"}, {"field": "@message", "value": LINE}]]}
    ),
    "journalctl -o json": json.dumps({"SYSLOG_IDENTIFIER": "postfix/smtp", "MESSAGE": LINE.partition(": ")[2]}),
    "sesv2 get-message-insights": json.dumps(INSIGHTS, indent=2),
}


@pytest.mark.parametrize("text", CONTAINERS.values(), ids=CONTAINERS.keys())
def test_the_refusal_inside_is_read(text):
    (found,) = input_format.events(text.encode())
    assert (found.kind, found.recipient) == (Kind.REFUSED, "reader@outlook.test")
    assert found.decoded().cause is Cause.IP_BLOCKED


@pytest.mark.parametrize("envelope", ["Message", "body", "Body", "message", "data", "value"])
def test_an_event_is_found_wherever_a_text_may_hold_it(envelope):
    held = json.dumps(BOUNCE)
    held = base64.b64encode(held.encode()).decode() if envelope == "data" else held
    (item,) = input_format.events(json.dumps({envelope: held}).encode())
    assert item.decoded().cause is Cause.IP_BLOCKED


def test_an_object_that_tells_nothing_is_told_as_no_event():
    items = list(input_format.events(b'{}\n{"a": 1}\n' + json.dumps(BOUNCE).encode()))
    assert [getattr(item, "reason", "") for item in items] == ["not_an_event", "not_an_event", ""]
