"""Twenty faults of templates that a reviewer must be shown, two of each kind.

They were chosen before the reader that must see them was written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resource = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A change of one resource that nobody meant."""

    kind: str
    name: str
    part: str
    """The stack, by the part of its name behind the environment; empty: every stack."""
    type: str
    having: str
    """A text that the resource holds, as JSON."""
    change: Callable[[Resource], None]

    def places(self, templates: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        """Part and logical id of every resource that may have the fault."""
        for part, template in templates.items():
            for logical_id, resource in template.get("Resources", {}).items():
                right_type = resource["Type"] == self.type and self.part in ("", part)
                if right_type and self.having in json.dumps(resource):
                    yield part, logical_id


def _statement(resource: Resource, sid: str) -> dict[str, Any]:
    document = resource["Properties"].get("PolicyDocument") or resource["Properties"]["KeyPolicy"]
    (found,) = (one for one in document["Statement"] if one.get("Sid") == sid)
    return found


def _announcer_deletes_incidents(resource: Resource) -> None:
    _statement(resource, "MarkSent")["Action"] = "dynamodb:DeleteItem"


def _repairs_may_release_addresses(resource: Resource) -> None:
    _statement(resource, "NeverWiden")["Action"].remove("ec2:ReleaseAddress")


def _every_address_may_be_renamed(resource: Resource) -> None:
    statements = resource["Properties"]["PolicyDocument"]["Statement"]
    (conditional,) = (one for one in statements if "aws:ResourceTag/staygreen:sender" in json.dumps(one))
    del conditional["Condition"]


def _any_schedule_may_start_it(resource: Resource) -> None:
    (trust,) = resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trust["Condition"]["StringEquals"]["aws:SourceArn"] = "*"


def _four_times_a_day(resource: Resource) -> None:
    resource["Properties"]["ScheduleExpression"] = "rate(6 hours)"


def _window_of_hours(resource: Resource) -> None:
    resource["Properties"]["FlexibleTimeWindow"]["MaximumWindowInMinutes"] = 300


def _three_seconds(resource: Resource) -> None:
    resource["Properties"]["Timeout"] = 3


def _visible_too_early(resource: Resource) -> None:
    resource["Properties"]["VisibilityTimeout"] = 30


def _other_table(resource: Resource) -> None:
    resource["Properties"]["Environment"]["Variables"]["STAYGREEN_TABLE"] = "staygreen-staging-incidents"


def _one_approver_more(resource: Resource) -> None:
    variables = resource["Properties"]["Environment"]["Variables"]
    slack = json.loads(variables["STAYGREEN_SLACK"])
    variables["STAYGREEN_SLACK"] = json.dumps({**slack, "approvers": [*slack["approvers"], "U9999999999"]})


def _ten_lost_messages(resource: Resource) -> None:
    resource["Properties"]["Threshold"] = 10


def _never_silent(resource: Resource) -> None:
    resource["Properties"]["Threshold"] = 0


def _deleted_with_its_stack(resource: Resource) -> None:
    resource["DeletionPolicy"] = "Delete"


def _anybody_may_send(resource: Resource) -> None:
    resource["Properties"]["ResourceRecords"] = [
        one.replace("~all", "+all").replace("-all", "+all") for one in resource["Properties"]["ResourceRecords"]
    ]


def _bounces_to_another_region(resource: Resource) -> None:
    resource["Properties"]["ResourceRecords"] = ["10 feedback-smtp.eu-west-1.amazonses.com"]


def _pattern(resource: Resource) -> dict[str, Any]:
    return resource["Properties"]["FilterCriteria"]["Filters"][0]


def _what_was_sent_already(resource: Resource) -> None:
    _pattern(resource)["Pattern"] = _pattern(resource)["Pattern"].replace('"exists":true', '"exists":false')


def _what_was_changed(resource: Resource) -> None:
    _pattern(resource)["Pattern"] = _pattern(resource)["Pattern"].replace("INSERT", "MODIFY")


def _root_alone_may_not_encrypt(resource: Resource) -> None:
    _statement(resource, "PublishAlerts")["Action"].remove("kms:Decrypt")


def _topics_of_any_account(resource: Resource) -> None:
    del _statement(resource, "PublishAlerts")["Condition"]["StringEquals"]["kms:ViaService"]


POLICY, ROLE, ALARM = "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::CloudWatch::Alarm"
FUNCTION, SCHEDULE, QUEUE = "AWS::Lambda::Function", "AWS::Scheduler::Schedule", "AWS::SQS::Queue"
RECORD, STREAM, KEY = "AWS::Route53::RecordSet", "AWS::Lambda::EventSourceMapping", "AWS::KMS::Key"

FAULTS = (
    Fault(
        "IAM action",
        "the announcer deletes incidents instead of marking them",
        "monitoring",
        POLICY,
        '"MarkSent"',
        _announcer_deletes_incidents,
    ),
    Fault(
        "IAM action",
        "repairs are no longer denied to release an address",
        "repair",
        POLICY,
        "ec2:ReleaseAddress",
        _repairs_may_release_addresses,
    ),
    Fault(
        "IAM condition",
        "the reverse name of every address may be set",
        "addresses",
        POLICY,
        "aws:ResourceTag/staygreen:sender",
        _every_address_may_be_renamed,
    ),
    Fault(
        "IAM condition",
        "any schedule of the account may take the role",
        "monitoring",
        ROLE,
        "aws:SourceArn",
        _any_schedule_may_start_it,
    ),
    Fault("schedule", "a check runs four times a day", "monitoring", SCHEDULE, "(60 minutes)", _four_times_a_day),
    Fault("schedule", "a check starts hours late", "monitoring", SCHEDULE, "MaximumWindow", _window_of_hours),
    Fault("time-out", "a check has three seconds", "monitoring", FUNCTION, "lambdas.check", _three_seconds),
    Fault("time-out", "a message is taken twice", "", QUEUE, "VisibilityTimeout", _visible_too_early),
    Fault(
        "environment variable",
        "a function keeps incidents in another environment",
        "monitoring",
        FUNCTION,
        "STAYGREEN_TABLE",
        _other_table,
    ),
    Fault("environment variable", "one more person approves", "", FUNCTION, "STAYGREEN_SLACK", _one_approver_more),
    Fault("alarm threshold", "ten messages are lost unheard", "", ALARM, "AWS/SQS", _ten_lost_messages),
    Fault("alarm threshold", "no check is ever silent", "monitoring", ALARM, "has-not-run", _never_silent),
    Fault("DeletionPolicy", "a table goes with its stack", "", "AWS::DynamoDB::Table", "", _deleted_with_its_stack),
    Fault("DeletionPolicy", "a warm address goes", "addresses", "AWS::EC2::EIP", "", _deleted_with_its_stack),
    Fault("DNS value", "anybody may send", "", RECORD, "v=spf1", _anybody_may_send),
    Fault("DNS value", "bounces go to another region", "", RECORD, "feedback-smtp", _bounces_to_another_region),
    Fault("stream filter", "what was sent is announced", "monitoring", STREAM, "outbox_pk", _what_was_sent_already),
    Fault("stream filter", "what is new is not announced", "monitoring", STREAM, "INSERT", _what_was_changed),
    Fault("key policy", "topics cannot be encrypted", "state", KEY, "PublishAlerts", _root_alone_may_not_encrypt),
    Fault("key policy", "the key serves more than topics", "state", KEY, "kms:ViaService", _topics_of_any_account),
)
