"""The topic `alerts`: mail gets the text, every other subscriber the JSON.

`MessageStructure=json` lets one publication differ by protocol; `default` is what
a protocol without its own entry gets (Amazon SNS API Reference, Publish, verified
2026-11-24).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from staygreen.core.alerts import alert as message
from staygreen.core.alerts import digest
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
        form = digest if digest.is_digest(alert) else message
        document = message.encoded(alert)
        # Each protocol has its own copy in the 256 KB; the JSON is default, and mail has the text.
        bodies = {"default": form.text(alert), **dict.fromkeys(MACHINES, document)}
        if _size(bodies) > LARGEST_BYTES:
            bodies = {"default": document, "email": form.text(alert)}
        self._client.publish(
            TopicArn=self._arn,
            Subject=form.subject_line(alert),
            Message=json.dumps(bodies, ensure_ascii=False),
            MessageStructure="json",
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in form.attributes(alert).items()
                if value
            },
        )


LARGEST_BYTES = 262_144 - 4_096
"""256 KB, less what the attributes take."""


def _size(bodies: dict[str, str]) -> int:
    return len(json.dumps(bodies, ensure_ascii=False).encode())
