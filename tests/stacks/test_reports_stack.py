"""Where reports come in, and the table that Athena asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.cloud import LocalCloud
from staygreen.adapters.reports.athena import Athena
from staygreen.core.dmarc import queries
from tests.unit.dmarc.stored_rows import kept

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


def resolved(value: Any) -> Any:
    """A part of a template with the bucket's name in the place of references."""
    if isinstance(value, dict):
        if set(value) == {"Fn::Join"}:
            return "".join(map(resolved, value["Fn::Join"][1]))
        return "rows" if set(value) == {"Ref"} else {key: resolved(each) for key, each in value.items()}
    return [resolved(each) for each in value] if isinstance(value, list) else value


def test_saved_questions_are_answered_over_the_tables_of_the_template(example, tmp_path):
    """By the emulator's Athena: DuckDB over its Glue catalogue, projection included (requirements-oracle.txt)."""
    pytest.importorskip("duckdb")
    today = datetime.now(UTC).date()
    kept(tmp_path, day=today - timedelta(days=2), rows=[("192.0.2.1", 70), ("192.0.2.2", 10)])
    kept(tmp_path, day=today - timedelta(days=90), rows=[("192.0.2.1", 999)], identifier="2")
    tables = example("ten-domains").resources("reports", "AWS::Glue::Table").values()
    with LocalCloud(enforce=False) as cloud:
        s3, glue, athena = (cloud.client(each) for each in ("s3", "glue", "athena"))
        s3.create_bucket(Bucket="rows")
        for path in tmp_path.rglob("*.gz"):
            s3.put_object(Bucket="rows", Key=path.relative_to(tmp_path).as_posix(), Body=path.read_bytes())
        glue.create_database(DatabaseInput={"Name": "reports"})
        for each in tables:
            glue.create_table(DatabaseName="reports", TableInput=resolved(each["Properties"]["TableInput"]))
        output = {"ResultConfiguration": {"OutputLocation": "s3://rows/queries/"}}
        athena.create_work_group(Name="reports", Configuration=output)
        asked = Athena(client=athena, workgroup="reports", database="reports", wait=lambda _: None)
        answers = {each.name: asked.ask(each.sql(queries.TABLE)) for each in queries.QUERIES}
    assert [row[:4] for row in answers["sources"].rows] == [
        ("example.com", "192.0.2.1", "70", "70"),
        ("example.com", "192.0.2.2", "10", "10"),
    ]
    assert [row[1:6] for row in answers["days"].rows] == [("example.com", "1", "1", "80", "80")]
    assert answers["failing"].rows == ()
