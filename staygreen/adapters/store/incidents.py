"""The incident table, which is also the outbox of announcements.

An incident and what happened to it are written in one transaction, so that a
function killed at any moment loses nothing and repeats nothing. A transition that
is to be announced stands in the sparse index `outbox` until every channel has it.

===================================  ======================  =====================================
``pk``                               ``sk``                  item
===================================  ======================  =====================================
``check#<check>``                    ``heartbeat``           the last run that reached its end
``check#<check>``                    ``heartbeat#<n>``       more incidents that it saw, beyond 25,000
``check#<check>#<0-f>``              ``incident#<id>``       an incident, spread over 16 partitions
``unfinished#<check>``               ``<run>#<attempt>``     that a run has begun to write, and its groups
``history#<incident>``               ``transition#<n>``      one step, and the message to announce
``history#<bundle>``                 ``transition#0000001``  a grouped announcement, or a digest
``delivery#<incident>``              ``slack``               where its thread is (`staygreen.adapters.notify.slack`)
===================================  ======================  =====================================

A partition takes 1,000 write units a second (Amazon DynamoDB developer guide, "Best practices for designing
and using partition keys effectively"); a transaction takes 100 actions (API Reference, TransactWriteItems;
both verified 2026-11-24).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from botocore.exceptions import ClientError

from staygreen.adapters.store.items import (
    OUTBOX,
    Item,
    expiry,
    history_item,
    part_key,
    partition,
    place,
    read_heartbeat,
    sortable,
    to_send,
)
from staygreen.adapters.store.run_writer import (
    Refused,
    Render,
    RunWriter,
    incident_actions,
    is_cancelled,
    read_unfinished,
)
from staygreen.core.alerts.alert import Alert, remark
from staygreen.core.errors import SourceUnavailable, StaygreenError
from staygreen.core.incidents.incident import Incident, Transition
from staygreen.core.incidents.run import Change, Heartbeat, Outcome, Run, Unfinished, remembered
from staygreen.core.incidents.storage import read_incident

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS = "0123456789abcdef"
CLAIM = timedelta(minutes=16)
"""How long one sender may take before another may try: longer than any function lives (15 minutes, AWS Lambda
developer guide, "Lambda quotas", recalled, not verified), so that no claim ends while its sender is at it."""
UNDELIVERED = "undelivered"
"""Where in the index an announcement stands that is owed to nobody any more and that some channel never took."""
LONGEST_REASON = 500
NOT_OWED = "REMOVE #until, #owner, owed"
OTHERS_ARE_OWED = "contains(owed, :name) AND size(owed) > :one"
SETTLED_WITHIN = 3
"""Rounds through the ways to settle a channel: more than there are channels that others may settle meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An announcement and the channels that do not have it yet."""

    pk: str
    sk: str
    at: datetime
    message: Alert
    channels: frozenset[str]
    failures: Mapping[str, int] = field(default_factory=dict)
    """How often each channel failed to take it."""
    failing_since: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def key(self) -> Item:
        """Where it stands in the table."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


class NoAnnouncement(StaygreenError):
    """What stands in the table, or in its stream, cannot be read as an announcement; its text says where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to send an announcement to one channel, for a while."""

    announcement: Owed
    channel: str
    owner: str
    """Nobody else may give it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One line of an incident's history."""

    id: str
    kind: str
    at: datetime
    by: str
    sent: Mapping[str, str]
    """When each channel got it."""


class IncidentTable:
    """Reads and writes the table.

    Args:
        client: A DynamoDB client.
        name: The table.
        channels: Who is to get each announcement, such as ``alerts``.
    """

    def __init__(self, client: DynamoDBClient, name: str, channels: Sequence[str] = ("alerts",)) -> None:
        self._client = client
        self._name = name
        self._channels = tuple(channels)

    def load(self, check: str) -> tuple[Mapping[str, Incident], Heartbeat | None]:
        """What is remembered about a check: incidents by id, and the last run that reached its end."""
        last = self.heartbeat(check)
        incidents = (
            read_incident(item["doc"]["S"]) for shard in SHARDS for item in self.items(pk=f"check#{check}#{shard}")
        )
        return remembered(incidents, last), last

    def get(self, check: str, identifier: str) -> Incident | None:
        """One incident as last written, with the sighting that only the heartbeat holds."""
        incident = self._read(check, identifier)
        return remembered([incident], self.heartbeat(check))[identifier] if incident else None

    def unfinished(self, check: str) -> tuple[Unfinished, ...]:
        """The notes of runs that have not come to their end, to be read after `load`: so no member has a later note."""
        return read_unfinished(self._client, self._name, check)

    def apply(
        self, outcome: Outcome, run: Run, render: Render, then: Callable[[], None] = lambda: None
    ) -> Sequence[Refused]:
        """Write all that a run changes, and before its end what follows (`staygreen.adapters.store.run_writer`)."""
        writer = RunWriter(client=self._client, name=self._name, channels=self._channels, run=run, render=render)
        return writer.write(outcome, then)

    def save(self, change: Change) -> None:
        """Write one incident that a person changed; the threads that tell the incident are told what was done.

        Raises:
            SourceUnavailable: When it was changed by somebody else meanwhile.
        """
        actions = incident_actions(self._name, change)
        if change.transition is not None:
            actions[1]["Put"]["Item"].update(self._to_threads(change.transition))
        try:
            self._client.transact_write_items(TransactItems=cast(Any, actions))
        except ClientError as error:
            if not is_cancelled(error):
                raise
            raise SourceUnavailable("the incident was changed meanwhile; look at it and try again") from error

    def announce(self, document: Alert, at: datetime) -> bool:
        """Have a message announced that is about no single incident; False when it was before, under the same id."""
        item = history_item(*place(document["incident_id"], 1), document["transition_id"], document["kind"], at)
        item.update(to_send(document, at, self._channels))
        try:
            self._client.put_item(TableName=self._name, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _to_threads(self, transition: Transition) -> Item:
        """What makes a person's step owed to each channel with a thread of its own for the incident."""
        identifier = transition.incident.id
        channels = [item["sk"]["S"] for item in self.items(pk=f"delivery#{identifier}")]
        past = self.items(pk=f"history#{identifier}", newest_first=True)
        last = next((item["message"]["S"] for item in past if "message" in item), "")
        if not channels or not last:
            return {}
        return to_send(remark(json.loads(last), transition), transition.at, channels)

    def history(self, identifier: str) -> Iterator[Past]:
        """What happened to one incident, oldest first."""
        for item in self.items(pk=f"history#{identifier}"):
            yield Past(
                id=item["id"]["S"],
                kind=item["kind"]["S"],
                at=datetime.fromisoformat(item["at"]["S"]),
                by=item["by"]["S"],
                sent={key[5:]: value["S"] for key, value in item.items() if key.startswith("sent_")},
            )

    def unsent(self, older_than: datetime) -> Iterator[Owed | NoAnnouncement]:
        """Announcements from before `older_than` that some channel does not have, oldest first.

        One that cannot be read is given as the reason, so that it is told and keeps no other from being sent.
        """
        for item in self._indexed(OUTBOX, older_than):
            # an index follows its table a moment later, and may show what is settled
            if "owed" not in item:
                continue
            try:
                yield owed(item)
            except NoAnnouncement as error:
                yield error

    def _indexed(self, partition: str, older_than: datetime | None) -> Iterator[Item]:
        values: Item = {":pk": {"S": partition}}
        if older_than is not None:
            values[":at"] = {"S": sortable(older_than)}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            IndexName=OUTBOX,
            KeyConditionExpression="outbox_pk = :pk" + (" AND outbox_at < :at" if older_than else ""),
            ExpressionAttributeValues=values,
        )
        for page in pages:
            yield from cast(Iterable[Item], page["Items"])

    def claim(self, announcement: Owed, channel: str, now: datetime, lasting: timedelta = CLAIM) -> Claim | None:
        """Take the right to send to a channel; None when it has the announcement already, or another sender is at it.

        Args:
            announcement: What is to be sent.
            channel: Where to. Each channel is claimed on its own.
            now: The present, not the beginning of a round: a claim counts from when it is made.
            lasting: How long the sender can live at most.
        """
        claim = Claim(announcement=announcement, channel=channel, owner=uuid4().hex)
        is_made = self._update(
            announcement.key,
            "SET #until = :until, #owner = :owner",
            condition="contains(owed, :channel) AND (attribute_not_exists(#until) OR #until < :now)",
            values={
                ":until": {"S": sortable(now + lasting)},
                ":owner": {"S": claim.owner},
                ":now": {"S": sortable(now)},
                ":channel": {"S": channel},
            },
            names=_claim_names(channel),
        )
        return claim if is_made else None

    def release(self, claim: Claim, failed_at: datetime) -> None:
        """Give the right to send back after a failure, where it is still one's own; the failure is counted."""
        self._update(
            claim.announcement.key,
            "SET #since = if_not_exists(#since, :at) REMOVE #until, #owner ADD #failures :n",
            condition="#owner = :owner",
            values={":owner": {"S": claim.owner}, ":at": {"S": sortable(failed_at)}, ":n": {"N": "1"}},
            names={**_claim_names(claim.channel), **_failure_names(claim.channel)},
        )

    def mark(self, claim: Claim, now: datetime) -> None:
        """Record that a channel has it; with the last channel it leaves the outbox.

        That the channel took it is true whoever holds the claim by now: nobody is to send it again.
        """
        kept = f"SET #done = :done, outbox_pk = :undelivered {NOT_OWED}"
        gone = f"SET #done = :done {NOT_OWED}, outbox_pk, outbox_at"
        ways = {
            "owed = :channel AND attribute_not_exists(undelivered)": gone,
            "owed = :channel AND attribute_exists(undelivered)": kept,
            OTHERS_ARE_OWED: "SET #done = :done REMOVE #until, #owner DELETE owed :channel",
        }
        self._settle(claim, ways, f"sent_{claim.channel}", sortable(now))

    def give_up(self, claim: Claim, reason: str, now: datetime) -> None:
        """Record that a channel will not have it; it stays as `undelivered` until somebody has it sent again."""
        kept = f"SET #done = :done, outbox_pk = :undelivered {NOT_OWED} ADD undelivered :channel"
        others = "SET #done = :done REMOVE #until, #owner DELETE owed :channel ADD undelivered :channel"
        ways = {"owed = :channel": kept, OTHERS_ARE_OWED: others}
        self._settle(claim, ways, f"given_up_{claim.channel}", f"{sortable(now)} {reason[:LONGEST_REASON]}")

    def _settle(self, claim: Claim, ways: Mapping[str, str], done: str, told: str) -> None:
        """Owe a channel nothing more. Which way holds may change between two calls: another channel is settled too."""
        names = {**_claim_names(claim.channel), "#done": done}
        values: Item = {
            ":done": {"S": told},
            ":channel": {"SS": [claim.channel]},
            ":name": {"S": claim.channel},
            ":one": {"N": "1"},
            ":undelivered": {"S": UNDELIVERED},
        }
        for condition, expression in [*ways.items()] * SETTLED_WITHIN:
            used = {
                name: value for name, value in values.items() if re.search(rf"{name}\b", f"{condition} {expression}")
            }
            if self._update(claim.announcement.key, expression, condition=condition, values=used, names=names):
                return

    def owe_again(self) -> None:
        """Owe what was given up to the channels that never had it."""
        for item in self._indexed(UNDELIVERED, None):
            channels = item["undelivered"]["SS"]
            forgotten = (name for channel in channels for name in _failure_names(channel).values())
            names = {f"#f{n}": name for n, name in enumerate(forgotten)}
            self._update(
                {"pk": item["pk"], "sk": item["sk"]},
                f"SET outbox_pk = :outbox, owed = :channels REMOVE undelivered, {', '.join(names)}",
                condition="undelivered = :channels AND attribute_not_exists(owed)",
                values={":outbox": {"S": OUTBOX}, ":channels": {"SS": channels}},
                names=names,
            )

    def _update(self, key: Item, expression: str, *, condition: str, values: Item, names: Mapping[str, str]) -> bool:
        try:
            self._client.update_item(
                TableName=self._name,
                Key=key,
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ExpressionAttributeNames=dict(names),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def item(self, pk: str, sk: str) -> Item | None:
        """One item as it stands, or None."""
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        found = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")
        return cast(Item, found) if found else None

    def replace_document(self, pk: str, sk: str, doc: str, before: str | None) -> bool:
        """Write a document in the place of another, None: of none; False when it is not there any more."""
        condition: Item = {"ConditionExpression": "attribute_not_exists(pk)"}
        if before is not None:
            values = {":before": {"S": before}}
            condition = {"ConditionExpression": "doc = :before", "ExpressionAttributeValues": values}
        try:
            self._client.put_item(
                TableName=self._name, Item={"pk": {"S": pk}, "sk": {"S": sk}, "doc": {"S": doc}}, **condition
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def merge_all(self, items: Sequence[tuple[str, str, Item]], now: datetime) -> None:
        """Set some attributes of items, which may be new; each is a partition, a sort key and attributes."""
        actions = [self._merging(*each, now) for each in items]
        if len(actions) == 1:
            self._client.update_item(**actions[0])
            return
        try:
            self._client.transact_write_items(TransactItems=cast(Any, [{"Update": each} for each in actions]))
        except ClientError as error:
            if not is_cancelled(error):
                raise
            # somebody else writes one of them just now
            for each in actions:
                self._client.update_item(**each)

    def _merging(self, pk: str, sk: str, attributes: Item, now: datetime) -> Item:
        values = {f":a{n}": value for n, value in enumerate(attributes.values())}
        return {
            "TableName": self._name,
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "UpdateExpression": "SET expires_at = :expiry, " + ", ".join(f"#a{n} = :a{n}" for n in range(len(values))),
            "ExpressionAttributeNames": {f"#a{n}": name for n, name in enumerate(attributes)},
            "ExpressionAttributeValues": {**values, ":expiry": {"N": expiry(now)}},
        }

    def heartbeat(self, check: str) -> Heartbeat | None:
        """The last run of a check that reached its end, or None."""
        reply = self._client.get_item(
            TableName=self._name,
            Key={"pk": {"S": f"check#{check}"}, "sk": {"S": "heartbeat"}},
            ConsistentRead=True,
        )
        item = cast(Item, reply.get("Item"))
        if not item:
            return None
        numbers = range(1, int(item.get("parts", {"N": "1"})["N"]))
        parts = (self.item(f"check#{check}", part_key(number)) for number in numbers)
        return read_heartbeat(check, item, [part for part in parts if part])

    def _read(self, check: str, identifier: str) -> Incident | None:
        key = {"pk": {"S": partition(check, identifier)}, "sk": {"S": f"incident#{identifier}"}}
        item = self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")
        return read_incident(item["doc"]["S"]) if item else None

    def items(self, pk: str, newest_first: bool = False) -> Iterator[Item]:
        """The items of a partition, in the order of their sort keys."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ScanIndexForward=not newest_first,
            ConsistentRead=True,
        )
        for page in pages:
            yield from cast(Iterable[Item], page["Items"])


def owed(item: Mapping[str, Any]) -> Owed:
    """An announcement as it stands in the table or in its stream.

    Raises:
        NoAnnouncement: It is none.
    """
    try:
        return _owed(item)
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        at = "/".join(str(item.get(name, {}).get("S", "?"))[:LONGEST_REASON] for name in ("pk", "sk"))
        raise NoAnnouncement(f"{at}: {type(error).__name__}") from error


def _owed(item: Mapping[str, Any]) -> Owed:
    message = json.loads(item["message"]["S"])
    if not isinstance(message, dict):
        raise TypeError("a message is an object")
    return Owed(
        pk=item["pk"]["S"],
        sk=item["sk"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
        message=message,
        channels=frozenset(item["owed"]["SS"]),
        failures={name[9:]: int(value["N"]) for name, value in item.items() if name.startswith("failures_")},
        failing_since={
            name[14:]: datetime.fromisoformat(value["S"])
            for name, value in item.items()
            if name.startswith("failing_since_")
        },
    )


def _claim_names(channel: str) -> Mapping[str, str]:
    return {"#until": f"claimed_until_{channel}", "#owner": f"claimed_by_{channel}"}


def _failure_names(channel: str) -> Mapping[str, str]:
    return {"#since": f"failing_since_{channel}", "#failures": f"failures_{channel}"}
