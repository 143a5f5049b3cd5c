"""The same calls before our double of DynamoDB and before moto's, which others wrote: both answer alike.

moto is no requirement of the suite: `pip install -r requirements-oracle.txt`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.faults.dynamodb import LARGEST_ITEM, Table, size_of
from tests.faults.played import WORKLOADS

moto = pytest.importorskip("moto", reason="moto is absent: pip install -r requirements-oracle.txt")

PLAYS = 12
"""Of each workload: one without faults, and others with a fault at every eighth call."""
OPERATIONS = ("get_item", "batch_get_item", "query", "put_item", "update_item", "delete_item", "transact_write_items")
Answer = tuple[str, Any]
Calls = tuple[str, dict[str, Any]]


class Judge:
    """One table of moto for each table of ours, which is asked whatever ours is asked."""

    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name="us-east-1")
        self.differences: list[str] = []
        self.asked = 0
        self._names: dict[int, str] = {}
        self._kept: list[Table] = []
        """So that no later table has the id of one that is gone."""

    def compare(self, operation: str, table: Table, given: Mapping[str, Any], ours: Answer) -> None:
        """Ask moto what ours was asked."""
        self.asked += 1
        theirs = answered(operation, lambda: getattr(self.client, operation)(**self._renamed(table, given)))
        if ours != theirs:
            self.differences.append(f"{operation} {given}\n  ours:   {ours}\n  theirs: {theirs}")

    def _renamed(self, table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
        name = self._name(table)
        renamed = dict(given)
        if "RequestItems" in given:
            renamed["RequestItems"] = dict.fromkeys([name], next(iter(given["RequestItems"].values())))
        elif "TransactItems" in given:
            renamed["TransactItems"] = [
                {kind: {**action, "TableName": name} for kind, action in each.items()}
                for each in given["TransactItems"]
            ]
        else:
            renamed["TableName"] = name
        return renamed

    def _name(self, table: Table) -> str:
        if id(table) not in self._names:
            self._names[id(table)] = name = f"table-{uuid.uuid4()}"
            self._kept.append(table)
            keys = (("pk", "HASH"), ("sk", "RANGE"))
            index = (("outbox_pk", "HASH"), ("outbox_at", "RANGE"))
            self.client.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys + index],
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],  # type: ignore[typeddict-item]
                GlobalSecondaryIndexes=[
                    {
                        "IndexName": "outbox",
                        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in index],  # type: ignore[typeddict-item]
                        "Projection": {"ProjectionType": "ALL"},
                    }
                ],
            )
        return self._names[id(table)]


def answered(operation: str, call: Callable[[], Any]) -> Answer:
    """What came of a call, in the parts that DynamoDB documents and staygreen reads."""
    try:
        answer = call()
    except ClientError as error:
        reasons = [each.get("Code", "None") for each in error.response.get("CancellationReasons", [])]
        return error.response["Error"]["Code"], reasons
    if operation == "batch_get_item":
        (found,) = answer["Responses"].values()
        return "done", sorted(map(plain, found), key=repr)
    if operation == "query":
        return "done", ([plain(item) for item in answer["Items"]], plain(answer.get("LastEvaluatedKey") or {}))
    return "done", [plain(answer.get(part) or {}) for part in ("Item", "Attributes")]


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item whose sets have one order."""
    return {
        name: {kind: sorted(held) if kind in ("SS", "NS") else held for kind, held in value.items()}
        for name, value in sorted(item.items())
    }


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    with moto.mock_aws():
        judge = Judge()
        for operation in OPERATIONS:
            monkeypatch.setattr(Table, operation, judged(judge, operation, getattr(Table, operation)))
        yield judge


def judged(judge: Judge, operation: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """The double's operation, with moto asked the same after it."""

    def call(table: Table, **given: Any) -> Any:
        kept: list[Any] = []

        def run() -> Any:
            kept.append(original(table, **given))
            return kept[0]

        ours = answered(operation, run)
        judge.compare(operation, table, given, ours)
        return kept[0] if kept else original(table, **given)

    return call


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda each: each.name)
def test_what_the_workloads_ask_is_answered_alike(judge: Judge, workload: Any) -> None:
    workload.play({}, None)
    for planned in workload.some(31, PLAYS, max(1, len(workload.calls()) // 8)):
        workload.play(planned, None)
    assert judge.asked > PLAYS
    assert judge.differences == []


KEY = {"pk": {"S": "a"}, "sk": {"S": "0000"}}


def item(n: int = 0, text: str = "", **more: Any) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "sk": {"S": f"{n:04}"}, "doc": {"S": text}, **more}


def put(n: int = 0, text: str = "", condition: str = "") -> dict[str, Any]:
    more = {"ConditionExpression": condition} if condition else {}
    return {"Put": {"TableName": "incidents", "Item": item(n, text), **more}}


def update(expression: str, **values: Any) -> Calls:
    return (
        "update_item",
        {
            "TableName": "incidents",
            "Key": KEY,
            "UpdateExpression": expression,
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
        },
    )


def of_table(operation: str, **given: Any) -> Calls:
    return operation, {"TableName": "incidents", **given}


ASKED: dict[str, tuple[Calls, ...]] = {
    "an item of 400 KB with its names, and one byte more": tuple(
        of_table("put_item", Item=item(text="x" * (LARGEST_ITEM - size_of(item()) + more))) for more in (0, 1)
    ),
    "an update that outgrows it": (
        of_table("put_item", Item=item()),
        update("SET doc = :doc", doc={"S": "x" * LARGEST_ITEM}),
        of_table("get_item", Key=KEY),
    ),
    "a hundred actions, and one more": tuple(
        ("transact_write_items", {"TransactItems": [put(n) for n in range(count)]}) for count in (100, 101)
    ),
    "an item twice in one transaction": (("transact_write_items", {"TransactItems": [put(), put()]}),),
    "a transaction of which one condition fails": (
        of_table("put_item", Item=item()),
        ("transact_write_items", {"TransactItems": [put(1), put(0, "x", "attribute_not_exists(pk)")]}),
        of_table("get_item", Key={**KEY, "sk": {"S": "0001"}}),
    ),
    "an empty set": (of_table("put_item", Item=item(owed={"SS": []})),),
    "a set that loses its last element": (
        of_table("put_item", Item=item(owed={"SS": ["alerts"]})),
        update("DELETE owed :c", c={"SS": ["alerts"]}),
        of_table("get_item", Key=KEY),
    ),
    "an empty key of an index": (of_table("put_item", Item=item(outbox_pk={"S": ""}, outbox_at={"S": "1"})),),
    "an index read consistently": (
        of_table(
            "query",
            IndexName="outbox",
            KeyConditionExpression="outbox_pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "outbox"}},
            ConsistentRead=True,
        ),
    ),
    "a page that ends at 1 MB": (
        *(of_table("put_item", Item=item(n, "x" * 200_000)) for n in range(9)),
        of_table("query", KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "a"}}),
    ),
    "4 MB in one transaction": (
        ("transact_write_items", {"TransactItems": [put(n, "x" * 390_000) for n in range(11)]}),
    ),
    "one key twice": (("batch_get_item", {"RequestItems": {"incidents": {"Keys": [KEY, KEY]}}}),),
    "a hundred and one keys": (
        (
            "batch_get_item",
            {"RequestItems": {"incidents": {"Keys": [{**KEY, "sk": {"S": str(n)}} for n in range(101)]}}},
        ),
    ),
}
"""Each documented limit, asked for up to it and beyond."""
GAPS = {
    "an item of 400 KB with its names, and one byte more": "moto ends at 405,000 bytes, DynamoDB at 409,600",
    "a page that ends at 1 MB": "moto's page ends at 1,000,000 bytes, DynamoDB's at 1,048,576",
    "4 MB in one transaction": "moto does not count a transaction's bytes",
}
"""Where moto answers otherwise than DynamoDB's documentation says, and ours as it says."""


@pytest.mark.parametrize("what", ASKED)
def test_a_documented_limit_is_one_for_both(judge: Judge, what: str) -> None:
    table = Table()
    for operation, given in ASKED[what]:
        with suppress(ClientError):
            getattr(table, operation)(**given)
    assert bool(judge.differences) == (what in GAPS), "\n".join(each[:500] for each in judge.differences)
