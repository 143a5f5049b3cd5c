"""What CloudFormation's events and change sets say of a deployment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from staygreen.core.codec import decoded, encoded
from staygreen.core.deployments.change_set import UNKNOWN, Commit, commit_of, name_in
from staygreen.core.deployments.deployment import Deployment, Direction, FactChange, Outcome
from staygreen.core.deployments.stack_event import OUTCOMES, read

ARN = "arn:aws:cloudformation:eu-central-1:111122223333:stack/staygreen-acme-production-state/5f1c"


def event(status="UPDATE_COMPLETE", **more):
    detail = {"stack-id": ARN, "status-details": {"status": status, "status-reason": ""}}
    given = {"source": "aws.cloudformation", "detail-type": "CloudFormation Stack Status Change", "detail": detail}
    return {"time": "2026-11-12T13:40:00Z", **given, **more}


@pytest.mark.parametrize("status", OUTCOMES)
def test_the_end_of_an_operation_is_read(status):
    found = read(event(status))
    assert found is not None
    assert (found.stack, found.outcome) == ("staygreen-acme-production-state", OUTCOMES[status])
    assert found.at == datetime(2026, 11, 12, 13, 40, tzinfo=UTC)


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "REVIEW_IN_PROGRESS"])
def test_what_is_under_way_is_passed_over(status):
    assert read(event(status)) is None


def test_an_event_of_anything_else_is_passed_over():
    assert read(event(source="aws.ses")) is None
    assert read(event(detail={"stack-id": "no arn", "status-details": {"status": "UPDATE_COMPLETE"}})) is None


def test_the_commit_is_in_the_name_of_the_change_set():
    arn = "arn:aws:cloudformation:eu-central-1:111122223333:changeSet/staygreen-3f2a91c0d1e2-20261112T133000Z/9a1b"
    assert commit_of(name_in(arn)) == Commit("3f2a91c0d1e2")
    assert commit_of("staygreen-3f2a91c0d1e2-changed-20261112T133000Z") == Commit("3f2a91c0d1e2", True)


@pytest.mark.parametrize("name", ["cdk-deploy-change-set", "staygreen-unknown-20261112T133000Z", ""])
def test_a_name_that_says_no_commit_leaves_it_unknown(name):
    assert commit_of(name) == UNKNOWN
    assert name_in(name) == ""


def test_a_deployment_is_stored_and_read_back_whole():
    change = FactChange(kind="record", name="example.com", direction=Direction.CHANGED, before="a", after="b")
    at = datetime(2026, 11, 12, 13, 40, tzinfo=UTC)
    one = Deployment(stack="s", at=at, outcome=Outcome.DONE, began=at, commit="3f2a91c", changes=(change,))
    assert decoded(Deployment, encoded(one)) == one
