"""Deployments in the incident table: what is kept, for how long, and what is read of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from staygreen.adapters.store.deployments import DeploymentTable, KeptTemplate
from staygreen.adapters.store.items import KEPT
from staygreen.core.deployments.before import LOOKED_BACK
from staygreen.core.deployments.changes import LONGEST, MOST
from staygreen.core.deployments.deployment import Deployment, Direction, FactChange, Outcome
from tests.adapters.store.test_incidents import create, dynamodb  # noqa: F401 - a fixture
from tests.faults.dynamodb import LARGEST_ITEM, size_of

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def table(dynamodb):  # noqa: F811
    name = create(dynamodb)
    yield DeploymentTable(dynamodb, name)
    dynamodb.delete_table(TableName=name)


def ended(hours, **more):
    return Deployment(**{"stack": "mine", "at": NOON + hours * HOUR, "outcome": Outcome.DONE, **more})


def kept(hours, body=None):
    return KeptTemplate(stack_id="arn", at=NOON + hours * HOUR, change_set="", body=body or {"Resources": {}})


def test_what_came_before_is_read_with_what_may_have_been_under_way(table):
    table.begin(NOON - 1000 * HOUR)
    for hours in (-200, -100, -1, 5, 30):
        table.record(ended(hours))
    found = table.before(NOON)
    assert [each.at for each in found.deployments] == [NOON + hours * HOUR for hours in (-100, -1, 5)]
    assert found.since == NOON - 1000 * HOUR
    assert found.covers(NOON)
    assert found.covers(NOON - LOOKED_BACK)
    assert not found.covers(NOON - LOOKED_BACK - HOUR)


def test_the_first_telling_of_a_deployment_counts(table):
    table.record(ended(0, commit="aaaaaaa"))
    table.record(ended(0, commit="bbbbbbb"))
    assert [each.commit for each in table.ended(NOON - HOUR)] == ["aaaaaaa"]


def test_a_template_replaces_only_the_one_that_was_compared(table):
    first, second = kept(0, {"Resources": {"A": {}}}), kept(1)
    assert table.record_with(ended(0), first, None)
    assert not table.record_with(ended(2), kept(2), None), "one is there already"
    assert table.record_with(ended(1), second, first)
    assert not table.record_with(ended(3), kept(3), first), "another one is there by now"
    assert [each.at for each in table.ended(NOON)] == [NOON, NOON + HOUR]
    assert table.kept("mine") == second


def test_deployments_expire_and_the_largest_fits_its_item(table, dynamodb):  # noqa: F811
    long = "ß" * LONGEST
    change = FactChange(kind="record", name="x" * 300, direction=Direction.CHANGED, before=long, after=long)
    table.record(ended(0, changes=(change,) * MOST))
    (item,) = dynamodb.scan(TableName=table._name)["Items"]
    assert item["expires_at"]["N"] == str(int((NOON + KEPT).timestamp()))
    assert size_of(item) < LARGEST_ITEM
