"""The recorder: events as they may come, and what of them is on record in the end."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdas import record_deployment
from staygreen.adapters.store import deployments
from staygreen.adapters.store.deployments import DeploymentTable
from staygreen.core.deployments.deployment import Deployment
from tests.faults.dynamodb import Client, Table

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
PREFIX = "staygreen-acme-production-"
OWN = f"{PREFIX}monitoring"
VARIABLES = {
    "STAYGREEN_SENDER": "acme",
    "STAYGREEN_ENVIRONMENT": "production",
    "STAYGREEN_TABLE": "incidents",
    "STAYGREEN_OWN_STACK": OWN,
}


def arn(stack: str) -> str:
    return f"arn:aws:cloudformation:eu-central-1:111122223333:stack/{stack}/5f1c"


def change_set(commit: str) -> str:
    return f"arn:aws:cloudformation:eu-central-1:111122223333:changeSet/staygreen-{commit}-20261112T120000Z/9a1b"


def record(name: str) -> dict[str, Any]:
    properties = {
        "Name": name,
        "Type": "TXT",
        "HostedZoneId": "Z1",
        "TTL": "300",
        "ResourceRecords": ['"v=DKIM1; p=M"'],
    }
    return {"Type": "AWS::Route53::RecordSet", "Properties": properties}


KEY, OTHER = record("s1._domainkey.example.com."), record("s2._domainkey.example.com.")


@dataclass
class CloudFormation:
    """Stacks as they stand: ended by `end`, which gives the event that tells of it."""

    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    templates: dict[str, Any] = field(default_factory=dict)

    def end(self, minute: int, status: str, commit: str = "", stack: str = f"{PREFIX}domain", **resources: Any):
        at = NOON + timedelta(minutes=minute)
        described = {"StackName": stack, "StackId": arn(stack), "StackStatus": status, "Parameters": []}
        described["LastUpdatedTime"] = at - timedelta(seconds=30)
        self.stacks[arn(stack)] = described | ({"ChangeSetId": change_set(commit)} if commit else {})
        self.templates[arn(stack)] = {"Resources": resources}
        return {
            "source": "aws.cloudformation",
            "detail-type": "CloudFormation Stack Status Change",
            "time": at.isoformat(),
            "detail": {"stack-id": arn(stack), "status-details": {"status": status}},
        }

    def get_template(self, StackName: str, TemplateStage: str) -> Any:
        assert TemplateStage == "Processed"
        return {"TemplateBody": self.templates[StackName]}

    def describe_stacks(self, StackName: str) -> Any:
        return {"Stacks": [self.stacks[StackName]]}

    def get_paginator(self, name: str) -> Any:
        assert name == "list_stacks"
        return self

    def paginate(self, **_: Any) -> Any:
        return [{"StackSummaries": list(self.stacks.values())}]


@dataclass
class World:
    """The recorder with its two services."""

    cloudformation: CloudFormation
    table: DeploymentTable

    def tell(self, event: Any) -> bool:
        return record_deployment.handler(event, None)["recorded"]

    def recorded(self) -> list[Deployment]:
        return list(self.table.ended(NOON - timedelta(days=1)))


def world(patch: pytest.MonkeyPatch) -> World:
    for name, value in VARIABLES.items():
        patch.setenv(name, value)
    formation = CloudFormation()
    table = DeploymentTable(Client(Table()), "incidents")
    patch.setattr(record_deployment, "client", lambda _service: formation)
    patch.setattr(record_deployment, "_table", lambda: table)
    return World(formation, table)


@pytest.fixture
def here(monkeypatch) -> World:
    return world(monkeypatch)


def told(here: World) -> list[str]:
    """Each deployment as its commit and changes, or why they are not known."""
    return [
        f"{each.commit or '?'} {each.outcome.value}: {each.unknown or [one.sentence for one in each.changes]}"
        for each in here.recorded()
    ]


FOLLOWED = "another operation on the stack had begun before this one was read"
ADDED, REMOVED = (f"DKIM record of example.com (s1) {what}" for what in ("added", "removed"))


def test_a_deployment_is_recorded_with_its_commit_and_the_facts_it_changed(here):
    assert here.tell(here.cloudformation.end(0, "CREATE_COMPLETE", "aaaaaaa", Key=KEY))
    assert here.tell(here.cloudformation.end(10, "UPDATE_COMPLETE", "bbbbbbb"))
    assert told(here) == [f"aaaaaaa done: ['{ADDED}']", f"bbbbbbb done: ['{REMOVED}']"]


def test_what_was_rolled_back_changed_nothing(here):
    here.tell(here.cloudformation.end(0, "CREATE_COMPLETE", "aaaaaaa", Key=KEY))
    here.tell(here.cloudformation.end(10, "UPDATE_ROLLBACK_COMPLETE", "bbbbbbb", Key=KEY))
    assert told(here)[1] == "bbbbbbb rolled back: []"


def test_a_change_set_that_was_deployed_before_says_no_commit(here):
    here.tell(here.cloudformation.end(0, "CREATE_COMPLETE", "aaaaaaa", Key=KEY))
    here.tell(here.cloudformation.end(10, "UPDATE_COMPLETE", "aaaaaaa"))
    assert told(here)[1] == f"? done: ['{REMOVED}']"


def test_a_deleted_stack_has_lost_what_it_does_not_keep(here):
    here.tell(here.cloudformation.end(0, "CREATE_COMPLETE", Key=KEY))
    here.tell(here.cloudformation.end(10, "DELETE_COMPLETE", Key=KEY))
    assert told(here)[1] == f"? deleted: ['{REMOVED}']"


def test_without_an_earlier_template_the_changes_are_not_known(here):
    here.tell(here.cloudformation.end(0, "UPDATE_COMPLETE", "aaaaaaa", Key=KEY))
    here.tell(here.cloudformation.end(10, "UPDATE_COMPLETE", "bbbbbbb"))
    assert told(here) == ["aaaaaaa done: no earlier template of the stack was kept", f"bbbbbbb done: ['{REMOVED}']"]


def test_the_recorders_own_deployment_keeps_what_was_there_before_it(here):
    here.cloudformation.end(0, "CREATE_COMPLETE", "aaaaaaa", Key=KEY)
    here.tell(here.cloudformation.end(5, "CREATE_COMPLETE", "aaaaaaa", stack=OWN))
    here.tell(here.cloudformation.end(10, "UPDATE_COMPLETE", "bbbbbbb"))
    assert told(here)[-1] == f"bbbbbbb done: ['{REMOVED}']"


def test_another_senders_stack_is_passed_over(here):
    assert not here.tell(here.cloudformation.end(0, "CREATE_COMPLETE", stack="staygreen-other-production-domain"))
    assert told(here) == []


def test_a_late_event_is_recorded_without_changes_that_are_not_its_own(here):
    here.tell(here.cloudformation.end(0, "CREATE_COMPLETE", "aaaaaaa", Key=KEY))
    late = here.cloudformation.end(10, "UPDATE_COMPLETE", "bbbbbbb")
    here.tell(here.cloudformation.end(20, "UPDATE_COMPLETE", "ccccccc", Other=OTHER))
    first, last = told(here)
    here.tell(late)
    assert told(here) == [first, f"? done: {FOLLOWED}", last]
    here.tell(here.cloudformation.end(30, "UPDATE_COMPLETE", "ddddddd", Other=OTHER))
    assert told(here)[-1] == "ddddddd done: []"


def test_a_template_too_large_to_keep_makes_the_next_changes_unknown(here, monkeypatch):
    monkeypatch.setattr(deployments, "LARGEST", 10)
    here.tell(here.cloudformation.end(0, "CREATE_COMPLETE", "aaaaaaa", Key=KEY))
    here.tell(here.cloudformation.end(10, "UPDATE_COMPLETE", "bbbbbbb"))
    assert told(here)[1] == "bbbbbbb done: one of the two templates is too large, or no JSON, and was not kept"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(order=st.permutations(range(4)), again=st.lists(st.integers(0, 3), max_size=5))
def test_redelivered_late_and_out_of_order_events_change_nothing_that_is_recorded(order, again):
    steps = [("CREATE_COMPLETE", "aaaaaaa", {"Key": KEY}), ("UPDATE_COMPLETE", "bbbbbbb", {})]
    steps += [
        ("UPDATE_COMPLETE", "ccccccc", {"Other": OTHER}),
        ("UPDATE_ROLLBACK_COMPLETE", "ddddddd", {"Other": OTHER}),
    ]
    with pytest.MonkeyPatch.context() as patch:
        here = world(patch)
        events = [here.cloudformation.end(10 * n, status, c, **r) for n, (status, c, r) in enumerate(steps)]
        seen: dict[str, str] = {}
        for number in [*order, *again]:
            here.tell(json.loads(json.dumps(events[number])))
            now = {each.id: repr(each) for each in here.recorded()}
            assert seen.items() <= now.items(), "what is recorded stays as it was"
            seen = now
        assert len(seen) == len(steps)
        kept = here.table.kept(f"{PREFIX}domain")
        assert kept is not None
        assert kept.body == {"Resources": {"Other": OTHER}}
