"""Measures, their events and the ledger, in the incident table: the same backups, the same outbox.

=================  ====================  ===============================================
``pk``             ``sk``                item
=================  ====================  ===============================================
``repair#open``    ``<measure>``         a measure that is not at its end
``repair#<m>``     ``measure``           a measure at its end
``repair#<m>``     ``event#<n>``         one thing that happened, and the message about it
``repair#ledger``  ``ledger``            what is, or lately was, in force
``repair#groups``  ``<group>``           measures that are still to be told together
``repair#<g>``     ``event#0000001``     the message that told them
=================  ====================  ===============================================
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

from botocore.exceptions import ClientError

from staygreen.adapters.store.incidents import Past
from staygreen.adapters.store.items import KEPT, history_item, to_send
from staygreen.adapters.store.run_writer import is_cancelled
from staygreen.core.alerts.alert import Alert
from staygreen.core.codec import decoded, encoded
from staygreen.core.repair.engine import Raced
from staygreen.core.repair.guards import Ledger
from staygreen.core.repair.repair import Event, Group, Measure, Step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OPEN = "repair#open"
BEGUN_AT_ONCE = 50
"""A transaction takes 100 actions, and a new measure is two."""
_LEDGER = {"pk": {"S": "repair#ledger"}, "sk": {"S": "ledger"}}
Item = dict[str, Any]
GROUPS = "repair#groups"


class Render(Protocol):
    """Makes the messages about repairs."""

    def one(self, measure: Measure, event: Event) -> Alert:
        """The message about one event."""
        ...

    def many(self, group: Group, members: Sequence[Measure]) -> Alert:
        """The message about a group."""
        ...


class RepairTable:
    """The `Store` of deployed repairs.

    Args:
        client: A DynamoDB client.
        name: The incident table.
        channels: Who is to get each announcement.
        render: Makes the messages.
    """

    def __init__(self, client: DynamoDBClient, name: str, channels: Sequence[str], render: Render) -> None:
        self._client = client
        self._name = name
        self._channels = tuple(channels)
        self._render = render

    def measure(self, identifier: str) -> Measure | None:
        """One measure, wherever it stands."""
        for key in (_open_key(identifier), _ended_key(identifier)):
            item = self._get(key)
            if item:
                return decoded(Measure, json.loads(item["doc"]["S"]))
        return None

    def open_measures(self) -> Iterator[Measure]:
        """Those that are not at an end."""
        for item in self._query(OPEN):
            yield decoded(Measure, json.loads(item["doc"]["S"]))

    def ledger(self) -> Ledger:
        """The ledger; an empty one before the first measure."""
        item = self._get(_LEDGER)
        return decoded(Ledger, json.loads(item["doc"]["S"])) if item else Ledger()

    def history(self, identifier: str) -> Iterator[tuple[Past, str]]:
        """What happened to a measure, oldest first, each with its words."""
        for item in self._query(f"repair#{identifier}", "event#"):
            past = Past(
                id=item["id"]["S"],
                kind=item["kind"]["S"],
                at=datetime.fromisoformat(item["at"]["S"]),
                by=item["by"]["S"],
                sent={key[5:]: value["S"] for key, value in item.items() if key.startswith("sent_")},
            )
            yield past, item["text"]["S"]

    def group(self, identifier: str) -> Group | None:
        """A group that was not told yet."""
        item = self._get(_group_key(identifier))
        return decoded(Group, json.loads(item["doc"]["S"])) if item else None

    def groups(self) -> Iterator[Group]:
        """All groups that were not told yet."""
        for item in self._query(GROUPS):
            yield decoded(Group, json.loads(item["doc"]["S"]))

    def keep_group(self, group: Group) -> None:
        """Write a group, unless it is there."""
        item = {**_group_key(group.id), "doc": {"S": json.dumps(encoded(group), separators=(",", ":"))}}
        with suppress(Raced):
            self._transact([self._put(item, _absent())])

    def tell_group(self, group: Group, members: Sequence[Measure]) -> None:
        """Announce it and forget it, in one: it is told once."""
        forget = {"Delete": {"TableName": self._name, "Key": _group_key(group.id)}}
        if members:
            item = history_item(f"repair#{group.id}", f"event#{1:07d}", f"{group.id}-1", "grouped", group.at)
            item.update(to_send(self._render.many(group, members), group.at, self._channels))
            try:
                self._transact([self._put(item, _absent()), forget])
            except Raced:
                # told before, by a call that was repeated
                self._transact([forget])
            return
        self._transact([forget])

    def begin(self, steps: Sequence[Step]) -> Sequence[Measure]:
        """Write new measures, as many at once as a transaction takes; one that is there already stays as it is."""
        made: list[Measure] = []
        for start in range(0, len(steps), BEGUN_AT_ONCE):
            some = steps[start : start + BEGUN_AT_ONCE]
            try:
                self._transact([action for step in some for action in self._actions(*step)])
            except Raced:
                made += [self._begun(*step) for step in some]
            else:
                made += [begun for begun, _ in some]
        return made

    def _begun(self, begun: Measure, event: Event) -> Measure:
        """One of a cancelled transaction: new, or as somebody else wrote it."""
        try:
            self.save(begun, event, None)
        except Raced:
            return self.measure(begun.id) or begun
        return begun

    def save(self, after: Measure, event: Event | None, ledger: Ledger | None) -> None:
        """Write a measure and, where given, what happened to it and the ledger: all or nothing.

        Raises:
            Raced: One of them is not at the version before this one.
        """
        actions = self._actions(after, event)
        if ledger is not None:
            actions.append(self._put({**_LEDGER, **_document(ledger)}, _at(ledger.version - 1)))
        self._transact(actions)

    def _transact(self, actions: Sequence[Item]) -> None:
        try:
            self._client.transact_write_items(TransactItems=cast(Any, actions))
        except ClientError as error:
            if is_cancelled(error):
                raise Raced("somebody else wrote it meanwhile") from error
            raise

    def _actions(self, after: Measure, event: Event | None) -> list[Item]:
        happened = [] if event is None else [self._put(self._event(after, event), _absent())]
        return [*self._measure(after), *happened]

    def _measure(self, after: Measure) -> list[Item]:
        before = _at(after.version - 1)
        if not after.is_over:
            return [self._put({**_open_key(after.id), **_document(after)}, before)]
        ended = {**_ended_key(after.id), **_document(after)}
        if after.ended_at is not None:
            ended["expires_at"] = {"N": str(int((after.ended_at + KEPT).timestamp()))}
        return [
            {"Delete": {"TableName": self._name, "Key": _open_key(after.id), **before}},
            self._put(ended, _absent()),
        ]

    def _event(self, measure: Measure, event: Event) -> Item:
        identifier = f"{measure.id}-{measure.sequence}"
        item = history_item(f"repair#{measure.id}", f"event#{measure.sequence:07d}", identifier, event.kind, event.at)
        item["by"] = {"S": event.by}
        item["text"] = {"S": event.text}
        if event.is_told:
            item.update(to_send(self._render.one(measure, event), event.at, self._channels))
        return item

    def _put(self, item: Item, condition: Item) -> Item:
        return {"Put": {"TableName": self._name, "Item": item, **condition}}

    def _get(self, key: Item) -> Item:
        return cast(Item, self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item", {}))

    def _query(self, pk: str, prefix: str = "") -> Iterator[Item]:
        values: Item = {":pk": {"S": pk}}
        condition = "pk = :pk"
        if prefix:
            values[":prefix"] = {"S": prefix}
            condition += " AND begins_with(sk, :prefix)"
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        for page in pages:
            yield from cast(Iterator[Item], page["Items"])


def _open_key(identifier: str) -> Item:
    return {"pk": {"S": OPEN}, "sk": {"S": identifier}}


def _ended_key(identifier: str) -> Item:
    return {"pk": {"S": f"repair#{identifier}"}, "sk": {"S": "measure"}}


def _group_key(identifier: str) -> Item:
    return {"pk": {"S": GROUPS}, "sk": {"S": identifier}}


def _document(value: Measure | Ledger) -> Item:
    text = json.dumps(encoded(value), separators=(",", ":"), ensure_ascii=False)
    return {"doc": {"S": text}, "version": {"N": str(value.version)}}


def _absent() -> Item:
    return {"ConditionExpression": "attribute_not_exists(pk)"}


def _at(version: int) -> Item:
    if version == 0:
        return _absent()
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }
