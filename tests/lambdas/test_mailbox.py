"""The function that reads what the mailbox received, called in this process without AWS."""

import json
from types import SimpleNamespace

import pytest

from lambdas import mailbox

TRIAL = {
    "notificationType": "Received",
    "mail": {
        "timestamp": "2026-11-24T11:00:00.000Z",
        "source": "aws@amazon.com",
        "messageId": "AMAZON_SES_SETUP_NOTIFICATION",
        "destination": ["recipient@example.com"],
        "commonHeaders": {"from": ["Amazon Web Services <aws@amazon.com>"], "subject": "Amazon SES Setup Notification"},
    },
    "receipt": {
        "recipients": ["recipient@example.com"],
        "spamVerdict": {"status": "PASS"},
        "virusVerdict": {"status": "PASS"},
        "action": {"type": "S3", "bucketName": "mail", "objectKey": "people/AMAZON_SES_SETUP_NOTIFICATION"},
    },
}


def test_a_trial_of_a_receipt_rule_is_counted_and_neither_announced_nor_kept(monkeypatch):
    measured = []
    monkeypatch.setattr(mailbox, "_surroundings", SimpleNamespace)  # whatever was asked of AWS would fail
    monkeypatch.setattr(mailbox, "_measure", lambda _here, counts: measured.append(counts))
    record = {"messageId": "q1", "body": json.dumps({"Message": json.dumps(TRIAL)})}
    assert mailbox.handler({"Records": [record]}, None) == {"batchItemFailures": []}
    (counts,) = measured
    assert {name: value for name, value in counts.items() if value} == {"Notices": 1}


def test_a_notification_that_fails_comes_again_alone(monkeypatch):
    measured = []
    monkeypatch.setattr(mailbox, "_surroundings", SimpleNamespace)
    monkeypatch.setattr(mailbox, "_measure", lambda _here, counts: measured.append(counts))
    poison = TRIAL | {"mail": TRIAL["mail"] | {"messageId": "m"}}
    records = [
        {"messageId": f"q{number}", "body": json.dumps({"Message": json.dumps(part)})}
        for number, part in enumerate((TRIAL, poison, TRIAL))
    ]
    # the store is not there, so that what would be kept of the second fails with an error that is not AWS's
    assert mailbox.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "q1"}]}
    assert measured[0]["Notices"] == 2


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"])
def test_a_mail_of_a_time_that_cannot_be_is_kept_with_its_reason_and_done_with(monkeypatch, time):
    measured, kept = [], []
    bucket = SimpleNamespace(keep_notification=lambda text, name, reason: kept.append((name, reason)))
    monkeypatch.setattr(mailbox, "_surroundings", lambda: SimpleNamespace(bucket=bucket))
    monkeypatch.setattr(mailbox, "_measure", lambda _here, counts: measured.append(counts))
    poison = TRIAL | {"mail": TRIAL["mail"] | {"messageId": "m", "timestamp": time}}
    record = {"messageId": "q1", "body": json.dumps({"Message": json.dumps(poison)})}
    assert mailbox.handler({"Records": [record]}, None) == {"batchItemFailures": []}
    assert kept == [("q1", "no_notification")]
    assert measured[0]["MailsUnreadable"] == 1


def test_figures_that_cannot_be_sent_bring_no_mail_twice(monkeypatch):
    monkeypatch.setattr(mailbox, "_surroundings", SimpleNamespace)  # has no names: nothing can be measured
    record = {"messageId": "q1", "body": json.dumps({"Message": json.dumps(TRIAL)})}
    assert mailbox.handler({"Records": [record]}, None) == {"batchItemFailures": []}
