"""Two files' templates reviewed together: what both make stops."""

import json
from datetime import date

from staygreen.review import loading, report

IDENTITY = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "example.com"}}
ALLOCATION = "eipalloc-0123456789abcdef0"


def reverse(name, allocation=ALLOCATION):
    return {
        "Type": "Custom::ReverseDns",
        "Properties": {"AllocationId": allocation, "PtrName": name, "Release": "false"},
    }


def apex(text):
    properties = {"HostedZoneId": "Z1", "Name": "example.com.", "Type": "TXT", "TTL": "60", "ResourceRecords": [text]}
    return {"Type": "AWS::Route53::RecordSet", "Properties": properties}


def collisions(tmp_path, first, second):
    for name, resource in (("a", first), ("b", second)):
        (tmp_path / f"{name}.template.json").write_text(json.dumps({"Resources": {"It": resource}}))
    empty = tmp_path / "none.json"
    empty.write_text("{}")
    base = loading.load(empty, "eu-central-1", may_be_empty=True)
    found = report.review(base, loading.load(tmp_path, "eu-central-1"), date(2026, 12, 1)).findings
    return [(one.severity.value, one.subject) for one in found if one.rule == "record-collision"]


def test_a_domain_of_two_files_stops(tmp_path):
    assert collisions(tmp_path, IDENTITY, IDENTITY) == [("stop", "identity example.com")]


def test_two_files_that_claim_one_apex_stop(tmp_path):
    found = collisions(tmp_path, apex('"v=spf1 -all"'), apex('"v=spf1 ~all"'))
    assert found == [("stop", "TXT example.com")]


def test_an_address_that_is_adopted_twice_stops(tmp_path):
    (only,) = collisions(tmp_path, reverse("mail.example.com"), reverse("mx.example.org"))
    assert only[0] == "stop"


def test_two_addresses_are_no_collision(tmp_path):
    assert collisions(tmp_path, reverse("a.example"), reverse("b.example", "eipalloc-11111111111111111")) == []
