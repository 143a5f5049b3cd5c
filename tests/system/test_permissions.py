"""Least privilege, tried for real: without any one of its statements a function fails, and with it again it works.

Roles of other principals, and AWS's own provider framework, are asserted in the templates.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any

import pytest

from local.cloud import LocalCloud
from local.dns.catalogue import zones_from
from local.mails import complaint_report
from local.report_mails import aggregate_mail
from local.slack import SlackMessage
from local.snds import Failure, SndsServer
from local.stage import JMRP, SIGNING_SECRET, Stage
from staygreen.adapters.reports.report_table import DMARC, Changed, ReportTable
from staygreen.adapters.snds.token_store import SecretToken
from staygreen.adapters.store.complaints import ComplaintBook
from staygreen.adapters.store.items import OUTBOX, unfinished_item
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.core.blocklist.catalogue import load
from staygreen.core.checks import CHECKS
from staygreen.core.deployments.stack_event import DETAIL_TYPE
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.incidents.run import Unfinished
from staygreen.core.naming import REPORT_DAYS, REPORTS
from staygreen.core.pictures.widget import Kind as Picture
from staygreen.core.replies import counters as tally
from staygreen.core.replies.complaints import Complaint
from staygreen.core.replies.counters import SHARED as SHARED_POOL
from staygreen.core.replies.delivery_event import Kind, Notice
from staygreen.core.snds.token import Secret, Token
from tests.system.deployment import deploy
from tests.system.roles import LOG, NAMES, PREFIX, Roles, listed, refusal

TABLE = f"{PREFIX}incidents"
LISTING = "psbl.surriel.com"
CHECK, SNDS, ANNOUNCE = "check-blocklist", "check-snds", "announce"
CALLBACK, DIGEST, WIDGET = "slack-callback", "digest", "widget"
REVERSE_DNS, AUTH_RECORDS = "check-reverse_dns", "check-auth_records"
SES_REPUTATION, VOLUME = "check-ses_reputation", "check-volume"
APPROVER = "U0000000A"
BEGIN, COMPLETE = "reverse-dns-begin", "reverse-dns-complete"
REFUSALS, REPLIES, MAIL_LOG = "check-refusals", "replies", "mail-log"
CASES, COMPLAINTS, MAILBOX, RULES = "check-cases", "check-complaints", "mailbox", "receipt-rules"
DEPLOYMENTS, FIGURES = "deployments", "first-figures"
DMARC_CHECK, TLS_CHECK = "check-dmarc", "check-tls_reports"
MAIL_BUCKET = NAMES.bucket("mail", "000000000000", "us-east-1")
S3150 = "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. on our block list (S3150)."

NEEDED = {
    (CHECK, "ReadElasticIps"): "DescribeAddresses",
    (CHECK, "ReadDedicatedIps"): "GetDedicatedIps",
    (CHECK, "ListIdentities"): "ListEmailIdentities",
    (CHECK, "ReadSettings"): "GetParameter",
    (CHECK, "KeepIncidents"): "GetItem",
    (CHECK, "EndRuns"): "TransactWriteItems",
    (CHECK, "ReadOutbox"): "Query",
    (CHECK, "PublishAlerts"): "Publish",
    (CHECK, "ReadSlackSecret"): "GetSecretValue",
    (SNDS, "ReadElasticIps"): "DescribeAddresses",
    (SNDS, "ReadDedicatedIps"): "GetDedicatedIps",
    (SNDS, "ReadSettings"): "GetParameter",
    (SNDS, "KeepIncidents"): "GetItem",
    (SNDS, "EndRuns"): "TransactWriteItems",
    (SNDS, "ReadOutbox"): "Query",
    (SNDS, "PublishAlerts"): "Publish",
    (SNDS, "ReadSlackSecret"): "GetSecretValue",
    (SNDS, "ReadSecrets"): "GetSecretValue",
    (SNDS, "RenewSndsLogin"): "PutSecretValue",
    (SNDS, "KeepSndsHistory"): "Query",
    (SNDS, "KeepUnreadBodies"): "PutObject",
    (SNDS, "ReadSndsMetrics"): "ListMetrics",
    (CASES, "ReadSettings"): "GetParameter",
    (CASES, "KeepIncidents"): "GetItem",
    (CASES, "ReadOutbox"): "Query",
    (CASES, "PublishAlerts"): "Publish",
    (CASES, "ReadSlackSecret"): "GetSecretValue",
    (COMPLAINTS, "ReadElasticIps"): "DescribeAddresses",
    (COMPLAINTS, "ReadDedicatedIps"): "GetDedicatedIps",
    (COMPLAINTS, "ListIdentities"): "ListEmailIdentities",
    (COMPLAINTS, "ReadSuppressionList"): "ListSuppressedDestinations",
    (COMPLAINTS, "ReadReceiptRules"): "DescribeActiveReceiptRuleSet",
    (COMPLAINTS, "ReadSettings"): "GetParameter",
    (COMPLAINTS, "KeepIncidents"): "GetItem",
    (COMPLAINTS, "ReadOutbox"): "Query",
    (COMPLAINTS, "PublishAlerts"): "Publish",
    (COMPLAINTS, "ReadSlackSecret"): "GetSecretValue",
    (MAILBOX, "ReadMail"): "GetObject",
    (MAILBOX, "SetAside"): "CopyObject",
    (MAILBOX, "KeepComplaints"): "PutItem",
    (REPORTS, "ReadMail"): "GetObject",
    (REPORTS, "SetAside"): "CopyObject",
    (REPORTS, "KeepRows"): "PutObject",
    (REPORTS, "KeepReports"): "PutItem",
    (REPORTS, "ReadSettings"): "GetParameter",
    (REPORT_DAYS, "MakeDays"): "Query",
    (REPORT_DAYS, "ReadSettings"): "GetParameter",
    (REPORT_DAYS, "ListIdentities"): "ListEmailIdentities",
    (REPORT_DAYS, "ReadSigning"): "GetIdentityDkimAttributes",
    (REPORT_DAYS, "ReadIdentities"): "GetEmailIdentity",
    (REPORT_DAYS, "ReadDedicatedIps"): "GetDedicatedIps",
    (REPORT_DAYS, "ReadElasticIps"): "DescribeAddresses",
    (RULES, "ReadRules"): "ListReceiptRuleSets",
    (RULES, "ChangeRules"): "UpdateReceiptRule",
    (RULES, "FindObjects"): "ListObjects",
    (RULES, "DeleteSetUp"): "DeleteObject",
    (REVERSE_DNS, "ReadElasticIps"): "DescribeAddresses",
    (REVERSE_DNS, "ReadReverseNames"): "DescribeAddressesAttribute",
    (REVERSE_DNS, "ReadDedicatedIps"): "GetDedicatedIps",
    (AUTH_RECORDS, "ListIdentities"): "ListEmailIdentities",
    (AUTH_RECORDS, "ReadSigning"): "GetIdentityDkimAttributes",
    (AUTH_RECORDS, "ReadIdentities"): "GetEmailIdentity",
    (AUTH_RECORDS, "ReadElasticIps"): "DescribeAddresses",
    (SES_REPUTATION, "ReadSesAccount"): "GetAccount",
    (SES_REPUTATION, "ReadConfigurationSets"): "GetConfigurationSet",
    (SES_REPUTATION, "ReadMetrics"): "GetMetricData",
    (VOLUME, "ReadSesAccount"): "GetAccount",
    (VOLUME, "ReadConfigurationSets"): "GetConfigurationSet",
    (VOLUME, "ReadMetrics"): "GetMetricData",
    (DMARC_CHECK, "ReadReports"): "Query",
    (DMARC_CHECK, "ReadReceiptRules"): "DescribeActiveReceiptRuleSet",
    (DMARC_CHECK, "ReadSesAccount"): "GetAccount",
    (DMARC_CHECK, "ReadConfigurationSets"): "GetConfigurationSet",
    (DMARC_CHECK, "ReadMetrics"): "GetMetricData",
    (TLS_CHECK, "ReadReports"): "Query",
    (ANNOUNCE, "MarkSent"): "UpdateItem",
    (ANNOUNCE, "PublishAlerts"): "Publish",
    (ANNOUNCE, "ReadOutbox"): "Query",
    (ANNOUNCE, "KeepThreads"): "GetItem",
    (ANNOUNCE, "ReadSlackSecret"): "GetSecretValue",
    (CALLBACK, "ChangeIncidents"): "PutItem",
    (CALLBACK, "ReadSlackSecrets"): "GetSecretValue",
    (DIGEST, "ReadIncidents"): "GetItem",
    (DIGEST, "Announce"): "PutItem",
    (DIGEST, "ReadColours"): "Query",
    (WIDGET, "ReadIncidents"): "GetItem",
    (WIDGET, "ReadHistory"): "Query",
    (WIDGET, "ReadMetrics"): "GetMetricData",
    (REFUSALS, "ReadElasticIps"): "DescribeAddresses",
    (REFUSALS, "ReadDedicatedIps"): "GetDedicatedIps",
    (REFUSALS, "ReadReplies"): "Query",
    (REFUSALS, "ReadSesMetrics"): "GetMetricStatistics",
    (REFUSALS, "ReadDeliverabilityCounts"): "GetAccount",
    (REPLIES, "CountReplies"): "BatchGetItem",
    (REPLIES, "KeepComplaints"): "PutItem",
    (REPLIES, "KeepUnread"): "PutObject",
    (REPLIES, "ReadRecipientKey"): "GetSecretValue",
    (REPLIES, "ReadDedicatedIps"): "GetDedicatedIps",
    (REPLIES, "WakeCheck"): "Invoke",
    (MAIL_LOG, "ForwardLines"): "SendMessage",
    (DEPLOYMENTS, "ReadStacks"): "GetTemplate",
    (DEPLOYMENTS, "ListStacks"): "ListStacks",
    (DEPLOYMENTS, "KeepDeployments"): "PutItem",
    (FIGURES, "AskOnce"): "Invoke",
    (FIGURES, "ReadFigures"): "GetMetricData",
    (BEGIN, "FindAddresses"): "DescribeAddresses",
    (COMPLETE, "ReadAddresses"): "DescribeAddressesAttribute",
    (COMPLETE, "ChangeOwnAddresses"): "ModifyAddressAttribute",
}
"""Function and statement -> the operation that is refused without it."""

ARN = {service: f"arn:aws:{service}:us-east-1:000000000000:" for service in ("kms", "sqs", "dynamodb")}
DATA_KEY = (("kms:Decrypt", "kms:GenerateDataKey"), rf"{ARN['kms']}key/[0-9a-f-]{{36}}")
READ_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
TAKE_MESSAGES = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
)
KEEP_FAILED = ("sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage")
UNSEEN = {
    # nor is the bucket, nor does the emulator ask IAM when it reads a queue for an event source
    (MAILBOX, "UseKey"): DATA_KEY,
    (MAILBOX, ",".join(TAKE_MESSAGES)): (TAKE_MESSAGES, rf"{ARN['sqs']}{PREFIX}mailbox"),
    (REPORTS, "UseKey"): DATA_KEY,
    (REPORTS, ",".join(TAKE_MESSAGES)): (TAKE_MESSAGES, rf"{ARN['sqs']}{PREFIX}reports"),
    (REPORT_DAYS, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
    (CASES, "EncryptAlerts"): DATA_KEY,
    (CASES, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
    (COMPLAINTS, "EncryptAlerts"): DATA_KEY,
    (COMPLAINTS, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
    # the emulator's topics are not encrypted: nothing asks for the key
    (CHECK, "EncryptAlerts"): DATA_KEY,
    (SNDS, "EncryptAlerts"): DATA_KEY,
    (ANNOUNCE, "EncryptAlerts"): DATA_KEY,
    # the Lambda service uses the role itself here; the emulator's does not ask IAM when it keeps what failed...
    (CHECK, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
    (DIGEST, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
    (DEPLOYMENTS, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
    (SNDS, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
    (ANNOUNCE, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
    # ...nor when it reads a stream for an event source
    (ANNOUNCE, ",".join(READ_STREAM)): (READ_STREAM, rf"{ARN['dynamodb']}table/{TABLE}/stream/[0-9T:.Z-]+"),
    (ANNOUNCE, "dynamodb:ListStreams"): (("dynamodb:ListStreams",), r"\*"),
    # ...nor when it reads a queue for one
    (REPLIES, ",".join(TAKE_MESSAGES)): (TAKE_MESSAGES, rf"{ARN['sqs']}{PREFIX}replies"),
    (MAIL_LOG, ",".join(KEEP_FAILED)): (KEEP_FAILED, rf"{ARN['sqs']}{PREFIX}dead-letters"),
}
"""Function and statement that cannot be missed locally -> exactly what it allows."""

SHARED = [
    (f"check-{check.id}", statement)
    for check in CHECKS
    if check.id not in ("blocklist", "snds")
    for statement in (
        "ReadSettings",
        "KeepIncidents",
        "EndRuns",
        "ReadOutbox",
        "PublishAlerts",
        "ReadSlackSecret",
        "EncryptAlerts",
        ",".join(KEEP_FAILED),
    )
]
"""Statements that every check has, which one of them stands for."""


class Account:
    """The deployed functions, and a way to make each do its work."""

    def __init__(self, played: Stage, microsoft: SndsServer) -> None:
        self.played = played
        self.microsoft = microsoft
        self.roles = Roles(played.cloud)
        self._numbers = count()

    def work(self, function: str) -> tuple[bool, str]:
        """Make a function do all it has to. Gives whether it did, and its answer with the end of its log."""
        match function:
            case (
                "check-refusals"
                | "replies"
                | "mail-log"
                | "mailbox"
                | "receipt-rules"
                | "deployments"
                | "reports"
                | "report-days"
                | "first-figures"
            ):
                return self.take_in(function)
            case _ if function.startswith("check-"):
                self.owe()
                self.complain()
                self.leave_note(function.removeprefix("check-"))
                self.microsoft.world.failures.clear()
                self.microsoft.fail(Failure.JSON)  # a body to keep
                answer, told = self.invoke(function, {"run_id": f"run-{next(self._numbers)}", "scheduled_at": ""})
                return answer.get("announcements_late") == 1 and "when calling the" not in told, told
            case "announce":
                change = {"SequenceNumber": "1", "NewImage": self.owe()}
                answer, told = self.invoke(function, {"Records": [{"eventName": "INSERT", "dynamodb": change}]})
                self.owe()
                again, told_again = self.invoke(function, {"redrive": True})
                return answer == {"batchItemFailures": []} and again == {"tried": 1}, told + told_again
            case "slack-callback":
                return self.press()
            case "digest":
                self.played.cloud.advance(timedelta(days=1))  # one digest a day, and its schedule may be first
                answer, told = self.invoke(function, {"run_id": f"digest-{next(self._numbers)}"})
                return "announced" in answer, told
            case _:
                return self.draw() if function == WIDGET else self.name_address(function)

    def draw(self) -> tuple[bool, str]:
        """Have every picture of the dashboard drawn; what cannot be read is named in it."""
        drawn = [self.invoke(WIDGET, {"widget": kind.value, "widgetContext": {}}) for kind in Picture]
        told = "".join(text for _, text in drawn)
        return all(str(answer).startswith("<div") for answer, _ in drawn) and "Not in here" not in told, told

    def put_rules(self) -> tuple[bool, str]:
        """Have the receipt rules put again, and SES's set-up object taken out of the bucket."""
        s3 = self.played.cloud.client("s3")
        for each in s3.list_objects_v2(Bucket=MAIL_BUCKET).get("Contents", []):
            s3.delete_object(Bucket=MAIL_BUCKET, Key=each["Key"])
        s3.put_object(Bucket=MAIL_BUCKET, Key="jmrp/AMAZON_SES_SETUP_NOTIFICATION")
        resource = {"ResourceType": "Custom::SetUpObjects", "ResourceProperties": {"Bucket": MAIL_BUCKET}}
        _, told_first = self.invoke(RULES, {"RequestType": "Delete", **resource})
        answer, told = self.invoke(RULES, {"RequestType": "Update"})
        is_empty = not s3.list_objects_v2(Bucket=MAIL_BUCKET).get("Contents")
        return is_empty and answer.get("Data") == {"RuleSetName": PREFIX.rstrip("-")}, told_first + told

    def take_in(self, function: str) -> tuple[bool, str]:
        """Have something come in: replies, log lines, mail, an event; or say what mail may come in."""
        if function == MAILBOX:
            return self.receive()
        if function in (REPORTS, REPORT_DAYS):
            return self.read_reports() if function == REPORTS else self.make_days()
        if function == DEPLOYMENTS:
            return self.deployed()
        if function == RULES:
            return self.put_rules()
        if function == FIGURES:
            return self.ask_for_figures()
        return self.read_replies(function)

    def ask_for_figures(self) -> tuple[bool, str]:
        """Have a check answer once more, and CloudWatch asked for it."""
        resource = {"ResourceProperties": {"Functions": [PREFIX + CHECK]}}
        answer, told = self.invoke(FIGURES, {"RequestType": "Create", **resource})
        return answer.get("Data") == {"Without": 0} and "when calling the" not in told, told

    def invoke(self, function: str, event: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """The function's answer; and as text with the end of its log."""
        reply = self.played.cloud.client("lambda").invoke(
            FunctionName=PREFIX + function, Payload=json.dumps(event), LogType="Tail"
        )
        answer = reply["Payload"].read().decode()
        return json.loads(answer), f"{answer}\n{base64.b64decode(reply.get('LogResult', '')).decode()}"

    def deployed(self) -> tuple[bool, str]:
        """Tell that the recorder's own stack was deployed, each time at another time."""
        (stack,) = self.played.cloud.client("cloudformation").describe_stacks(StackName=f"{PREFIX}monitoring")["Stacks"]
        at = self.played.cloud.now() + timedelta(minutes=next(self._numbers))
        told = {"stack-id": stack["StackId"], "status-details": {"status": stack["StackStatus"]}}
        event = {"source": "aws.cloudformation", "detail-type": DETAIL_TYPE, "time": at.isoformat(), "detail": told}
        answer, text = self.invoke(DEPLOYMENTS, event)
        return answer == {"recorded": True}, text

    def receive(self) -> tuple[bool, str]:
        """Have the mailbox read a report, and a mail that is none."""
        keys = {"jmrp/report": complaint_report("192.0.2.10"), "jmrp/junk": "Subject: buy\n\nnow\n"}
        for key, mail in keys.items():
            self.played.cloud.client("s3").put_object(Bucket=MAIL_BUCKET, Key=key, Body=mail.encode())
        records = [{"messageId": key, "body": json.dumps({"Message": json.dumps(received(key))})} for key in keys]
        answer, told = self.invoke(MAILBOX, {"Records": records})
        return answer == {"batchItemFailures": []}, told

    def read_reports(self) -> tuple[bool, str]:
        """Have a report read, that was read before but for the first time, and a mail that is none."""
        keys = {"dmarc/report": aggregate_mail(), "dmarc/junk": "Subject: buy\n\nnow\n"}
        for key, mail in keys.items():
            self.played.cloud.client("s3").put_object(Bucket=MAIL_BUCKET, Key=key, Body=mail.encode())
        self.forget(REPORTS)
        records = [{"messageId": key, "body": json.dumps({"Message": json.dumps(received(key))})} for key in keys]
        answer, told = self.invoke(REPORTS, {"Records": records})
        return answer == {"batchItemFailures": []}, told

    def make_days(self) -> tuple[bool, str]:
        """Have a day made, and what is ours written down."""
        client, today = self.played.cloud.client("dynamodb"), self.played.cloud.now().date()
        table = ReportTable(client=client, table=f"{PREFIX}reports")
        table.mark(Changed(DMARC, "example.com", today, "again"))
        client.delete_item(TableName=table.table, Key={"pk": {"S": "estate"}, "sk": {"S": today.isoformat()}})
        answer, told = self.invoke(REPORT_DAYS, {"run_id": f"days-{next(self._numbers)}"})
        return answer.get("made", 0) > 0 and answer.get("estate_recorded") is True, told

    def forget(self, function: str) -> None:
        """Have a function start anew: one that is at work remembers its settings."""
        lambdas, timeout = self.played.cloud.client("lambda"), 100 + next(self._numbers)
        lambdas.update_function_configuration(FunctionName=f"{PREFIX}{function}", Timeout=timeout)

    def owe(self) -> dict[str, Any]:
        """Have an announcement that was never sent and is late; gives its item.

        It becomes so by a change, which the stream's filter lets pass: the announcer is not woken.
        """
        table, at = self.played.cloud.client("dynamodb"), (datetime.now(UTC) - timedelta(days=1)).isoformat()
        item = self.announced
        item = table.update_item(
            TableName=TABLE,
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET owed = :owed, outbox_pk = :pk, outbox_at = :at REMOVE sent_alerts, sent_slack",
            ExpressionAttributeValues={":owed": {"SS": ["alerts", "slack"]}, ":pk": {"S": OUTBOX}, ":at": {"S": at}},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        return dict(item)

    def leave_note(self, check: str) -> None:
        """A run of a check died two hours ago."""
        at = self.played.cloud.now() - timedelta(hours=2)
        noted = unfinished_item(check, Unfinished(run_id="dead", attempt="1", at=at))
        self.played.cloud.client("dynamodb").put_item(TableName=TABLE, Item=noted)

    def complain(self) -> None:
        """Somebody complained, long enough ago to be on the suppression list."""
        book = ComplaintBook(client=self.played.cloud.client("dynamodb"), table=TABLE)
        at = self.played.cloud.now() - timedelta(hours=2)
        book.keep(
            Complaint(id="c", at=at, reporter="ses", is_proven=True, domain="example.com", recipient="r@outlook.test")
        )

    @cached_property
    def announced(self) -> Mapping[str, Any]:
        """The item of an announcement that the deployed system made itself."""
        self.played.run_check()  # the baseline
        self.played.list_address(LISTING, self.address["PublicIp"])
        self.played.run_check()
        self.played.run_check()
        opened = self.played.wait_for_alert("opened", self.address["PublicIp"])
        items = self.played.cloud.client("dynamodb").scan(TableName=TABLE, ConsistentRead=True)["Items"]
        (found,) = (item for item in items if item.get("id", {}).get("S") == opened["transition_id"])
        self.played.cloud.wait_until(lambda: self._is_sent(found), what="the mark that it was sent")
        return dict(found)

    def _is_sent(self, item: Mapping[str, Any]) -> bool:
        key = {"pk": item["pk"], "sk": item["sk"]}
        now = self.played.cloud.client("dynamodb").get_item(TableName=TABLE, Key=key, ConsistentRead=True)
        return "owed" not in now["Item"]

    @cached_property
    def address(self) -> Mapping[str, Any]:
        """The sender's Elastic IP."""
        (address,) = self.played.addresses()
        return address

    def press(self) -> tuple[bool, str]:
        """Press a button of the incident's message; later than the callback remembers its secret."""
        cloud = self.played.cloud
        cloud.advance(timedelta(minutes=6))
        pressed = cloud.slack.press(self.parent, "acknowledge", APPROVER, SIGNING_SECRET, cloud.now())
        headers = {name.lower(): value for name, value in pressed.headers.items()}
        context = {"http": {"method": "POST"}}
        answer, told = self.invoke(
            "slack-callback", {"headers": headers, "body": pressed.body, "requestContext": context}
        )
        return answer == {"statusCode": 200}, told

    @cached_property
    def parent(self) -> SlackMessage:
        """The incident's message as it was at first: once somebody is at it, it has no button for that."""
        return self.played.threads()[0][0]

    def read_replies(self, function: str) -> tuple[bool, str]:
        """Make one of the functions on the road of replies do its work."""
        if function == REPLIES:
            return self.count()
        if function == REFUSALS:
            self.refuse()
            answer, told = self.invoke(function, {"run_id": f"run-{next(self._numbers)}", "scheduled_at": ""})
            return "changes" in answer and "went to Microsoft in all is not known" not in told, told
        line = self.line(f"192.0.2.{next(self._numbers) % 250}")
        packed = base64.b64encode(gzip.compress(json.dumps(line).encode())).decode()
        answer, told = self.invoke(function, {"awslogs": {"data": packed}})
        return answer == {"forwarded": 1}, told

    def refuse(self) -> None:
        """Count, as of now, what makes the check ask for all: a range around an Elastic IP, and silence of SES."""
        now = self.played.cloud.now()
        counters = ReplyCounters(client=self.played.cloud.client("dynamodb"), table=f"{PREFIX}replies")
        own = Subject(SubjectKind.IP, self.address["PublicIp"])
        for subject, ip, at in ((own, "192.0.2.0/24", now), (SHARED_POOL, "192.0.2.1", now - timedelta(days=3))):
            notice = Notice(kind=Kind.REFUSED, source="ses", text=S3150.format(ip=ip), at=at, message=ip)
            counters.count([tally.sighting(notice, subject, hashed=str, at=now, message="")])

    def count(self) -> tuple[bool, str]:
        """Have a reply counted about an address that was never named, beside a complaint and what cannot be read."""
        lambdas, number = self.played.cloud.client("lambda"), next(self._numbers)
        # a function that was not at work yet knows neither key nor addresses
        lambdas.update_function_configuration(FunctionName=f"{PREFIX}replies", Timeout=100 + number)
        complaint = {"eventType": "Complaint", "mail": {"source": "news@example.com"}, "complaint": {}}
        bodies = [self.line(f"198.51.{number}.1"), complaint, {"neither": "event nor log"}]
        records = [{"messageId": f"{number}-{at}", "body": json.dumps(body)} for at, body in enumerate(bodies)]
        answer, told = self.invoke("replies", {"Records": records})
        # a check that cannot be woken fails no reply: its schedule finds them
        return answer == {"batchItemFailures": []} and "was not woken" not in told, told

    def line(self, ip: str) -> Mapping[str, Any]:
        """A delivery of a log with one refusal in it."""
        at = self.played.cloud.now()
        said = f"host mx.olc.protection.outlook.com[198.51.100.1] said: {S3150.format(ip=ip)}"
        line = f"{at.isoformat()} mail postfix/smtp[7]: {ip}: to=<r@outlook.test>, relay=mx[1.2.3.4]:25, "
        event = {"id": ip, "timestamp": int(at.timestamp() * 1000), "message": f"{line}status=bounced ({said})"}
        return {"logGroup": "/mail/postfix", "logStream": "mail-1", "logEvents": [event]}

    def name_address(self, function: str) -> tuple[bool, str]:
        """Make one of the functions behind reverse names do its work."""
        if function == BEGIN:
            answer, told = self.invoke(function, self.request("Custom::ElasticIp"))
            return answer.get("Data", {}).get("PublicIp") == self.address["PublicIp"], told
        self.forget_name()
        _, told = self.invoke(function, self.request("Custom::ReverseDns"))
        return "mail.example.com" in json.dumps(self.played.ptr(self.address["AllocationId"])), told

    def forget_name(self) -> None:
        """Take the reverse name from the address, behind everybody's back."""
        identifier = self.address["AllocationId"]
        self.played.cloud.client("ec2").reset_address_attribute(AllocationId=identifier, Attribute="domain-name")
        self.played.cloud.wait_until(lambda: not self.played.ptr(identifier), what="the removal of the name")

    def request(self, resource: str) -> Mapping[str, Any]:
        """What the provider framework sends for a resource that is created."""
        properties = {
            "AllocationId": self.address["AllocationId"],
            "PtrName": "mail.example.com",
            "Release": "false",
            "Adopted": "false",
        }
        return {
            "RequestType": "Create",
            "ResourceType": resource,
            "ResourceProperties": properties,
            "StartedAt": datetime.now(UTC).isoformat(),
        }


def received(key: str) -> Mapping[str, Any]:
    """What SES says of a stored mail."""
    return {
        "notificationType": "Received",
        "mail": {
            "messageId": key.replace("/", "-"),
            "timestamp": "2026-11-24T12:00:00.000Z",
            "source": "a@example.net",
        },
        "receipt": {"recipients": [JMRP], "action": {"bucketName": MAIL_BUCKET, "objectKey": key}},
    }


def with_snds(played: Stage, microsoft: SndsServer) -> None:
    """Have the sender read SNDS too, of an address of its own and of a dedicated one."""
    login, places = "staygreen/snds-login", f'base_url = "{microsoft.base_url}"\nauthority = "{microsoft.authority}"'
    text = played.config.read_text()
    off = "[monitor.snds]\nenabled = false\n"
    assert off in text
    played.config.write_text(text.replace(off, f'[monitor.snds]\nenabled = true\ntoken_secret = "{login}"\n{places}\n'))
    token = Token(refresh_token=Secret(microsoft.world.refresh_token), obtained_at=datetime.now(UTC))
    SecretToken(client=played.cloud.client("secretsmanager"), secret_id=login).login(token)
    played.cloud.lease_dedicated_ip("198.51.100.7")


def with_dashboard(played: Stage) -> None:
    """Have the sender draw pictures for CloudWatch too."""
    text = played.config.read_text()
    assert "dashboard = false" in text
    played.config.write_text(text.replace("dashboard = false", "dashboard = true"))


def with_mail_log(played: Stage) -> None:
    """Have the sender read a mail server's log too."""
    played.cloud.client("logs").create_log_group(logGroupName="/mail/postfix")
    text, none = played.config.read_text(), "log_groups = []"
    assert none in text
    played.config.write_text(text.replace(none, 'log_groups = ["/mail/postfix"]'))


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    at_once = {"STAYGREEN_PTR_PENDING_SECONDS": "0"}
    with SndsServer() as microsoft, LocalCloud(zones=zones_from(load()), variables=at_once) as cloud:
        played = Stage(cloud)
        played.with_slack(APPROVER)
        with_snds(played, microsoft)
        with_mail_log(played)
        with_dashboard(played)
        played.with_mailbox()
        played.with_reports()
        deploy(played)
        made = Account(played, microsoft)
        assert made.announced, "with all its statements the system announces"
        yield made


def test_every_statement_of_every_function_is_tried_or_told_why_not(account):
    logs = {(function, LOG) for function in account.roles.policies}
    assert set(account.roles.statements()) == {*NEEDED, *UNSEEN, *logs, *SHARED}


@pytest.mark.parametrize("function", dict.fromkeys(function for function, _ in NEEDED))
def test_a_function_works_with_all_of_its_statements(account, function):
    is_done, told = account.work(function)
    assert is_done, told


@pytest.mark.parametrize(("function", "statement"), NEEDED, ids=map(" ".join, NEEDED))
def test_a_function_fails_without_one_of_its_statements(account, function, statement):
    with account.roles.without(function, statement):
        is_done, told = account.work(function)
    assert not is_done
    assert refusal(NEEDED[function, statement]).search(told), told


@pytest.mark.parametrize(("function", "statement"), UNSEEN, ids=map(" ".join, UNSEEN))
def test_what_cannot_be_missed_locally_allows_exactly_this(account, function, statement):
    found = account.roles.statements()[function, statement]
    actions, resource = UNSEEN[function, statement]
    assert set(found) - {"Sid"} == {"Effect", "Action", "Resource"}
    assert found["Effect"] == "Allow"
    assert listed(found["Action"]) == actions
    assert re.fullmatch(resource, found["Resource"])


@pytest.mark.parametrize(("function", "statement"), SHARED, ids=map(" ".join, SHARED))
def test_what_every_check_may_do_is_tried_with_one_of_them(account, function, statement):
    found, tried = account.roles.statements()[function, statement], account.roles.statements()[CHECK, statement]
    own = json.dumps(found).replace(function.removeprefix("check-"), CHECK.removeprefix("check-"))
    assert json.loads(own) == tried
