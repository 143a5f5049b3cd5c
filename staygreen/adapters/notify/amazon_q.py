"""The topic `chat`, which Amazon Q Developer reads and shows in Slack or Teams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from staygreen.core.alerts.alert import Alert
from staygreen.core.alerts.amazon_q import notification

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class ChatTopic:
    """Publishes custom notifications.

    Args:
        client: An SNS client.
        arn: The topic.
    """

    channel = "chat"

    def __init__(self, client: SNSClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def send(self, alert: Alert) -> None:
        """Publish one alert."""
        self._client.publish(TopicArn=self._arn, Message=json.dumps(notification(alert), ensure_ascii=False))
