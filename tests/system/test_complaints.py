"""Reports come in by mail, become one alert, and charge nobody by forgery: deployed for real, IAM enforced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from typing import Any

import jsonschema
import pytest

from local.cloud import ROOT
from local.mails import complaint_report, junked_message, passed_on
from local.report_mails import aggregate_mail
from local.stage import DMARC, JMRP, Stage, stage
from staygreen.adapters.reports.report_table import ReportTable
from staygreen.core.naming import REPORT_DAYS, REPORTS, ResourceNames
from staygreen.core.provisioning.receipt_rules import SETUP_OBJECTS
from tests.system.deployment import deploy

QUARTER = timedelta(minutes=15)
NAMES = ResourceNames(sender="example", environment="production")
MAIL = NAMES.bucket("mail", "000000000000", "us-east-1")
ROWS = NAMES.bucket(REPORTS, "000000000000", "us-east-1")
SCHEMA = json.loads((ROOT / "docs" / "alert.schema.json").read_text())
REQUEST = "From: snds@microsoft.com\nTo: postmaster@mail.example.com\nSubject: Request for access\n\nFollow the link.\n"


@pytest.fixture(scope="module")
def played() -> Iterator[Stage]:
    with stage() as made:
        made.with_mailbox()
        made.with_reports()
        ses = made.cloud.client("ses")
        ses.create_receipt_rule_set(RuleSetName="theirs")
        ses.create_receipt_rule(
            RuleSetName="theirs",
            Rule={"Name": "everything", "Enabled": True, "Actions": [{"StopAction": {"Scope": "RuleSet"}}]},
        )
        ses.set_active_receipt_rule_set(RuleSetName="theirs")
        deploy(made)
        yield made


def ip_of(played: Stage) -> str:
    (address,) = played.addresses()
    return str(address["PublicIp"])


def objects(played: Stage, prefix: str) -> list[Any]:
    return list(played.cloud.client("s3").list_objects_v2(Bucket=MAIL, Prefix=prefix).get("Contents", []))


def stored(played: Stage, prefix: str) -> list[str]:
    """Keys below the prefix, but for what SES writes when a rule is made."""
    return [key for each in objects(played, prefix) if (key := each["Key"]) not in SETUP_OBJECTS]


def kept(played: Stage, pk: str) -> list[dict[str, Any]]:
    found = played.cloud.client("dynamodb").query(
        TableName="staygreen-example-production-incidents",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ConsistentRead=True,
    )
    return list(found["Items"])


def test_our_rules_join_the_set_that_runs_and_the_domain_leads_to_ses(played):
    active = played.cloud.client("ses").describe_active_receipt_rule_set()
    assert active["Metadata"]["Name"] == "theirs"
    assert [rule["Name"] for rule in active["Rules"]] == [
        "staygreen-example-production-jmrp",
        "staygreen-example-production-contact",
        "staygreen-example-production-dmarc",
        "everything",
    ]
    for name in ("reports.example.com", "mail.example.com"):
        (mx,) = [record.to_text() for rrset in played.ask(name, "MX") for record in rrset]
        assert mx == "10 inbound-smtp.us-east-1.amazonaws.com."


def test_reports_become_one_alert_and_forged_ones_none(played):
    ip = ip_of(played)
    played.run_check("complaints", QUARTER)  # the baseline
    for _ in range(8):
        played.cloud.receive_mail(JMRP, complaint_report(ip), dmarc="FAIL")
    played.cloud.wait_until(lambda: len(kept(played, f"complaint#ip:{ip}")) == 8, what="the forged reports")
    played.run_check("complaints", QUARTER)
    assert played.alerts() == []
    for _ in range(5):
        played.cloud.receive_mail(JMRP, complaint_report(ip))
    played.cloud.wait_until(lambda: len(kept(played, f"complaint#ip:{ip}")) == 13, what="the genuine reports")
    played.run_check("complaints", QUARTER)
    alert = played.wait_for_alert("opened", ip)
    jsonschema.validate(alert, SCHEMA)
    assert (alert["check"], alert["severity"]) == ("complaints", "warning")
    assert "8 complaints more could not be proven genuine" in json.dumps(alert["evidence"])


def test_mail_to_postmaster_is_announced_once_with_its_link(played):
    before = len(played.alerts())
    assert played.cloud.receive_mail("postmaster@mail.example.com", REQUEST)
    played.cloud.wait_until(lambda: kept(played, "mailbox#mail"), what="the mail")
    played.run_check("complaints", QUARTER)
    alert = played.wait_for_alert("opened", "mail.example.com")
    jsonschema.validate(alert, SCHEMA)
    assert "Request for access" in alert["consequence"]
    (key,) = stored(played, "contact/")
    assert key.rpartition("/")[2] in alert["link"]
    played.run_check("complaints", QUARTER)
    assert len(played.alerts()) == before + 1


def test_a_message_that_a_reporter_passes_on_is_kept_by_its_verdict_alone(played):
    ip = ip_of(played)
    message = junked_message(ip, format_datetime(played.cloud.now()))
    for _ in range(2):
        assert played.cloud.receive_mail(JMRP, passed_on(message, "staff@hotmail.com"), sender="staff@hotmail.com")
    found = played.cloud.wait_until(lambda: kept(played, "filed#domain:example.com"), what="how it was filed")
    assert found[0]["text"]["S"].startswith("Junked at Outlook.com on ")
    assert "offers" not in str(found)
    assert kept(played, f"filed#ip:{ip}")


def test_a_report_of_a_receiver_is_asked_for_received_kept_and_shown(played):
    (asked,) = (record.to_text() for rrset in played.ask("_dmarc.example.com", "TXT") for record in rrset)
    assert f"mailto:{DMARC}" in asked
    day = played.cloud.now().date() - timedelta(days=2)
    rows = [(ip_of(played), 70), ("198.51.100.9", 5)]
    # other rules of the same set took complaints before: the report wakes a function of its own
    assert played.cloud.receive_mail(DMARC, aggregate_mail(rows=rows, day=day), sender="noreply@reporter.example")
    table = ReportTable(client=played.cloud.client("dynamodb"), table=NAMES.table(REPORTS))
    played.cloud.wait_until(lambda: list(table.reports("example.com", day)), what="the report")
    (key,) = [each["Key"] for each in played.cloud.client("s3").list_objects_v2(Bucket=ROWS)["Contents"]]
    assert key.startswith(f"rows/day={day}/example.com/")
    lambdas = played.cloud.client("lambda")
    answer = lambdas.invoke(FunctionName=NAMES.function(REPORT_DAYS), Payload=json.dumps({"run_id": "days"}))
    assert "FunctionError" not in answer, answer["Payload"].read()
    (made,) = table.days("example.com", day)
    assert (made.messages, made.parts[0].is_proven) == (75, True)
    ((_, ours),) = table.estates(played.cloud.now().date())
    assert ip_network(ip_of(played)) in ours.networks
    assert {name for name, _ in ours.selectors} == {"example.com"}


def test_what_is_no_report_is_kept_with_its_reason_and_many_are_an_alarm(played):
    deep = "Content-Type: text/plain\n\nend"
    for n in range(200):
        deep = f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n{deep}\n--b{n}--\n'
    lead, wide = "From: a@example.net\nSubject: buy\n", "--b\nnow\n" * 2_000
    # wherever the border between two periods of the alarm lies, ten are on one side of it
    for mail in (
        *16 * [f"{lead}Content-Type: text/html\n\n<b>now</b>\n"],
        f"{lead}{deep}",
        f'{lead}Content-Type: multipart/mixed; boundary="b"\n\n{wide}--b--\n',
        f"{lead}Content-Type: application/octet-stream\n\n" + "x" * 36_000_000,
    ):
        played.cloud.receive_mail(JMRP, mail)
    keys = played.cloud.wait_until(
        lambda: len(found := stored(played, "unreadable/")) == 19 and found, what="the unreadable mails"
    )
    for key in keys:
        found = played.cloud.client("s3").head_object(Bucket=MAIL, Key=key)
        assert found["Metadata"]["reason"] == key.split("/")[1]
    assert max(found["Size"] for found in objects(played, "unreadable/")) > 36_000_000
    alarms = played.cloud.client("cloudwatch")
    name = "staygreen-example-production-mailbox-unreadable"
    played.cloud.wait_until(
        lambda: alarms.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"] == "ALARM", what=name
    )


def test_rules_that_somebody_took_out_are_told(played):
    ses = played.cloud.client("ses")
    ses.create_receipt_rule_set(RuleSetName="other")
    ses.set_active_receipt_rule_set(RuleSetName="other")
    played.run_check("complaints", QUARTER)
    assert played.wait_for_alert("opened", "mailbox")["cause"] == "not_receiving"
    repaired = played.cloud.client("lambda").invoke(
        FunctionName="staygreen-example-production-receipt-rules", Payload=json.dumps({"RequestType": "Update"})
    )
    assert "FunctionError" not in repaired
    played.run_check("complaints", QUARTER)
    assert played.wait_for_alert("cleared", "mailbox")
    names = [rule["Name"] for rule in ses.describe_active_receipt_rule_set()["Rules"]]
    assert names == [f"staygreen-example-production-{part}" for part in ("jmrp", "contact", "dmarc")]


def test_removal_takes_our_rules_alone(played):
    played.cloud.unprotect()
    played.cloud.client("cloudformation").delete_stack(StackName="staygreen-example-production-mailbox")
    ses = played.cloud.client("ses")
    played.cloud.wait_until(
        lambda: not ses.describe_active_receipt_rule_set().get("Rules"), what="the removal of our rules"
    )

    def left():
        return [rule["Name"] for rule in ses.describe_receipt_rule_set(RuleSetName="theirs")["Rules"]]

    played.cloud.wait_until(lambda: left() == ["everything"], what="the removal from the set that was active before")
