"""A DynamoDB table behind boto3's calls: what it documents to refuse, this refuses, and in the same words of error.

Limits: an item takes 400 KB with its names; a transaction takes 100 actions, 4 MB, and each item once; a page of
Query takes 1 MB; BatchGetItem takes 100 keys (Amazon DynamoDB developer guide, "Quotas in Amazon DynamoDB", and API
Reference, TransactWriteItems, Query, BatchGetItem; recalled, not verified). Its parameters are those that botocore
knows. Time-to-live deletes nothing here: AWS promises no hour for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from botocore.validate import validate_parameters

from tests.faults.expressions import Item, Value, condition, update

LARGEST_ITEM = 400 * 1024
LARGEST_TRANSACTION = 4 * 1024 * 1024
MOST_ACTIONS = 100
LARGEST_PAGE = 1024 * 1024
MOST_KEYS = 100
LONGEST_EXPRESSION = 4096
_HASH = re.compile(r"(?:pk|outbox_pk) = (:\w+)")
"""How each condition on keys begins (API Reference, Query)."""
Key = tuple[str, str]
Call = Callable[[], Any]


@cache
def _service() -> ServiceModel:
    return botocore.session.get_session().get_service_model("dynamodb")


def size_of(item: Mapping[str, Value]) -> int:
    """Bytes of an item: names and values (developer guide, "DynamoDB item sizes and formats", recalled)."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Value) -> int:
    ((kind, held),) = value.items()
    if kind == "L":
        return 3 + sum(1 + _size(each) for each in held)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size(each) for name, each in held.items())
    if kind == "S":
        return len(held.encode())
    if kind == "N":
        return (len(held.lstrip("-0.")) + 1) // 2 + 1
    if kind in ("SS", "NS"):
        return sum(len(each.encode()) for each in held)
    return len(held) if kind == "B" else 1


def copied(value: Any) -> Any:
    """A copy of an item or of a part of it, which are what JSON is made of; `copy.deepcopy` takes far longer."""
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list) else value


def refused(code: str, text: str, operation: str, **more: Any) -> ClientError:
    """An error as boto3 raises it."""
    return ClientError({"Error": {"Code": code, "Message": text}, **more}, operation)


class Table:
    """One table with the sparse index `outbox`; its stream is the list `stream`."""

    def __init__(self) -> None:
        self.items: dict[Key, Item] = {}
        self.stream: list[Mapping[str, Any]] = []
        self.calls: list[str] = []

    def copy(self) -> Table:
        """Another table that holds the same, of which nothing was asked yet."""
        other = Table()
        other.items = copied(self.items)
        return other

    # --- reading ----------------------------------------------------------------------------------------------------

    def get_item(self, Key: Item, **_: Any) -> dict[str, Any]:
        found = self.items.get(_key(Key))
        return {"Item": copied(found)} if found else {}

    def batch_get_item(self, RequestItems: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        ((name, asked),) = RequestItems.items()
        keys = [_key(each) for each in asked["Keys"]]
        if not 1 <= len(keys) <= MOST_KEYS or len(set(keys)) != len(keys):
            raise refused("ValidationException", "Too many items requested, or one twice", "BatchGetItem")
        found = [copied(self.items[each]) for each in keys if each in self.items]
        return {"Responses": {name: found}, "UnprocessedKeys": {}}

    def query(self, KeyConditionExpression: str, **given: Any) -> dict[str, Any]:
        index = given.get("IndexName", "")
        if index and given.get("ConsistentRead"):
            raise refused("ValidationException", "Consistent reads are not supported on global indexes", "Query")
        holds = condition(_short(KeyConditionExpression, "Query"))
        names = given.get("ExpressionAttributeNames", {})
        values = given.get("ExpressionAttributeValues", {})
        hash_name, range_name = ("outbox_pk", "outbox_at") if index else ("pk", "sk")
        asked = _HASH.match(KeyConditionExpression)
        of = values[asked[1]] if asked else None
        near = (i for i in self.items.values() if range_name in i and i.get(hash_name) == of)
        found = [item for item in near if holds(item, names, values)]
        found.sort(key=lambda i: (i[range_name]["S"], i["pk"]["S"], i["sk"]["S"]))
        if not given.get("ScanIndexForward", True):
            found.reverse()
        return _page(found, given.get("ExclusiveStartKey"), given.get("Limit"))

    def scan(self, **given: Any) -> dict[str, Any]:
        found = [self.items[each] for each in sorted(self.items)]
        return _page(found, given.get("ExclusiveStartKey"), given.get("Limit"))

    # --- writing ----------------------------------------------------------------------------------------------------

    def put_item(self, **given: Any) -> dict[str, Any]:
        self._write([("Put", given)], "PutItem")
        return {}

    def update_item(self, **given: Any) -> dict[str, Any]:
        self._write([("Update", given)], "UpdateItem")
        wants = given.get("ReturnValues") == "ALL_NEW"
        return {"Attributes": copied(self.items[_key(given["Key"])])} if wants else {}

    def delete_item(self, **given: Any) -> dict[str, Any]:
        self._write([("Delete", given)], "DeleteItem")
        return {}

    def transact_write_items(self, TransactItems: list[Mapping[str, Any]], **_: Any) -> dict[str, Any]:
        operation = "TransactWriteItems"
        actions = [(kind, action) for each in TransactItems for kind, action in each.items()]
        keys = [_key(action["Item"] if kind == "Put" else action["Key"]) for kind, action in actions]
        if not 1 <= len(actions) <= MOST_ACTIONS:
            text = f"Member must have length less than or equal to {MOST_ACTIONS}"
            raise refused("ValidationException", text, operation)
        if len(set(keys)) != len(keys):
            raise refused("ValidationException", "Transaction request cannot include multiple operations on one item",
                          operation)  # fmt: skip
        self._write(actions, operation)
        return {}

    def _write(self, actions: list[tuple[str, Mapping[str, Any]]], operation: str) -> None:
        """All or nothing; the reasons why nothing say which."""
        reasons = [self._objection(kind, action) for kind, action in actions]
        if any(code for code, _ in reasons):
            raise _refusal(reasons, operation)
        after: dict[Key, Item | None] = {}
        for (kind, action), n in zip(actions, range(len(actions)), strict=True):
            made = self._made(kind, action)
            if made is not None:
                text = _fault_of(*made)
                if text:
                    reasons[n] = ("ValidationError", text)
                after[made[0]] = made[1]
        if any(code for code, _ in reasons):
            raise _refusal(reasons, operation)
        if sum(size_of(item) for item in after.values() if item) > LARGEST_TRANSACTION:
            raise refused("ValidationException", "Transaction request exceeds 4 MB", operation)
        for key, item in after.items():
            self._set(key, item)

    def _objection(self, _kind: str, action: Mapping[str, Any]) -> tuple[str, str]:
        expression = action.get("ConditionExpression", "")
        if not expression:
            return "", ""
        item = self.items.get(_key(action["Item"] if "Item" in action else action["Key"]), {})
        holds = condition(_short(expression, "PutItem"))
        values = action.get("ExpressionAttributeValues", {})
        if holds(item, action.get("ExpressionAttributeNames", {}), values):
            return "", ""
        return "ConditionalCheckFailed", "The conditional request failed"

    def _made(self, kind: str, action: Mapping[str, Any]) -> tuple[Key, Item | None] | None:
        if kind == "ConditionCheck":
            return None
        if kind == "Put":
            return _key(action["Item"]), copied(action["Item"])
        key = _key(action["Key"])
        if kind == "Delete":
            return key, None
        item = copied(self.items.get(key, dict(action["Key"])))
        change = update(_short(action["UpdateExpression"], "UpdateItem"))
        change(item, action.get("ExpressionAttributeNames", {}), action.get("ExpressionAttributeValues", {}))
        return key, item

    def _set(self, key: Key, item: Item | None) -> None:
        former = self.items.pop(key, None)
        if item is not None:
            self.items[key] = item
        if former is None and item is None:
            return
        kind = "REMOVE" if item is None else "INSERT" if former is None else "MODIFY"
        image = {"NewImage": copied(item)} if item is not None else {}
        record = {"SequenceNumber": str(len(self.stream) + 1), **image}
        self.stream.append({"eventName": kind, "dynamodb": record})


def _key(item: Mapping[str, Value]) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _short(expression: str, operation: str) -> str:
    if len(expression.encode()) > LONGEST_EXPRESSION:
        raise refused("ValidationException", "Expression size has exceeded the maximum allowed size", operation)
    return expression


def _refusal(reasons: list[tuple[str, str]], operation: str) -> ClientError:
    if operation != "TransactWriteItems":
        code, text = reasons[0]
        return refused(
            f"{code}Exception" if code == "ConditionalCheckFailed" else "ValidationException", text, operation
        )
    told = [{"Code": code or "None", **({"Message": text} if text else {})} for code, text in reasons]
    return refused("TransactionCanceledException", "Transaction cancelled", operation, CancellationReasons=told)


def _fault_of(key: Key, item: Item | None) -> str:
    """Why an item cannot be stored; empty when it can."""
    if item is None:
        return ""
    if not 1 <= len(key[0].encode()) <= 2048 or not 1 <= len(key[1].encode()) <= 1024:
        return "One or more parameter values are not valid: the size of a key"
    if size_of(item) > LARGEST_ITEM:
        return "Item size has exceeded the maximum allowed size"
    if any(kind in ("SS", "NS", "BS") and not held for value in item.values() for kind, held in value.items()):
        return "One or more parameter values were invalid: An string set  may not be empty"
    indexed = [item[name] for name in ("outbox_pk", "outbox_at") if name in item]
    if any(not value.get("S") for value in indexed):
        return "Type mismatch for Index Key, or it is empty"
    return ""


def _page(found: list[Item], start: Item | None, limit: int | None) -> dict[str, Any]:
    keys = [_key(item) for item in found]
    begin = keys.index(_key(start)) + 1 if start else 0
    taken, size = [], 0
    for item in found[begin:]:
        if taken and (size + size_of(item) > LARGEST_PAGE or len(taken) == limit):
            return {"Items": taken, "LastEvaluatedKey": {name: taken[-1][name] for name in ("pk", "sk")}}
        taken.append(copied(item))
        size += size_of(item)
    return {"Items": taken}


def straight(_operation: str, call: Call) -> Any:
    """A call without faults."""
    return call()


class Client:
    """What boto3's client does, over a table.

    Args:
        table: Where it goes.
        around: What every call passes through: it is handed the operation and the call, and may fail before or after.
    """

    def __init__(self, table: Table, around: Callable[[str, Call], Any] = straight) -> None:
        self._table = table
        self._around = around

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if not hasattr(Table, name):
            raise AttributeError(name)

        def call(**given: Any) -> Any:
            operation = "".join(part.capitalize() for part in name.split("_"))
            validate_parameters(given, _service().operation_model(operation).input_shape)
            self._table.calls.append(operation)
            return self._around(f"dynamodb.{operation}", lambda: getattr(self._table, name)(**given))

        return call

    def get_paginator(self, name: str) -> _Paginator:
        """Page after page, each of which is a call."""
        return _Paginator(getattr(self, name))


class _Paginator:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def paginate(self, **given: Any) -> Iterator[Mapping[str, Any]]:
        page = self._call(**given)
        yield page
        while "LastEvaluatedKey" in page:
            page = self._call(**given, ExclusiveStartKey=page["LastEvaluatedKey"])
            yield page
