"""Whether a request comes from Slack, now, and for the first time.

Slack signs the time and the body; a request older than five minutes, or seen
before, is refused (five minutes is what Slack's own slack_sdk and Bolt allow; read
2026-11-24).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from slack_sdk.signature import Clock, SignatureVerifier

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REMEMBERED = timedelta(minutes=15)
"""Longer than a signature is good for, early and late clocks included."""
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
"""Seconds since 1970; more digits than any year of Slack's has are no time, and no number to compute with."""
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


class _At(Clock):
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> float:
        return self._now.timestamp()


def is_from_slack(body: str, headers: Mapping[str, str], signing_secret: str, now: datetime) -> bool:
    """Whether the signature is right and at most five minutes old. Nothing that a stranger sends is an error."""
    lower = {key.lower(): value for key, value in headers.items()}
    timestamp, signature = lower.get("x-slack-request-timestamp", ""), lower.get("x-slack-signature", "")
    if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature) and _is_text(body)):
        return False
    return SignatureVerifier(signing_secret, _At(now)).is_valid(body, timestamp, signature)


def _is_text(body: str) -> bool:
    """Whether it can be written as UTF-8: JSON may hold half a character (a lone surrogate), and no body can."""
    try:
        body.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_first_time(client: DynamoDBClient, table: str, headers: Mapping[str, str], now: datetime) -> bool:
    """Whether this signature was never seen; it is remembered from now."""
    signature = {key.lower(): value for key, value in headers.items()}["x-slack-signature"]
    name = hashlib.sha256(signature.encode()).hexdigest()
    try:
        client.put_item(
            TableName=table,
            Item={
                "pk": {"S": f"callback#{name}"},
                "sk": {"S": "seen"},
                "expires_at": {"N": str(int((now + REMEMBERED).timestamp()))},
            },
            ConditionExpression="attribute_not_exists(pk)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True
