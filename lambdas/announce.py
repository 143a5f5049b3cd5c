"""Announces what the incident table owes; the table's stream wakes it, record by record.

`staygreen redrive` calls it with ``{"redrive": true}``: then it sends whatever is unsent, however young, and
whatever was given up.

What failed, or cannot be read, is reported back, so that the stream is read again from there; what was sent is not
sent again
(AWS Lambda developer guide, "Configuring partial batch response with DynamoDB and Lambda", verified 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.announcing import count
from lambdas.deadline import life_left
from lambdas.environment import Deployed, deployed
from staygreen.adapters import clock
from staygreen.adapters.store.incidents import NoAnnouncement, Owed, owed
from staygreen.adapters.store.outbox import deliver, sweep
from staygreen.core.errors import SourceUnavailable

logger = Logger(service="announce")
_surroundings = cache(deployed)


def handler(event: Mapping[str, Any], context: object) -> Mapping[str, Any]:
    """Send the announcements of a batch, or all that are unsent.

    A failure ends nothing: other announcements and other channels go on, and the batch is read again from the first
    that failed.
    """
    here = _surroundings()
    if event.get("redrive"):
        return {"tried": _redrive(here, context)}
    numbers: dict[str, str] = {}
    announcements: list[Owed] = []
    failed: list[str] = []
    for record in event["Records"]:
        image, number = record["dynamodb"].get("NewImage", {}), record["dynamodb"]["SequenceNumber"]
        if record["eventName"] != "INSERT" or "owed" not in image:
            continue
        try:
            announcements.append(owed(image))
            numbers[announcements[-1].pk + announcements[-1].sk] = number
        except NoAnnouncement as error:  # the others are sent
            logger.exception("not read", sequence_number=number, error=str(error))
            failed.append(number)
    sent = deliver(announcements, here.table, here.channels, clock.now, lambda: life_left(context))
    count(here, sent, logger)
    failed += [numbers[each.pk + each.sk] for each in sent.unsent]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _redrive(here: Deployed, context: object) -> int:
    here.table.owe_again()
    sent = sweep(here.table, here.channels, clock.now, timedelta(0), lambda: life_left(context))
    count(here, sent, logger)
    if sent.failures or sent.given_up or sent.unreadable:
        raise SourceUnavailable(f"not all of {sent.tried} unsent announcements could be sent: {sent.reasons}")
    return sent.tried
