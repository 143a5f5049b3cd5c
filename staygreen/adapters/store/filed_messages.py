"""How messages were filed that people passed on, in the incident table.

===========================  =====================  ==========================================================
``pk``                       ``sk``                 item
===========================  =====================  ==========================================================
``filed#<subject key>``      ``<time>#<id>``        one message: ``receiver``, ``placement``, ``cause``, ``text`` …
===========================  =====================  ==========================================================

The key is made of the mail's own id and the message's time, so that a second delivery changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from staygreen.core.finding import Subject
from staygreen.core.received.filed_message import FiledMessage
from staygreen.core.received.filing import Placement
from staygreen.core.received.reading import Receiver

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=35)
MOST = 10
"""Messages about one subject that are shown, the newest."""
_TEXTS = ("cause", "text", "step", "ip", "domain")
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledMessages:
    """The messages in one table."""

    client: DynamoDBClient
    table: str

    def keep(self, message: FiledMessage, identifier: str) -> None:
        """Remember a message, under each subject that it is about."""
        item = {name: {"S": getattr(message, name)[:_LONGEST]} for name in _TEXTS}
        for subject in message.subjects:
            self.client.put_item(
                TableName=self.table,
                Item={
                    "pk": {"S": f"filed#{subject.key}"},
                    "sk": {"S": f"{message.at.isoformat(timespec='microseconds')}#{identifier}"},
                    "expires_at": {"N": str(int((message.at + KEPT).timestamp()))},
                    "receiver": {"S": message.receiver.value},
                    "placement": {"S": message.placement.value},
                    **item,
                },
            )

    def of(self, subject: Subject) -> tuple[FiledMessage, ...]:
        """The newest messages about a subject, newest first."""
        answer = self.client.query(
            TableName=self.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"filed#{subject.key}"}},
            ScanIndexForward=False,
            Limit=MOST,
        )
        return tuple(
            FiledMessage(
                at=datetime.fromisoformat(item["sk"]["S"].partition("#")[0]),
                receiver=Receiver(item["receiver"]["S"]),
                placement=Placement(item["placement"]["S"]),
                **{name: item[name]["S"] for name in _TEXTS},
            )
            for item in answer["Items"]
        )
