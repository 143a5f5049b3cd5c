"""Where reports come in, and the table that Athena asks."""

from __future__ import annotations

import json

from staygreen.core.dmarc import queries

BUCKET_ALONE = """
[sender]
name = "small"
account = "000000000000"
region = "us-east-1"

[[domain]]
name = "example.com"
ses = false
zone = { id = "Z0EXAMPLECOM00000000", name = "example.com" }
dmarc = { aggregate_reports = ["them@example.com"] }

[[notifications.subscriptions]]
protocol = "email"
endpoint = "postmaster@example.com"

[reports]
bucket = "theirs"
prefix = "dmarc/"
"""


def test_partitions_are_projected_from_the_day_and_malformed_lines_are_left_out(example):
    assembly = example("ten-domains")
    tables = [each["Properties"]["TableInput"] for each in assembly.resources("reports", "AWS::Glue::Table").values()]
    assert {each["Name"] for each in tables} == {queries.TABLE, queries.UNPROVEN_TABLE}
    for each in tables:
        parameters, storage = each["Parameters"], each["StorageDescriptor"]
        assert parameters["projection.enabled"] == "true"
        assert (parameters["projection.day.type"], parameters["projection.day.format"]) == ("date", "yyyy-MM-dd")
        assert parameters["projection.day.range"].endswith(",NOW")
        place = json.dumps(parameters["storage.location.template"])
        assert ("rows/day=${day}/" if each["Name"] == queries.TABLE else "unproven/day=${day}/") in place
        assert each["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
        assert storage["SerdeInfo"]["Parameters"]["ignore.malformed.json"] == "true"
        assert {column["Name"]: column["Type"] for column in storage["Columns"]} == dict(queries.COLUMNS)


def test_a_question_may_read_so_much_and_nobody_asks_outside_of_that(example):
    assembly = example("ten-domains")
    found = assembly.only("reports", "AWS::Athena::WorkGroup")["Properties"]["WorkGroupConfiguration"]
    assert found["BytesScannedCutoffPerQuery"] == 10 * 1024**3
    assert found["EnforceWorkGroupConfiguration"] is True
    saved = assembly.resources("reports", "AWS::Athena::NamedQuery").values()
    assert {each["Properties"]["Name"] for each in saved} == {each.name for each in queries.QUERIES}


def test_reports_have_a_queue_and_a_function_that_complaints_do_not_wait_for(example):
    assembly = example("ten-domains")
    rules = json.loads(
        json.dumps(
            [
                each["Properties"]["Rules"]
                for each in assembly.resources("mailbox").values()
                if each["Type"] == "Custom::ReceiptRules"
            ]
        )
    )[0]
    topics = {rule["Name"].rpartition("-")[2]: json.dumps(rule["Actions"][0]["S3Action"]["TopicArn"]) for rule in rules}
    assert topics["jmrp"] == topics["contact"] != topics["dmarc"]


def test_a_bucket_of_others_is_listened_to_and_read_below_its_prefix_alone(synthesised):
    assembly = synthesised(BUCKET_ALONE)
    (rule,) = assembly.resources("reports", "AWS::Events::Rule").values()
    assert rule["Properties"]["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["theirs"]}, "object": {"key": [{"prefix": "dmarc/"}]}},
    }
    statements = [
        statement
        for policy in assembly.resources("reports", "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    (read,) = (each for each in statements if each.get("Sid") == "ReadOthers")
    assert read["Action"] == "s3:GetObject"
    assert json.dumps(read["Resource"]).endswith('s3:::theirs/dmarc/*"')
    assert not [each for each in statements if each.get("Sid") in ("ReadMail", "SetAside", "UseKey")]
    assert "mailbox" not in assembly.templates
    names = [
        each["Properties"].get("AlarmName") for each in assembly.resources("reports", "AWS::CloudWatch::Alarm").values()
    ]
    assert "staygreen-small-production-mailbox-unreadable" in names
