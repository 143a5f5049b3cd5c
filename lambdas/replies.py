"""Counts what arrives in the queue: events of SES, complaints among them, and lines of mail servers' logs.

A message whose replies could not be counted is given back to the queue and tried again, which counts nothing
twice. What cannot be read is kept in the bucket with its reason; that failing too, the message is given back.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from lambdas import figures
from lambdas.deployment import account_share, resource_names
from staygreen.adapters import clock
from staygreen.adapters.aws import recipient_hash
from staygreen.adapters.aws.clients import client
from staygreen.adapters.sources.world import dedicated_ips
from staygreen.adapters.store.complaints import ComplaintBook
from staygreen.adapters.store.reply_counters import ACTIONS, ReplyCounters, is_of_counted
from staygreen.adapters.store.unreadable import UnreadBucket
from staygreen.core.account_share import AccountShare
from staygreen.core.naming import REPLIES, ResourceNames
from staygreen.core.replies import complaints
from staygreen.core.replies import counters as tally
from staygreen.core.replies.counters import Sighting, Tally
from staygreen.core.replies.delivery_event import Kind, Notice, Unreadable
from staygreen.core.replies.queue_message import Arrival, arrivals

logger = Logger(service="replies")
Answer = TypeVar("Answer")
COUNTED = (Kind.REFUSED, Kind.DELAYED)
REMEMBERED_FOR = timedelta(minutes=5)
AWAKE_FOR = timedelta(minutes=1)
MOST_WAKES = 20
"""How often within that time the check is woken for one trouble at most, however large a cluster is set to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """The surroundings of the function."""

    counters: ReplyCounters
    unread: UnreadBucket
    complaints: ComplaintBook
    hashed: Callable[[str], str]
    share: _Remembered[AccountShare]
    dedicated: _Remembered[frozenset[str]]
    check: str
    wakes: int
    """How often the check is woken for one trouble: a cluster is whole by then, however its replies are batched."""
    names: ResourceNames


class _Remembered(Generic[Answer]):
    """What AWS answers to a question, asked anew now and then."""

    def __init__(self, question: Callable[[], Answer]) -> None:
        self._question = question
        self._answers: list[tuple[datetime, Answer]] = []

    def at(self, now: datetime) -> Answer:
        if not self._answers or now >= self._answers[0][0] + REMEMBERED_FOR:
            self._answers = [(now, self._question())]
        return self._answers[0][1]


def _dedicated_ips() -> frozenset[str]:
    return frozenset(subject.id for subject in dedicated_ips(client("sesv2"), account_share()))


@cache
def _surroundings() -> _Here:
    return _Here(
        counters=ReplyCounters(client=client("dynamodb"), table=os.environ["STAYGREEN_REPLIES_TABLE"]),
        unread=UnreadBucket(client=client("s3"), bucket=os.environ["STAYGREEN_UNREAD_BUCKET"]),
        complaints=ComplaintBook(client=client("dynamodb"), table=os.environ["STAYGREEN_TABLE"]),
        hashed=recipient_hash.hasher(client("secretsmanager"), os.environ["STAYGREEN_RECIPIENT_KEY"]),
        share=_Remembered(account_share),
        dedicated=_Remembered(_dedicated_ips),
        check=os.environ["STAYGREEN_CHECK_FUNCTION"],
        wakes=min(int(os.environ["STAYGREEN_CLUSTER"]), MOST_WAKES),
        names=resource_names(),
    )


@dataclass(slots=True)
class _Batch:
    """What one batch held, and which of its messages are to be tried again."""

    now: datetime
    sightings: list[tuple[str, Sighting]] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Count a batch; answers with the messages that are to be tried again."""
    here, batch = _surroundings(), _Batch(now=clock.now())
    for record in event["Records"]:
        try:
            _read(record, here, batch)
        except Exception:  # whatever it is, the other messages are counted
            logger.exception("not read", message_id=record["messageId"])
            batch.failed.add(record["messageId"])
    news = _count(batch, here)
    try:
        if news:
            _wake(news, here, batch.now)
    except Exception:  # the replies are counted: the check's own schedule finds them
        logger.exception("the check was not woken")
        batch.seen["NotWoken"] += 1
    try:
        _measure(batch, here.names)
    except Exception:  # to take the batch again would measure no better
        logger.exception("not measured", seen=dict(batch.seen))
    return {"batchItemFailures": [{"itemIdentifier": each} for each in sorted(batch.failed)]}


def _read(record: Mapping[str, Any], here: _Here, batch: _Batch) -> None:
    identifier, body = record["messageId"], record["body"]
    reasons: list[str] = []
    for each in arrivals(body, id=identifier, at=batch.now):
        if isinstance(each.item, Unreadable):
            reasons.append(each.item.reason)
        elif not each.item.is_of(here.share.at(batch.now)):
            batch.seen["OfOtherSenders"] += 1
        elif each.item.kind is Kind.COMPLAINT:
            reasons.extend(_complaint(each, each.item, identifier, here, batch))
        else:
            _sort(each, each.item, identifier, here, batch)
    if not reasons:
        return
    try:
        key = here.unread.keep(body.encode("utf-8", "replace"), reason=reasons[0], id=identifier, at=batch.now)
    except (ClientError, BotoCoreError) as error:
        logger.exception("what could not be read could not be kept either", error=str(error))
        batch.failed.add(identifier)
        return
    batch.seen["Unreadable"] += len(reasons)
    logger.warning("not read", reasons=sorted(set(reasons)), kept=key)


def _sort(each: Arrival, notice: Notice, identifier: str, here: _Here, batch: _Batch) -> None:
    batch.seen[notice.kind.name.title().replace("_", "")] += 1
    if notice.kind in COUNTED:
        subject = tally.charged(notice, notice.decoded(), here.dedicated.at(batch.now), fallback=each.pool)
        one = tally.sighting(notice, subject, here.hashed, at=min(each.at, batch.now), message=each.id)
        batch.sightings.append((identifier, one))


def _complaint(each: Arrival, notice: Notice, identifier: str, here: _Here, batch: _Batch) -> Iterable[str]:
    """Keep a complaint; gives the reason when it cannot be: it charges nobody that is named."""
    at = min(notice.at or each.at, batch.now)
    made = complaints.charged(notice, identifier=each.id, at=at, is_proven=notice.source == "ses")
    if made is None:
        return ("names_no_sender",)
    try:
        here.complaints.keep(made)
    except (ClientError, BotoCoreError) as error:
        logger.exception("a complaint was not kept", error=str(error))
        batch.failed.add(identifier)
        return ()
    batch.seen["Complaint"] += 1
    return ()


def _count(batch: _Batch, here: _Here) -> list[Tally]:
    """Count all there is; what was added.

    What cannot be counted fails the messages that it came with; where one of a portion is at fault, each is counted
    alone, so that it fails no other.
    """
    owners: dict[int, str] = {id(one): owner for owner, one in batch.sightings}
    news: list[Tally] = []
    waiting: list[Sequence[Sighting]] = list(tally.portions([one for _, one in batch.sightings], ACTIONS))
    while waiting:
        part = waiting.pop()
        try:
            news.extend(here.counters.count(part).tallies)
        except Exception as error:  # whatever it is, the others are counted
            if len(part) > 1 and is_of_counted(error):
                waiting.extend([one] for one in part)
                continue
            logger.exception("not counted", replies=len(part), error=str(error))
            batch.failed.update(owners[id(one)] for one in part)
    return news


def _wake(news: Sequence[Tally], here: _Here, now: datetime) -> None:
    """Have the check judge at once what concerns us; its schedule finds what is left."""
    troubles = {f"{each.combination.subject.key}#{each.combination.cause.value}" for each in _ours(news)}
    turns = [f"{each}#{turn}" for each in sorted(troubles) for turn in range(here.wakes)]
    if not any(here.counters.claim(turn, now, AWAKE_FOR) for turn in turns):
        return
    payload = {"run_id": f"replies-{now:%Y%m%dT%H%M%S%f}", "scheduled_at": now.isoformat()}
    client("lambda").invoke(FunctionName=here.check, InvocationType="Event", Payload=json.dumps(payload).encode())


def _ours(news: Iterable[Tally]) -> list[Tally]:
    return [each for each in news if each.new_messages and each.combination.cause.is_ours]


def _measure(batch: _Batch, names: ResourceNames) -> None:
    """Log what came in; a metric is what an alarm looks at."""
    logger.info("read", seen=dict(batch.seen))
    figures.send(names, REPLIES, {"Unreadable": batch.seen["Unreadable"]})
