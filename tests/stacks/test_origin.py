"""Each construct that is about mail leads to the lines of the configuration that it came from."""

from __future__ import annotations

import json

import pytest

from stacks.constructs.origin import origins, place
from staygreen.core.config.parser import read_file
from tests.assemblies import EXAMPLES, ROOT

ABOUT_MAIL = (
    "AWS::Route53::RecordSet",
    "AWS::SES::EmailIdentity",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::DedicatedIpPool",
    "AWS::EC2::EIP",
    "AWS::SNS::Subscription",
    "AWS::Scheduler::Schedule",
    "AWS::SSM::Parameter",
    "Custom::ElasticIp",
    "Custom::ReverseDns",
)


def constructs(directory):
    """Construct path and type of every resource."""
    for file in directory.glob("*.metadata.json"):
        stack = file.name.removesuffix(".metadata.json")
        resources = json.loads((directory / f"{stack}.template.json").read_text())["Resources"]
        for path, entries in json.loads(file.read_text()).items():
            for entry in entries:
                if entry["type"] == "aws:cdk:logicalId" and entry["data"] in resources:
                    yield path.removeprefix("/"), resources[entry["data"]]["Type"]


def lines_of(name, directory):
    file = ROOT / "config" / "examples" / f"{name}.toml"
    text = file.read_text()
    reading = read_file(text, file.name)
    told = origins(reading.config)
    for path, kind in constructs(directory):
        around = next((part for part in _upwards(path) if part in told), None)
        where = place(reading, file.name, told[around]) if around else ""
        _, _, number = where.partition(":")
        yield path, kind, around, text.splitlines()[int(number) - 1] if number else where


def _upwards(path):
    while path:
        yield path
        path = path.rpartition("/")[0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_everything_about_mail_leads_to_a_line_of_its_own_part(name, example):
    for path, kind, around, line in lines_of(name, example(name).directory):
        if kind in ABOUT_MAIL:
            assert around, path
            assert "=" in line or line.startswith("[") or line == f"{name}.toml", (path, line)
            assert "/" in around or kind in ("AWS::SES::EmailIdentity",), path


def test_the_lines_are_the_ones_that_a_person_would_change(example):
    found = {path: line for path, _, _, line in lines_of("one-domain", example("one-domain").directory)}
    domain = "staygreen-example-production-domain-example-com"
    addresses = "staygreen-example-production-addresses"
    assert found[f"{domain}/RecordDmarc"] == "[domain.dmarc]"
    assert found[f"{domain}/RecordApexTxt"] == "[domain.spf]"
    assert found[f"{domain}/RecordMailFromMx"].startswith("mail_from = ")
    assert found[f"{domain}/Identity"] == "[[domain]]"
    assert found[f"{addresses}/mail-1/Address"] == "[[address]]"
    assert found[f"{addresses}/mail-1/ReverseDns/Default"].startswith("ptr = ")
    assert found[f"{addresses}/RecordMail1Host"].startswith("ptr = ")
    assert found["staygreen-example-production-monitoring/blocklist/Schedule"].startswith("schedule = ")
    assert found["staygreen-example-production-monitoring/blocklist/Settings/Resource"] == "[monitor.blocklist]"
    assert (
        found["staygreen-example-production-subscriptions/Subscription2/Subscription"]
        == "[[notifications.subscriptions]]"
    )
