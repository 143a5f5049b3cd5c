"""Two senders in one account and region: no physical name is both senders', and no permission reaches the other's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.assemblies import synthesise

SENDERS = ("acme", "bravo")
CONFIG = """
[sender]
name = "{sender}"
account = "111122223333"
region = "eu-central-1"
only = ["{sender}.example", "{sender}-warm"]

[[domain]]
name = "{sender}.example"
zone = {{ id = "Z0EXAMPLECOM00000000", name = "{sender}.example" }}

[[address]]
name = "mail-1"
ptr = "mail.{sender}.example"
zone = {{ id = "Z0EXAMPLECOM00000000", name = "{sender}.example" }}

[[pool]]
name = "{sender}-warm"

[[configuration_set]]
name = "{sender}-letters"
pool = "{sender}-warm"

[monitor.blocklist]
fleet = true

[monitor.snds]
enabled = true
token_secret = "staygreen/{sender}/snds-login"

[monitor.refusals]
log_groups = ["/mail/{sender}"]

[mailbox]
domain = "reports.{sender}.example"
zone = {{ id = "Z0EXAMPLECOM00000000", name = "{sender}.example" }}

[github]
repository = "example/{sender}"
provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"

[notifications.slack]
token_secret = "staygreen/{sender}/slack-token"
channel = "C0123456789"
signing_secret = "staygreen/{sender}/slack-signing"
approvers = ["U0123456789"]

[notifications.digest]

[[notifications.chat.slack]]
workspace = "T0123456789"
channel = "C9876543210"

[[notifications.chat.teams]]
tenant = "00000000-0000-0000-0000-000000000000"
team = "00000000-0000-0000-0000-000000000001"
channel = "19%3Aabcdef0123456789%40thread.tacv2"

[[notifications.subscriptions]]
protocol = "email"
endpoint = "postmaster@{sender}.example"
"""
NO_NAMES_OF_RESOURCES = frozenset({"DisplayName", "MetricName", "PolicyName"})
"""A label, a kind of figure, and what only has to differ within a role, which has a name of its own."""
NAMED_ONCE_FOR_ALL = frozenset(
    {"stack", "AWS::CloudWatch::Alarm", "AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::S3::Bucket"}
)
"""Some of the kinds whose names the senders could have in common."""
Templates = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def templates(tmp_path_factory) -> dict[str, Templates]:
    """Templates of each sender by the name of their stack."""
    made: dict[str, Templates] = {}
    for sender in SENDERS:
        directory = tmp_path_factory.mktemp(sender)
        synthesise(CONFIG.format(sender=sender), directory)
        files = sorted(directory.glob("*.template.json"))
        made[sender] = {file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in files}
    return made


def names(templates: Templates) -> Iterator[tuple[str, str, str]]:
    """Kind, property and value of every name that the templates choose or refer to by text."""
    for stack, template in templates.items():
        yield "stack", "StackName", stack
        for resource in template["Resources"].values():
            for key, value in resource.get("Properties", {}).items():
                is_name = key.endswith("Name") and key not in NO_NAMES_OF_RESOURCES
                if is_name and isinstance(value, str):
                    yield resource["Type"], key, value


def permitted(templates: Templates) -> Iterator[str]:
    """The part of every resource of a policy that names it, such as `staygreen-acme-production-incidents`."""
    for template in templates.values():
        for resource in template["Resources"].values():
            if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
                for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                    found = statement["Resource"]
                    for arn in found if isinstance(found, list) else [found]:
                        if isinstance(arn, str):
                            yield arn.rpartition(":")[2].partition("/")[2] or arn.rpartition(":")[2]


def test_two_senders_share_no_physical_name(templates):
    acme, bravo = (set(names(templates[sender])) for sender in SENDERS)
    assert {kind for kind, *_ in acme} >= NAMED_ONCE_FOR_ALL
    assert acme & bravo == set()


def test_no_template_of_one_sender_speaks_of_the_other(templates):
    assert "bravo" not in json.dumps(templates["acme"])
    assert "acme" not in json.dumps(templates["bravo"])


def test_no_permission_by_name_reaches_what_is_the_other_senders(templates):
    theirs = {value for _, _, value in names(templates["bravo"]) if "bravo" in value}
    patterns = {pattern for pattern in permitted(templates["acme"]) if "staygreen-acme" in pattern}
    assert any("*" in pattern for pattern in patterns)
    assert theirs
    assert not [(pattern, name) for pattern in patterns for name in theirs if fnmatchcase(name, pattern)]


def test_alarms_on_what_functions_count_look_at_the_figures_of_their_sender(templates):
    alarms = [
        resource["Properties"]
        for template in templates["acme"].values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and resource["Properties"].get("Namespace") == "staygreen"
    ]
    assert alarms
    for alarm in alarms:
        assert ("sender", "acme") in {(each["Name"], each["Value"]) for each in alarm["Dimensions"]}
