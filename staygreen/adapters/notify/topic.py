"""The topic `alerts`: mail gets the text, every other subscriber the JSON.

`MessageStructure=json` lets one publication differ by protocol; `default` is what
a protocol without its own entry gets (Amazon SNS API Reference, Publish, verified
2026-11-24).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from staygreen.core.alerts import alert as message
from staygreen.core.alerts import digest, mail
from staygreen.core.alerts.alert import Alert

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

MACHINES = ("http", "https", "sqs", "lambda", "firehose")


class AlertsTopic:
    """Publishes alerts.

    Args:
        client: An SNS client.
        arn: The topic.
    """

    channel = "alerts"

    def __init__(self, client: SNSClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def send(self, alert: Alert) -> None:
        """Publish one alert."""
        form = digest if digest.is_digest(alert) else mail
        filtered = (digest if digest.is_digest(alert) else message).attributes(alert)
        attributes = {name: value[:LONGEST_ATTRIBUTE] for name, value in filtered.items() if value}
        self._client.publish(
            TopicArn=self._arn,
            Subject=form.subject_line(alert),
            Message=_bodies(alert, form.text),
            MessageStructure="json",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )


def _bodies(alert: Alert, text: Callable[[Alert], str]) -> str:
    """What each protocol gets, so that SNS takes it: JSON inside JSON grows by its quotes, and is measured whole."""
    made = ""
    for largest in LARGEST_ALERTS:
        short = message.fitted(alert, largest)
        document = message.encoded(short)
        # Each protocol has its own copy in the 256 KB; the JSON is default, and mail has the text.
        each = {"default": text(short), **dict.fromkeys(MACHINES, document)}
        both = {"default": document, "email": text(short)}
        for bodies in (each, both):
            made = json.dumps(bodies, ensure_ascii=False)
            if len(made.encode()) <= LARGEST_BYTES:
                return made
    return made


LARGEST_BYTES = 262_144 - 4_096
"""256 KB, less what the attributes take."""
LARGEST_ALERTS = (100_000, 50_000, 25_000, 12_000)
"""Bytes of the alert, one after the other, until the publication fits."""
LONGEST_ATTRIBUTE = 256
