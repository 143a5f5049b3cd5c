"""What a million events of SES cost in the function that counts them: `python -m benchmarks.ses_events [BATCHES]`.

Batches as the queue hands them over go through the deployed handler; the table is one in memory behind a real client,
which makes and signs its requests. Measured are the processor's seconds. Computed from them, with the two assumptions
printed beside, is what Lambda bills: a function of 512 MB has 0.29 of a processor, and waits 10 ms for each answer of
DynamoDB.

A peer in the same run: `json.loads` of the same bodies, which nobody who reads them can do without.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from typing import Any

os.environ.setdefault("AWS_REGION", "us-east-1")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "CRITICAL")

import boto3
from botocore.awsrequest import AWSResponse

from lambdas import replies
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.adapters.store.unreadable import UnreadBucket
from staygreen.core.account_share import WHOLE
from staygreen.core.naming import ResourceNames

BATCH = 100
MEMORY_GB = 0.5
SHARE_OF_A_PROCESSOR = 512 / 1769
"""Lambda gives one vCPU at 1,769 MB and less in proportion (AWS Lambda Developer Guide; recalled, not verified)."""
ANSWER_SECONDS = 0.010
REPLIES = (
    "550 5.1.1 <reader@customer.example>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. Please contact your Internet service provider "
    "since part of their network is on our block list (S3150).",
    "554 4.4.7 Message expired: unable to deliver in 840 minutes.<451 4.7.651 The mail server [192.0.2.10] has been "
    "temporarily rate limited due to IP reputation. (S844)>",
    "552 5.2.2 <reader@customer.example>: Mailbox full",
    "550 5.7.999 Something that no rule knows",
)


class Table:
    """As much of DynamoDB as the counting asks for, behind a real client: requests are made and signed, not sent."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls = 0
        self.client = boto3.client("dynamodb", aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
        self.client.meta.events.register("before-send.dynamodb", self.answer)

    def answer(self, request: Any, **_named: Any) -> AWSResponse:
        """Answer a request of the client."""
        self.calls += 1
        asked = json.loads(request.body)
        found = self._read(asked) if "RequestItems" in asked else self._write(asked)
        body = io.BytesIO(json.dumps(found).encode())
        body.stream = lambda: iter([body.getvalue()])  # type: ignore[attr-defined]
        return AWSResponse(request.url, 200, {}, body)

    def _read(self, asked: Any) -> Any:
        ((table, request),) = asked["RequestItems"].items()
        keys = [(key["pk"]["S"], key["sk"]["S"]) for key in request["Keys"]]
        return {"Responses": {table: [self.items[key] for key in keys if key in self.items]}}

    def _write(self, asked: Any) -> Any:
        for action in asked["TransactItems"]:
            if "Put" in action:
                item = action["Put"]["Item"]
                self.items[item["pk"]["S"], item["sk"]["S"]] = item
        return {}


def record(number: int) -> dict[str, str]:
    recipient = {"emailAddress": f"reader-{number}@customer.example", "action": "failed", "status": "5.0.0"}
    recipient["diagnosticCode"] = f"smtp; {REPLIES[number % len(REPLIES)]}"
    detail = {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Transient",
            "bounceSubType": "General",
            "bouncedRecipients": [recipient],
            "timestamp": "2026-11-24T11:59:00.000Z",
        },
        "mail": {
            "timestamp": "2026-11-24T11:58:00.000Z",
            "source": "news@shop.example",
            "messageId": f"0100019{number:08d}-5f0b1d7e-0000-4000-8000-000000000000-000000",
            "destination": [recipient["emailAddress"]],
            "headers": [{"name": f"X-Header-{n}", "value": "something of usual length"} for n in range(12)],
            "tags": {"ses:outgoing-ip": ["192.0.2.10"], "ses:configuration-set": ["transactional"]},
        },
    }
    body = {"version": "0", "id": f"e-{number}", "detail-type": "Email Bounced", "source": "aws.ses", "detail": detail}
    return {"messageId": f"q-{number}", "body": json.dumps(body)}


def main() -> int:
    batches = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    table = Table()
    counters = ReplyCounters(client=table.client, table="t")
    here = replies._Here(
        counters=counters,
        unread=UnreadBucket(client=None, bucket=""),  # type: ignore[arg-type]
        complaints=None,  # type: ignore[arg-type]
        hashed=hash_of,
        share=replies._Remembered(lambda: WHOLE),
        dedicated=replies._Remembered(lambda: frozenset({"192.0.2.10"})),
        check="",
        wakes=0,
        names=ResourceNames(sender="bench", environment="production"),
    )
    replies._surroundings = lambda: here  # type: ignore[assignment]
    replies._wake = lambda *_: None  # type: ignore[assignment]
    replies._measure = lambda *_: None  # type: ignore[assignment]
    events = [{"Records": [record(n * BATCH + at) for at in range(BATCH)]} for n in range(batches)]
    started = time.process_time()
    for event in events:
        if replies.handler(event, None) != {"batchItemFailures": []}:
            raise SystemExit("a batch failed: its time means nothing")
    ours = time.process_time() - started
    started = time.process_time()
    for event in events:
        for each in event["Records"]:
            json.loads(each["body"])
    peer = time.process_time() - started
    number = batches * BATCH
    calls = table.calls / batches
    seconds = ours / batches / SHARE_OF_A_PROCESSOR + calls * ANSWER_SECONDS
    million = seconds * (1_000_000 / BATCH) * MEMORY_GB
    print(f"{number:,} events in {batches} batches of {BATCH}; {calls:.1f} calls of DynamoDB in each")
    print(
        f"processor: {ours / number * 1e6:.0f} microseconds an event ({peer / number * 1e6:.0f} for json.loads alone)"
    )
    print(f"assumed: {SHARE_OF_A_PROCESSOR:.2f} of a processor at 512 MB, {ANSWER_SECONDS * 1000:.0f} ms a call")
    print(f"a batch: {seconds * 1000:.0f} ms; 1,000,000 events: {million:,.0f} GB-seconds")
    return 0


def hash_of(address: str) -> str:
    import hmac

    return hmac.new(b"key", address.encode(), "sha256").hexdigest()[:32]


if __name__ == "__main__":
    sys.exit(main())
