"""Mutations of what the example configurations deploy, each with the rule that must see it."""

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from review import report, template

SNAPSHOTS = Path(__file__).parents[1] / "stacks" / "snapshots"
TODAY = date(2026, 11, 24)
REGION = "us-east-1"


def stacks(example):
    return {file.stem: json.loads(file.read_text()) for file in sorted((SNAPSHOTS / example).glob("*.json"))}


def assembly(bodies):
    return template.Assembly(
        source="",
        templates=tuple(
            template.template_of(body, stack=name, file=Path(name), region=REGION) for name, body in bodies.items()
        ),
    )


def of_type(bodies, type_name, having=""):
    return next(
        (body["Resources"], logical_id)
        for body in bodies.values()
        for logical_id, resource in body["Resources"].items()
        if resource["Type"] == type_name and having in json.dumps(resource)
    )


def record(bodies, having):
    resources, logical_id = of_type(bodies, "AWS::Route53::RecordSet", having)
    return resources[logical_id]


def remove(type_name, having=""):
    def mutate(bodies):
        resources, logical_id = of_type(bodies, type_name, having)
        del resources[logical_id]

    return mutate


def rename(type_name):
    def mutate(bodies):
        resources, logical_id = of_type(bodies, type_name)
        resources["Renamed"] = resources.pop(logical_id)

    return mutate


def put(type_name, name, value, having=""):
    def mutate(bodies):
        resources, logical_id = of_type(bodies, type_name, having)
        resources[logical_id]["Properties"][name] = value

    return mutate


def values(having, *texts):
    def mutate(bodies):
        record(bodies, having)["Properties"]["ResourceRecords"] = [f'"{text}"' for text in texts]

    return mutate


def no_longer_kept(bodies):
    resources, logical_id = of_type(bodies, "AWS::SES::EmailIdentity")
    resources[logical_id]["DeletionPolicy"] = "Delete"


def doubled(bodies):
    properties = record(bodies, '"MX"')["Properties"]
    properties["Name"] = "bounce.example.com.example.com."


def without_bounces(bodies):
    resources, logical_id = of_type(bodies, "AWS::SES::ConfigurationSetEventDestination")
    resources[logical_id]["Properties"]["EventDestination"]["MatchingEventTypes"] = ["DELIVERY"]


def secret(bodies):
    resources, logical_id = of_type(bodies, "AWS::Lambda::Function", "staygreen-production-announce")
    resources[logical_id]["Properties"]["Environment"] = {"Variables": {"SLACK": "xoxb-000000000000-example"}}


def everything(bodies):
    resources, logical_id = of_type(bodies, "AWS::IAM::Policy", "ec2:ModifyAddressAttribute")
    resources[logical_id]["Properties"]["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "ses:*", "Resource": "*"}
    )


RECORD, IDENTITY, ADDRESS = "AWS::Route53::RecordSet", "AWS::SES::EmailIdentity", "AWS::EC2::EIP"
MUTATIONS = {
    "a DKIM record goes": (remove(RECORD, "DkimDNSTokenName1"), "dkim-gap"),
    "signing is switched off": (put(IDENTITY, "DkimAttributes", {"SigningEnabled": False}), "dkim-gap"),
    "everybody may send": (values("v=spf1 a:", "v=spf1 +all"), "spf-plus-all"),
    "two SPF records": (values("v=spf1 a:", "v=spf1 -all", "v=spf1 mx -all"), "spf-duplicate"),
    "a mechanism goes": (values("v=spf1 a:", "v=spf1 -all"), "spf-include-removed"),
    "the other TXT string goes": (values("v=spf1 a:", "v=spf1 a:mail.example.com ~all"), "apex-txt-loss"),
    "DMARC asks for less": (values("v=DMARC1", "v=DMARC1; p=none"), "dmarc-weakened"),
    "DMARC asks for more": (values("v=DMARC1", "v=DMARC1; p=reject; sp=reject; np=reject"), "dmarc-tightened"),
    "an obsolete tag": (values("v=DMARC1", "v=DMARC1; p=quarantine; pct=50"), "dmarc-obsolete-tag"),
    "two DMARC records": (values("v=DMARC1", "v=DMARC1; p=none", "v=DMARC1; p=reject"), "dmarc-duplicate"),
    "bounces go to another region": (
        put(RECORD, "ResourceRecords", ["10 feedback-smtp.eu-west-1.amazonses.com"], '"MX"'),
        "mail-from-region",
    ),
    "a name is doubled": (doubled, "doubled-name"),
    "a record is renamed": (rename(RECORD), "record-collision"),
    "the identity is renamed": (rename(IDENTITY), "record-collision"),
    "the identity goes": (remove(IDENTITY), "identity-replaced"),
    "the identity is no longer kept": (no_longer_kept, "retention-weakened"),
    "the address is renamed": (rename(ADDRESS), "ip-replaced"),
    "the address moves": (put(ADDRESS, "NetworkBorderGroup", "us-east-1-bos-1"), "ip-replaced"),
    "reverse DNS goes": (remove("Custom::ReverseDns"), "ptr-unconfirmed"),
    "reverse DNS gets a name without address": (
        put("Custom::ReverseDns", "PtrName", "other.example.org"),
        "ptr-unconfirmed",
    ),
    "the check goes": (remove("AWS::Lambda::Function", "check-blocklist"), "monitor-removed"),
    "the schedule is disabled": (put("AWS::Scheduler::Schedule", "State", "DISABLED"), "monitor-removed"),
    "bounces are not told": (without_bounces, "events-removed"),
    "a token is in the open": (secret, "secret-exposed"),
    "a role may do everything": (everything, "remediation-widened"),
    "a mistake would last a week": (put(RECORD, "TTL", "604800"), "ttl-too-long"),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_mutation_of_the_example_is_seen_by_its_rule(name):
    mutate, rule = MUTATIONS[name]
    base = stacks("one-domain")
    head = copy.deepcopy(base)
    mutate(head)

    found = report.review(assembly(base), assembly(head), TODAY)

    assert rule in {one.rule for one in found.findings}


@pytest.mark.parametrize("example", sorted(path.name for path in SNAPSHOTS.iterdir() if path.is_dir()))
def test_every_example_is_silent_against_itself_and_has_nothing_wrong_alone(example):
    same = assembly(stacks(example))

    assert report.review(same, same, TODAY).verdict == "none"
    assert [one.consequence for one in report.judge_state(same, TODAY).findings] == []
