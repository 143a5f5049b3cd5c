"""Announces what the incident table owes; the table's stream wakes it, record by record.

`staygreen redrive` calls it with ``{"redrive": true}``: then it sends whatever is unsent, however young.

Records that fail are reported back one by one, so that the others are not sent
again (AWS Lambda developer guide, "Configuring partial batch response with
DynamoDB and Lambda", verified 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.environment import deployed
from staygreen.adapters import clock
from staygreen.adapters.store.incidents import owed
from staygreen.adapters.store.outbox import deliver, sweep
from staygreen.core.errors import StaygreenError

logger = Logger(service="announce")
_surroundings = cache(deployed)


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Send the announcements of a batch in order, or all that are unsent.

    The first failure ends the batch: a stream is read again from there, which keeps the order.
    """
    here = _surroundings()
    if event.get("redrive"):
        return {"tried": sweep(here.table, here.channels, clock.now, timedelta(0))}
    for record in event["Records"]:
        image = record["dynamodb"].get("NewImage", {})
        if record["eventName"] != "INSERT" or "owed" not in image:
            continue
        try:
            deliver(owed(image), here.table, here.channels, clock.now)
        except (StaygreenError, ClientError, BotoCoreError) as error:
            logger.exception("not sent", transition=image["id"]["S"], error=str(error))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
