"""Counters of replies in DynamoDB, with the marks that keep anything from being counted twice.

======================  ==========================  ==================================================
``pk``                  ``sk``                      item
======================  ==========================  ==================================================
``<class>#<day>``       ``<combination>#<hour>``    a counter: `messages`, `new_messages`,
                                                    `new_recipients`, `first_at`, `last_at`, `source`,
                                                    `sample` (the decoded reply as JSON)
``message#<id>``        ``<combination>``           that the message was counted: `last_at`, `refused`
``recipient#<hash>``    ``<combination>``           that the recipient was counted: the same
======================  ==========================  ==================================================

`class` is `ours`, `unknown` or `theirs`; `day` and `hour` are UTC. A combination is
``<subject key>#<system>#<cause>#<code>``, such as
``ip:192.0.2.10#outlook_consumer#ip_blocked#S3150``, so that the counters of a subject stand together.
`hash` is the recipient's keyed hash (`staygreen.adapters.aws.recipient_hash`): no item holds an address.

Counters and marks are written in one transaction of at most 100 actions (Amazon DynamoDB Developer Guide,
quotas, read 2026-11-20), on the condition that the marks are as they were read.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Subject
from staygreen.core.replies.counters import (
    Addition,
    Answered,
    Class,
    Combination,
    Mark,
    MarkKey,
    MarkKind,
    Sighting,
    Tally,
    added,
    class_of,
)
from staygreen.core.replies.decode import Cause, Decoded, System

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACTIONS = 100
ATTEMPTS = 8
KEPT = timedelta(days=400)
"""How long counters and recipients are kept."""
MESSAGES_KEPT = timedelta(days=15)
"""How long a message is known: longer than any server retries it."""
_READ_AT_ONCE = 100
_LONGEST_PAUSE_SECONDS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCounters:
    """The table of one environment."""

    client: DynamoDBClient
    table: str

    def count(self, sightings: Sequence[Sighting]) -> Addition:
        """Count a portion (`tally.portions` with `ACTIONS`); returns what it added.

        Raises:
            SourceUnavailable: others kept writing the same counters; counting again later is safe.
        """
        last: ClientError | None = None
        for attempt in range(ATTEMPTS):
            known = self._known({key for one in sightings for key in one.mark_keys()})
            addition = added(sightings, known)
            if not addition.marks:
                return addition
            try:
                self.client.transact_write_items(TransactItems=self._actions(addition, known))
            except ClientError as error:
                if not _is_lost_race(error):
                    raise
                last = error
                time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS) * (attempt + 1) / ATTEMPTS)  # noqa: S311
            else:
                return addition
        raise SourceUnavailable(f"the counters in {self.table} did not take a batch") from last

    def read(self, since: datetime, until: datetime, classes: Iterable[Class]) -> tuple[Tally, ...]:
        """The counters of these classes, of every hour from `since` on."""
        days = (until.date() - since.date()).days
        return tuple(
            tally
            for each in classes
            for back in range(days + 1)
            for tally in self._day(each, since + timedelta(days=back))
            if tally.last_at >= since
        )

    def answers(self, recipient: str) -> tuple[Answered, ...]:
        """Everything that was said about one recipient, newest first.

        Args:
            recipient: the keyed hash.
        """
        found = [
            Answered(
                combination=_combination(item["sk"]["S"]),
                at=datetime.fromisoformat(item["last_at"]["S"]),
                refused=item["refused"]["BOOL"],
            )
            for item in self._items(f"{MarkKind.RECIPIENT.value}#{recipient}")
        ]
        return tuple(sorted(found, key=lambda each: each.at, reverse=True))

    def claim(self, name: str, now: datetime, length: timedelta) -> bool:
        """Take a name for a while; False while somebody else has it."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    **_key("claim", name),
                    "until": {"N": str(int((now + length).timestamp()))},
                    "expires_at": {"N": str(int((now + length).timestamp()))},
                },
                ConditionExpression="attribute_not_exists(pk) OR #until <= :now",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues={":now": {"N": str(int(now.timestamp()))}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _day(self, each: Class, day: datetime) -> Iterator[Tally]:
        for item in self._items(f"{each.value}#{day:%Y-%m-%d}"):
            yield _tally(item)

    def _items(self, pk: str) -> Iterator[Mapping[str, Any]]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _known(self, keys: Iterable[MarkKey]) -> dict[MarkKey, Mark]:
        wanted = {(_mark_pk(key), key.combination.text): key for key in keys}
        asked = [_key(*each) for each in wanted]
        found: dict[MarkKey, Mark] = {}
        for start in range(0, len(asked), _READ_AT_ONCE):
            request: Any = {self.table: {"Keys": asked[start : start + _READ_AT_ONCE], "ConsistentRead": True}}
            while request:
                answer = self.client.batch_get_item(RequestItems=request)
                for item in answer["Responses"].get(self.table, []):
                    key = wanted[item["pk"]["S"], item["sk"]["S"]]
                    found[key] = Mark(
                        key=key, at=datetime.fromisoformat(item["last_at"]["S"]), refused=item["refused"]["BOOL"]
                    )
                request = answer.get("UnprocessedKeys")
        return found

    def _actions(self, addition: Addition, known: Mapping[MarkKey, Mark]) -> list[Any]:
        marks = [self._set(mark, known.get(mark.key)) for mark in addition.marks]
        return [*marks, *(self._raise(tally) for tally in addition.tallies)]

    def _set(self, mark: Mark, before: Mark | None) -> Any:
        kept = KEPT if mark.key.kind is MarkKind.RECIPIENT else MESSAGES_KEPT
        item = {
            **_key(_mark_pk(mark.key), mark.key.combination.text),
            "last_at": {"S": mark.at.isoformat()},
            "refused": {"BOOL": mark.refused},
            "expires_at": {"N": _end(mark.at, kept)},
        }
        put: dict[str, Any] = {"TableName": self.table, "Item": item}
        if before is None:
            put["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            put["ConditionExpression"] = "last_at = :last_at AND refused = :refused"
            put["ExpressionAttributeValues"] = {
                ":last_at": {"S": before.at.isoformat()},
                ":refused": {"BOOL": before.refused},
            }
        return {"Put": put}

    def _raise(self, tally: Tally) -> Any:
        return {
            "Update": {
                "TableName": self.table,
                "Key": _counter_key(tally),
                "UpdateExpression": (
                    "SET first_at = if_not_exists(first_at, :first_at), last_at = :last_at, "
                    "#source = if_not_exists(#source, :source), #sample = if_not_exists(#sample, :sample), "
                    "expires_at = :expires_at "
                    "ADD messages :messages, new_messages :new_messages, new_recipients :new_recipients"
                ),
                "ExpressionAttributeNames": {"#source": "source", "#sample": "sample"},
                "ExpressionAttributeValues": {
                    ":first_at": {"S": tally.first_at.isoformat()},
                    ":last_at": {"S": tally.last_at.isoformat()},
                    ":source": {"S": tally.source},
                    ":sample": {"S": json.dumps(tally.decoded.as_json(), ensure_ascii=False)},
                    ":expires_at": {"N": _end(tally.hour, KEPT)},
                    ":messages": {"N": str(tally.messages)},
                    ":new_messages": {"N": str(tally.new_messages)},
                    ":new_recipients": {"N": str(tally.new_recipients)},
                },
            }
        }


def is_of_counted(error: Exception) -> bool:
    """Whether a failure to count comes from what was to be counted: then it says nothing of other replies."""
    if not isinstance(error, ClientError):
        return isinstance(error, ParamValidationError) or not isinstance(error, (BotoCoreError, SourceUnavailable))
    found: Any = error.response
    reasons = {reason.get("Code") for reason in found.get("CancellationReasons", [])}
    return found["Error"]["Code"] == "ValidationException" or "ValidationError" in reasons


def _is_lost_race(error: ClientError) -> bool:
    """Whether somebody else wrote meanwhile, and nothing worse."""
    reasons = [reason.get("Code", "None") for reason in cast(Any, error.response).get("CancellationReasons", [])]
    races = {"None", "ConditionalCheckFailed", "TransactionConflict"}
    return error.response["Error"]["Code"] == "TransactionCanceledException" and races.issuperset(reasons)


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _mark_pk(key: MarkKey) -> str:
    return f"{key.kind.value}#{key.id}"


def _counter_key(tally: Tally) -> dict[str, Any]:
    day = f"{class_of(tally.combination.cause).value}#{tally.hour:%Y-%m-%d}"
    return _key(day, f"{tally.combination.text}#{tally.hour:%H}")


def _end(at: datetime, kept: timedelta) -> str:
    return str(int((at + kept).timestamp()))


def _combination(text: str) -> Combination:
    subject, system, cause, code = text.split("#")
    return Combination(Subject.from_key(subject), System(system), Cause(cause), code)


def _tally(item: Mapping[str, Any]) -> Tally:
    combination, _, hour = item["sk"]["S"].rpartition("#")
    day = item["pk"]["S"].partition("#")[2]
    return Tally(
        combination=_combination(combination),
        hour=datetime.fromisoformat(f"{day}T{hour}:00").replace(tzinfo=UTC),
        messages=int(item["messages"]["N"]),
        new_messages=int(item["new_messages"]["N"]),
        new_recipients=int(item["new_recipients"]["N"]),
        first_at=datetime.fromisoformat(item["first_at"]["S"]),
        last_at=datetime.fromisoformat(item["last_at"]["S"]),
        source=item["source"]["S"],
        decoded=Decoded.from_json(json.loads(item["sample"]["S"])),
    )
