"""Forwards the lines of a mail server's log that tell of a refusal, from CloudWatch Logs into the queue of replies.

Source: CloudWatch Logs User Guide, "Using subscription filters" (the shape of what a function gets); not verified.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger

from staygreen.adapters.aws.clients import client
from staygreen.core.replies.queue_message import telling

logger = Logger(service="mail_log")
LARGEST_BYTES = 200_000
"""Of one message; SQS takes 256 KB (Amazon SQS Developer Guide, "Message quotas"; not verified)."""


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, int]:
    """Forward one delivery; what fails is delivered again, and counts nothing twice."""
    document = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    found = telling(document.get("logEvents", []))
    head = {"logGroup": document.get("logGroup", ""), "logStream": document.get("logStream", "")}
    queue, url = client("sqs"), os.environ["STAYGREEN_QUEUE_URL"]
    for part in _parts(found):
        queue.send_message(QueueUrl=url, MessageBody=json.dumps({**head, "logEvents": part}))
    logger.info("forwarded", group=head["logGroup"], lines=len(found))
    return {"forwarded": len(found)}


def _parts(found: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    part: list[Mapping[str, Any]] = []
    size = 0
    for each in found:
        length = len(json.dumps(each))
        if part and size + length > LARGEST_BYTES:
            yield part
            part, size = [], 0
        part.append(each)
        size += length
    if part:
        yield part
