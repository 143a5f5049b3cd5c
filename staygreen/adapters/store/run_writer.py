"""Writes what a run changes, so that a function killed at any call loses nothing and repeats nothing.

A run notes first which groups it begins, then writes its incidents with their transitions, several transactions at a
time, then whatever follows from them (the verdicts), then what is told in groups with the heartbeat; that takes the
note away. Whoever finds the note of another run
reads which members of its groups no announcement names, and tells those before it changes anything. So it
matters neither whether the other run is dead nor what its clock showed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from botocore.exceptions import ClientError

from staygreen.adapters.store import items
from staygreen.adapters.store.items import Item
from staygreen.core.alerts.alert import Alert
from staygreen.core.errors import SourceUnavailable
from staygreen.core.incidents.incident import Incident, Transition
from staygreen.core.incidents.run import Bundle, Change, Outcome, Run, Unfinished, step_again
from staygreen.core.incidents.storage import read_incident
from staygreen.core.naming import UNFINISHED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACTIONS = 100
ATTEMPTS = 5
WRITERS = 4
"""Transactions at a time: while one travels, the next is made."""
OVER_AFTER = timedelta(hours=1)
"""A run that began to write this long ago lives no more: functions live 15 minutes at most."""

Render = Callable[[Transition | Bundle], Alert]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What DynamoDB would not store, whatever else it did."""

    what: str
    """An incident's id, or that of a group."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWriter:
    """Writes one run's outcome.

    Args:
        client: A DynamoDB client.
        name: The incident table.
        channels: Who is to get each announcement.
        run: The run.
        render: Makes the messages.
    """

    client: DynamoDBClient
    name: str
    channels: tuple[str, ...]
    run: Run
    render: Render
    attempt: str = field(default_factory=lambda: uuid4().hex)
    written: dict[str, Incident] = field(default_factory=dict)
    """By id, as this run left them."""
    refused: list[Refused] = field(default_factory=list)

    def write(self, outcome: Outcome, then: Callable[[], None]) -> Sequence[Refused]:
        """Write all that a run changes; gives what could not be stored.

        Args:
            outcome: What it changes.
            then: Writes what follows from the incidents. If this run dies before, its note has the next one do it.

        Raises:
            SourceUnavailable: When others wrote the same again and again.
        """
        for bundle in outcome.bundles:
            if bundle.is_owed:
                self._tell(bundle)
        if outcome.changes:
            self._note(outcome)
        with ThreadPoolExecutor(WRITERS) as writers:
            for each in [writers.submit(self._write, batch) for batch in self._batches(outcome.changes)]:
                each.result()
        then()
        self._finish(outcome)
        return self.refused

    # --- the note ---------------------------------------------------------------------------------------------------

    def _note(self, outcome: Outcome) -> None:
        """Say that this run has begun to write."""
        noted = replace(self._noted, groups=outcome.groups)
        self.client.put_item(TableName=self.name, Item=items.unfinished_item(self.run.check, noted))

    @property
    def _noted(self) -> Unfinished:
        return Unfinished(run_id=self.run.id, attempt=self.attempt, at=self.run.at)

    def _over(self, outcome: Outcome) -> Iterator[Item]:
        """Actions that take away this run's note, and those of runs that are surely dead and were made good by this."""
        dead = (noted for noted in self.run.unfinished if self.run.at - noted.at > OVER_AFTER)
        for noted in (*([self._noted] if outcome.changes else []), *dead):
            yield {"Delete": {"TableName": self.name, "Key": items.unfinished_key(self.run.check, noted)}}

    # --- incidents --------------------------------------------------------------------------------------------------

    def _batches(self, changes: Sequence[Change]) -> Iterator[Sequence[tuple[Change, list[Item]]]]:
        """As many changes, each with its actions, as one transaction takes."""
        batch: list[tuple[Change, list[Item]]] = []
        number = size = 0
        for change in changes:
            actions = self._actions(change)
            more = sum(items.size_of(action["Put"]["Item"]) for action in actions)
            if batch and (number + len(actions) > ACTIONS or size + more > items.LARGEST_ACTIONS):
                yield batch
                batch, number, size = [], 0, 0
            batch.append((change, actions))
            number, size = number + len(actions), size + more
        if batch:
            yield batch

    def _write(self, batch: Sequence[tuple[Change, list[Item]]]) -> None:
        try:
            self._transact([action for _, actions in batch for action in actions])
        except ClientError as error:
            if not (is_cancelled(error) or is_refused(error)):
                raise
            for change, _ in batch:
                self._write_one(change)
        else:
            self.written.update((change.after.id, change.after) for change, _ in batch)

    def _write_one(self, change: Change) -> None:
        """Write one of a cancelled transaction, deciding anew when somebody else wrote it meanwhile."""
        last: ClientError | None = None
        current: Change | None = change
        for _ in range(ATTEMPTS):
            if current is None:
                return
            try:
                self._transact(self._actions(current))
            except ClientError as error:
                if is_refused(error):
                    self.refused.append(Refused(what=current.after.id, reason=why(error)))
                    return
                if not is_cancelled(error):
                    raise
                last = error
            else:
                self.written[current.after.id] = current.after
                return
            before = self._read(change.after.id)
            if before is not None and before.run_id == self.run.id:
                # written by this run already: by an attempt that had no answer, or by another delivery of it
                self.written[before.id] = before
                return
            current = step_again(change, before, self.run)
            if current is not None and before is not None and current.transition is not None:
                self._tell_before_it_changes(before)
        raise SourceUnavailable(f"incident {change.after.id} could not be written") from last

    def _tell_before_it_changes(self, incident: Incident) -> None:
        """Tell what another run has written and not told yet, when what it is told from is about to change."""
        if incident.bundle:
            noted = read_unfinished(self.client, self.name, self.run.check)
            kinds = {group: kind for each in noted for group, kind in each.groups.items()}
            if incident.bundle in kinds:
                kind = kinds[incident.bundle]
                members = (incident,)
                self._tell(Bundle(id="", group=incident.bundle, kind=kind, at=self.run.at, members=members))

    def _read(self, identifier: str) -> Incident | None:
        key = {"pk": {"S": items.partition(self.run.check, identifier)}, "sk": {"S": f"incident#{identifier}"}}
        item = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        return read_incident(item["doc"]["S"]) if item else None

    def _actions(self, change: Change) -> list[Item]:
        actions = incident_actions(self.name, change)
        if change.transition is not None and not change.transition.is_silent:
            message = self.render(change.transition)
            actions[1]["Put"]["Item"].update(items.to_send(message, change.transition.at, self.channels))
        return actions

    # --- groups -----------------------------------------------------------------------------------------------------

    def _finish(self, outcome: Outcome) -> None:
        bundles = list(self._as_written(outcome))
        heartbeat, *parts = self._heartbeat(outcome)
        over = list(self._over(outcome))
        puts = [self._bundle_put(bundle) for bundle in bundles]
        actions = [*puts, heartbeat, *parts, *over]
        size = sum(items.size_of(action["Put"]["Item"]) for action in (*puts, heartbeat, *parts))
        if len(actions) <= ACTIONS and size <= items.LARGEST_ACTIONS:
            try:
                return self._transact(actions)
            except ClientError as error:
                if not (is_cancelled(error) or is_refused(error)):
                    raise
        # One by one: some of it is told already, or a later run's heartbeat stays.
        for bundle in bundles:
            self._tell(bundle)
        if self._put_if_allowed(heartbeat):
            for part in parts:
                self._put_if_allowed(part)
        for action in over:
            self.client.delete_item(**action["Delete"])
        return None

    def _heartbeat(self, outcome: Outcome) -> list[Item]:
        first, *parts = items.heartbeat_items(outcome.heartbeat)
        put = _put(self.name, first, "attribute_not_exists(pk) OR #at < :at")
        put["Put"]["ExpressionAttributeNames"] = {"#at": "at"}
        put["Put"]["ExpressionAttributeValues"] = {":at": {"S": items.sortable(outcome.heartbeat.at)}}
        return [put, *({"Put": {"TableName": self.name, "Item": part}} for part in parts)]

    def _as_written(self, outcome: Outcome) -> Iterator[Bundle]:
        """The groups with the members that this run wrote into them, numbered from one."""
        changed = {change.after.id for change in outcome.changes}
        numbers: dict[str, int] = {}
        for bundle in outcome.bundles:
            after = [self.written.get(member.id, member) for member in bundle.members]
            members = tuple(
                each
                for each in after
                if each.id not in changed or (each.id in self.written and each.bundle == bundle.group)
            )
            if bundle.is_owed or not members:
                continue
            numbers[bundle.group] = numbers.get(bundle.group, 0) + 1
            yield replace(bundle, id=f"{bundle.group}-{numbers[bundle.group]}", members=members)

    def _tell(self, bundle: Bundle) -> None:
        """Announce what no announcement of the group names yet."""
        for _ in range(ATTEMPTS):
            told, number = self._told(bundle.group)
            missing = tuple(member for member in bundle.members if member.id not in told)
            if not missing:
                return
            rest = replace(bundle, id=f"{bundle.group}-{number + 1}", members=missing)
            try:
                if self._put_if_allowed(self._bundle_put(rest)):
                    return
            except ClientError as error:
                if not is_refused(error):
                    raise
                self.refused.append(Refused(what=rest.id, reason=why(error)))
                return
        raise SourceUnavailable(f"the group {bundle.group} could not be written")

    def _told(self, group: str) -> tuple[set[str], int]:
        """Whom the announcements of a group name, and how many they are."""
        told: set[str] = set()
        number = 0
        while True:
            pk, sk = items.place(f"{group}-{number + 1}", 1)
            key = {"pk": {"S": pk}, "sk": {"S": sk}}
            item = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
            if item is None:
                return told, number
            told.update(items.members_of(item))
            number += 1

    def _bundle_put(self, bundle: Bundle) -> Item:
        return _put(
            self.name, items.bundle_item(bundle, self.render(bundle), self.channels), "attribute_not_exists(pk)"
        )

    def _put_if_allowed(self, put: Item) -> bool:
        try:
            self.client.put_item(**put["Put"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _transact(self, actions: Sequence[Item]) -> None:
        self.client.transact_write_items(TransactItems=cast(Any, list(actions)))


def read_unfinished(client: DynamoDBClient, name: str, check: str) -> tuple[Unfinished, ...]:
    """The notes of runs of a check that have not come to their end."""
    pages = client.get_paginator("query").paginate(
        TableName=name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"{UNFINISHED}{check}"}},
        ConsistentRead=True,
    )
    return tuple(items.read_unfinished(item) for page in pages for item in cast(Iterable[Item], page["Items"]))


def incident_actions(name: str, change: Change) -> list[Item]:
    """The incident, and its step where it made one, as actions of a transaction."""
    item = items.incident_item(change.after)
    if change.before is None:
        put = _put(name, item, "attribute_not_exists(pk)")
    else:
        put = _put(name, item, "version = :version")
        put["Put"]["ExpressionAttributeValues"] = {":version": {"N": str(change.before.version)}}
    if change.transition is None:
        return [put]
    return [put, _put(name, items.transition_item(change.transition), "attribute_not_exists(pk)")]


def _put(name: str, item: Mapping[str, Any], condition: str) -> Item:
    return {"Put": {"TableName": name, "Item": dict(item), "ConditionExpression": condition}}


def is_cancelled(error: ClientError) -> bool:
    """Whether a condition did not hold, or somebody else was at it."""
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        return not is_refused(error) and not _codes(error) & THROTTLED
    return code == "ConditionalCheckFailedException"


def is_refused(error: ClientError) -> bool:
    """Whether DynamoDB will never store what it was given, such as an item that is too large."""
    if error.response["Error"]["Code"] == "TransactionCanceledException":
        return bool(_codes(error) & INVALID) and not _codes(error) & RACED
    return error.response["Error"]["Code"] == "ValidationException"


RACED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
INVALID = frozenset({"ValidationError", "ItemCollectionSizeLimitExceeded"})
THROTTLED = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons of a cancelled transaction (Amazon DynamoDB API Reference, TransactWriteItems, recalled, not verified)."""


def _codes(error: ClientError) -> frozenset[str]:
    reasons = cast(Any, error.response).get("CancellationReasons", [])
    return frozenset(reason.get("Code", "None") for reason in reasons) - {"None"}


def why(error: ClientError) -> str:
    """What DynamoDB says."""
    reasons = cast(Any, error.response).get("CancellationReasons", [])
    texts = [reason["Message"] for reason in reasons if reason.get("Code") in INVALID and "Message" in reason]
    return texts[0] if texts else str(error.response["Error"].get("Message", ""))
