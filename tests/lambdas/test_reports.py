"""Reports on their way from a stored mail to rows, summaries and days, with faults at every border."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from lambdas import report_days, reports
from local.cloud import LocalCloud
from local.report_mails import aggregate_mail, aggregate_xml, failure_mail, tls_mail
from staygreen.adapters.aws.mail_bucket import MailBucket
from staygreen.adapters.reports.keeper import Keeper
from staygreen.adapters.reports.report_table import ReportTable
from staygreen.adapters.reports.rows_bucket import RowsBucket
from staygreen.core.naming import ResourceNames
from staygreen.core.reports.estate import Estate

DAY = date(2026, 11, 23)
ESTATE = Estate(domains=frozenset({"example.com"}))


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud(enforce=False) as made:
        yield made


class Deployed:
    """The function with a bucket of mails, a bucket of rows and a table of its own."""

    def __init__(self, cloud, name, monkeypatch):
        self.s3, self.dynamodb = cloud.client("s3"), cloud.client("dynamodb")
        self.mails, self.rows, self.name = f"mails-{name}", f"rows-{name}", f"reports-{name}"
        self.measured = Counter()
        for bucket in (self.mails, self.rows):
            self.s3.create_bucket(Bucket=bucket)
        self.dynamodb.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        self.table = ReportTable(client=self.dynamodb, table=self.name)
        here = SimpleNamespace(
            names=ResourceNames(sender="example", environment="production"),
            mails=MailBucket(client=self.s3, bucket=self.mails, region="us-east-1"),
            keeper=Keeper(RowsBucket(client=self.s3, bucket=self.rows), self.table, ESTATE),
            is_trusted=False,
        )
        self.here = here
        monkeypatch.setattr(reports, "_surroundings", lambda: here)
        monkeypatch.setattr(reports, "_measure", lambda _here, counts: self.measured.update(counts))
        monkeypatch.setattr(reports, "client", lambda service: self.s3)

    def receive(self, *mails, dmarc="PASS", sender="reporter.example"):
        """Have the function read mails; gives the ids of those that come again."""
        records = [self.record(f"m{number}", mail, dmarc, sender) for number, mail in enumerate(mails)]
        failed = reports.handler({"Records": records}, None)["batchItemFailures"]
        return [each["itemIdentifier"] for each in failed]

    def record(self, name, mail, dmarc="PASS", sender="reporter.example"):
        key = f"dmarc/{name}"
        self.s3.put_object(Bucket=self.mails, Key=key, Body=mail.encode())
        told = {
            "notificationType": "Received",
            "mail": {
                "messageId": name,
                "timestamp": "2026-11-24T12:00:00.000Z",
                "source": f"noreply@{sender}",
                "commonHeaders": {"from": [f"noreply@{sender}"], "subject": "Report Domain: example.com"},
            },
            "receipt": {
                "recipients": ["dmarc@reports.example.com"],
                "dmarcVerdict": {"status": dmarc},
                "action": {"bucketName": self.mails, "objectKey": key},
            },
        }
        return {"messageId": name, "body": json.dumps({"Message": json.dumps(told)})}

    def objects(self, bucket=""):
        return sorted(each["Key"] for each in self.s3.list_objects_v2(Bucket=bucket or self.rows).get("Contents", []))

    def lines(self, key):
        body = self.s3.get_object(Bucket=self.rows, Key=key)["Body"].read()
        return [json.loads(line) for line in gzip.decompress(body).splitlines()]

    def reports(self):
        return list(self.table.reports("example.com", DAY))

    def make_days(self, monkeypatch):
        monkeypatch.setenv("STAYGREEN_REPORTS_TABLE", self.name)
        monkeypatch.setenv("STAYGREEN_SETTINGS_PARAMETER", "/x")
        settings = {"estate": {"domains": ["example.com"]}, "trusted": False}
        monkeypatch.setattr(report_days, "document", lambda _client, _name: settings)
        monkeypatch.setattr(report_days, "client", lambda service: self.dynamodb)
        monkeypatch.setattr(report_days, "_record", lambda table, estate: False)
        return report_days.handler({}, None)


@pytest.fixture
def deployed(cloud, request, monkeypatch):
    return Deployed(cloud, f"{abs(hash(request.node.name))}", monkeypatch)


def fail_once(monkeypatch, client, operation, code):
    """Let one call of an operation be refused, as AWS would; the others are made."""
    real, refused = client._make_api_call, []

    def call(name, arguments):
        if name == operation and not refused:
            refused.append(name)
            raise ClientError({"Error": {"Code": code, "Message": "as injected"}}, name)
        return real(name, arguments)

    monkeypatch.setattr(client, "_make_api_call", call)
    return refused


def test_a_report_becomes_rows_under_its_day_and_domain_and_a_summary(deployed):
    assert deployed.receive(aggregate_mail(rows=[("192.0.2.1", 7), ("192.0.2.2", 3)])) == []
    (key,) = deployed.objects()
    (summary,) = deployed.reports()
    assert key == f"rows/day=2026-11-23/example.com/{summary.identity}.jsonl.gz"
    assert [(row["source_ip"], row["count"], row["proven"]) for row in deployed.lines(key)] == [
        ("192.0.2.1", 7, True),
        ("192.0.2.2", 3, True),
    ]
    assert (summary.messages, summary.is_proven, summary.submitter) == (10, True, "reporter.example")
    assert not set(deployed.measured) & {
        each for names in reports._MEASURED.values() for each in names
    }  # nothing that costs a metric happened


def test_a_report_that_comes_again_takes_its_own_place(deployed):
    mail = aggregate_mail()
    deployed.receive(mail)
    before = deployed.objects(), deployed.reports()
    deployed.receive(mail)
    assert (deployed.objects(), deployed.reports()) == before
    assert deployed.measured["ReportsDiffered"] == 0


@pytest.mark.parametrize("order", [(3, 9), (9, 3)])
def test_of_two_reports_with_one_identity_the_larger_is_kept_and_that_they_differ_is_counted(deployed, order):
    for count in order:
        deployed.receive(aggregate_mail(rows=[("192.0.2.1", count)]))
    (key,) = deployed.objects()
    assert [row["count"] for row in deployed.lines(key)] == [9]
    assert [each.messages for each in deployed.reports()] == [9]
    assert deployed.measured["ReportsDiffered"] == 1


def test_a_whole_report_is_kept_before_a_larger_part_of_one(deployed):
    whole, cut = aggregate_xml(rows=[("192.0.2.1", 3)]), aggregate_xml(rows=[("192.0.2.1", 9)])
    deployed.receive(aggregate_mail(xml=whole))
    deployed.receive(aggregate_mail(xml=cut.partition("</feedback>")[0]))
    assert [each.messages for each in deployed.reports()] == [3]


@pytest.mark.parametrize(
    ("dmarc", "sender"), [("FAIL", "reporter.example"), ("GRAY", "reporter.example"), ("PASS", "stranger.example")]
)
def test_what_nobody_proves_is_stored_apart_and_takes_no_place_of_what_is_proven(deployed, dmarc, sender):
    proven = aggregate_mail(rows=[("192.0.2.1", 5)])
    deployed.receive(proven)
    deployed.receive(aggregate_mail(rows=[("192.0.2.9", 5_000)]), dmarc=dmarc, sender=sender)
    assert [key.split("/")[0] for key in deployed.objects()] == ["rows", "unproven"]
    assert [(each.is_proven, each.messages) for each in deployed.reports()] == [(True, 5), (False, 5_000)]
    assert deployed.measured["ReportsUnproven"] == 1


def test_a_mail_within_a_mail_lends_its_sender_to_nobody(deployed):
    forged = aggregate_mail(rows=[("192.0.2.9", 5_000)])
    outer = f"From: x@evil.example\nMIME-Version: 1.0\nContent-Type: message/rfc822\n\n{forged}"
    deployed.receive(outer, sender="evil.example")
    assert [each.is_proven for each in deployed.reports()] == [False]


def test_rows_about_domains_of_others_are_dropped_and_counted(deployed):
    deployed.receive(
        aggregate_mail(xml=aggregate_xml(rows=[("192.0.2.1", 2)], header_from="theirs.example")),
        aggregate_mail(xml=aggregate_xml(rows=[("192.0.2.1", 2)], domain="theirs.example")),
    )
    assert deployed.reports() == []
    assert deployed.measured["ReportsDropped"] == 2
    assert deployed.measured["RowsDropped"] == 2


def test_tls_and_failure_reports_are_kept_without_a_word_of_a_message(deployed):
    deployed.receive(tls_mail(), failure_mail())
    (tls,) = deployed.table.tls_reports("example.com", DAY)
    assert (tls.is_proven, tls.policies[0].failed) == (True, 3)
    (failure,) = deployed.table.failures("example.com", datetime(2026, 11, 1, tzinfo=UTC))
    assert str(failure.source_ip) == "192.0.2.7"
    stored = str(deployed.dynamodb.scan(TableName=deployed.name)["Items"])
    assert "secret offer" not in stored
    assert "victim" not in stored + repr(failure)


def test_what_is_no_report_is_set_aside_with_its_reason_and_one_that_is_lost_is_remembered(deployed):
    lost = aggregate_mail(xml="<feedback><report_metadata>")
    assert deployed.receive("From: a@b.example\nSubject: hello\n\nhow are you\n", lost) == []
    aside = [key for key in deployed.objects(deployed.mails) if key.startswith("unreadable/")]
    assert aside == ["unreadable/no_report/m0", "unreadable/unreadable_report/m1"]
    (told,) = deployed.table.unreadable(datetime(2026, 11, 1, tzinfo=UTC))
    assert (told.submitter, deployed.measured["MailsUnreadable"]) == ("reporter.example", 2)


def test_a_notification_that_cannot_be_read_is_kept_and_done_with(deployed):
    records = [{"messageId": "q", "body": "not json"}, deployed.record("m", aggregate_mail())]
    assert reports.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert "unreadable/no_notification/q" in deployed.objects(deployed.mails)
    assert len(deployed.reports()) == 1


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "GetObject", "SlowDown"),
        ("s3", "PutObject", "SlowDown"),
        ("dynamodb", "PutItem", "ProvisionedThroughputExceededException"),
    ],
)
def test_what_aws_refuses_comes_again_alone_and_ends_the_same(deployed, monkeypatch, service, operation, code):
    records = [
        deployed.record(f"m{number}", aggregate_mail(identifier=f"r{number}", rows=[("192.0.2.1", number + 1)]))
        for number in range(3)
    ]
    refused = fail_once(monkeypatch, getattr(deployed, service), operation, code)
    assert reports.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert refused
    assert len(deployed.reports()) == 2
    assert reports.handler({"Records": records[:1]}, None) == {"batchItemFailures": []}
    assert sorted(each.messages for each in deployed.reports()) == [1, 2, 3]
    assert len(deployed.objects()) == 3


def test_a_fault_of_ours_is_no_message_that_cannot_be_read(deployed, monkeypatch):
    def broken(*_):
        raise KeyError("ours")

    monkeypatch.setattr(Keeper, "keep", broken)
    event = {
        "id": "e",
        "time": "2026-11-24T12:00:00Z",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": deployed.mails}, "object": {"key": "x"}},
    }
    records = [{"messageId": "file", "body": json.dumps(event)}, deployed.record("mail", aggregate_mail())]
    failed = reports.handler({"Records": records}, None)["batchItemFailures"]
    assert [each["itemIdentifier"] for each in failed] == ["file", "mail"]
    assert deployed.measured["MailsUnreadable"] == 0


def test_a_mark_that_is_lost_is_made_when_the_report_comes_again(deployed, monkeypatch):
    record = deployed.record("m", aggregate_mail())
    real, calls = deployed.dynamodb._make_api_call, []

    def call(name, arguments):
        calls.append(name)
        if calls.count("PutItem") == 2 and name == "PutItem":  # the summary is stored, the mark is not
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, name)
        return real(name, arguments)

    monkeypatch.setattr(deployed.dynamodb, "_make_api_call", call)
    assert reports.handler({"Records": [record]}, None)["batchItemFailures"]
    assert list(deployed.table.changed()) == []
    assert reports.handler({"Records": [record]}, None) == {"batchItemFailures": []}
    assert [each.day for each in deployed.table.changed()] == [DAY]


def test_who_comes_second_with_a_smaller_report_changes_nothing_in_the_table(deployed):
    deployed.receive(aggregate_mail(rows=[("192.0.2.1", 9)]))
    # its rows came first, and whoever wrote the larger summary was quicker with it
    deployed.s3.delete_object(Bucket=deployed.rows, Key=deployed.objects()[0])
    deployed.receive(aggregate_mail(rows=[("192.0.2.1", 3)]))
    assert [each.messages for each in deployed.reports()] == [9]


def test_days_are_made_of_their_reports_and_made_anew_when_another_comes(deployed, monkeypatch):
    deployed.receive(aggregate_mail(identifier="a", rows=[("192.0.2.1", 5)]), tls_mail())
    assert deployed.make_days(monkeypatch)["made"] == 2
    assert [(each.day, each.messages) for each in deployed.table.days("example.com", DAY)] == [(DAY, 5)]
    assert [len(each.reports) for each in deployed.table.tls_days("example.com", DAY)] == [1]
    assert deployed.make_days(monkeypatch)["made"] == 0
    deployed.receive(aggregate_mail(identifier="b", rows=[("192.0.2.1", 2)]))
    assert deployed.make_days(monkeypatch)["made"] == 1
    (day,) = deployed.table.days("example.com", DAY)
    assert (day.messages, day.parts[0].reports) == (7, 2)


def test_a_report_that_comes_while_its_day_is_made_is_not_forgotten(deployed, monkeypatch):
    deployed.receive(aggregate_mail(identifier="a"))
    (seen,) = deployed.table.changed()
    deployed.receive(aggregate_mail(identifier="b"))
    deployed.table.settle(seen)
    assert len(list(deployed.table.changed())) == 1


def test_a_file_of_others_counts_as_proven_only_where_the_configuration_trusts_its_bucket(deployed):
    def arrive(key, identifier):
        deployed.s3.put_object(Bucket=deployed.mails, Key=key, Body=aggregate_xml(identifier=identifier).encode())
        event = {
            "id": identifier,
            "time": "2026-11-24T12:00:00Z",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": deployed.mails}, "object": {"key": key}},
        }
        return reports.handler({"Records": [{"messageId": "e", "body": json.dumps(event)}]}, None)

    assert arrive("theirs/a b.xml", "a") == {"batchItemFailures": []}
    deployed.here.is_trusted = True
    arrive("theirs/b.xml", "b")
    assert [each.is_proven for each in deployed.reports()] == [True, False]


def test_a_mail_as_large_as_ses_takes_is_read_whole(deployed):
    rows = [(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", 1) for n in range(500)]
    padding = "<!-- " + "x" * 7_000_000 + " -->"
    mail = aggregate_mail(rows=rows, plain=padding)
    assert len(mail) > 8 * 1024 * 1024  # more than is read of a complaint
    assert deployed.receive(mail) == []
    (summary,) = deployed.reports()
    assert (summary.rows, summary.messages, len(summary.cells)) == (500, 500, 200)
    (key,) = deployed.objects()
    assert len(deployed.lines(key)) == 500


def test_what_was_kept_expires(deployed):
    deployed.receive(aggregate_mail())
    items = deployed.dynamodb.scan(TableName=deployed.name)["Items"]
    (expires,) = (int(each["expires_at"]["N"]) for each in items if each["pk"]["S"].startswith("dmarc#"))
    assert timedelta(days=399) < datetime.fromtimestamp(expires, UTC) - datetime(2026, 11, 24, tzinfo=UTC)
