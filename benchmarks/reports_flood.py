"""A flood of DMARC reports: how fast it is read, what it costs in Lambda, and whether a complaint waits for it.

    python -m benchmarks.reports_flood [--reports 5000]

The reports come as mails in S3, each told to SNS, which tells SQS, in the local cloud. Workers take from the queues as
Lambda does, five batches of five reports at once and two batches of complaints, and call the handlers in this process:
no deployment, no permissions. A complaint is told in the middle of the flood, on its own topic, queue and function.

Measured are the processor's seconds. Computed from them, with the two assumptions printed beside, is what Lambda bills:
a function of 1,024 MB has 0.58 of a processor, and waits 20 ms for each of four answers of S3 and DynamoDB.

Then a day of 500,000 reports is simulated with these seconds: how long the longest wait is when a fifth of them comes
within one hour, as reports about a UTC day do, and how often each key of the table is written.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lambdas import mailbox, report_days, reports
from local.cloud import LocalCloud
from local.mails import complaint_report
from local.report_mails import aggregate_mail
from staygreen.adapters.aws.mail_bucket import MailBucket
from staygreen.adapters.reports.keeper import Keeper
from staygreen.adapters.reports.report_table import ReportTable
from staygreen.adapters.reports.rows_bucket import RowsBucket
from staygreen.adapters.store.complaints import ComplaintBook
from staygreen.adapters.store.filed_messages import FiledMessages
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.naming import ResourceNames
from staygreen.core.reports.estate import Estate
from staygreen.core.wording import plural

ROWS = 20
"""Records of a report: about as many as reporters of a middle-sized sender have (assumed)."""
DOMAINS, DAYS = 20, 7
MAILS, KEPT, TABLE, INCIDENTS = "mails", "kept", "reports", "incidents"
REPORT_WORKERS, REPORT_BATCH = 5, 5
COMPLAINT_WORKERS, COMPLAINT_BATCH = 2, 5
NAMES = ResourceNames(sender="flood", environment="development")
DAY = date(2026, 11, 23)
LAMBDA_MB = 1024
SHARE_OF_A_PROCESSOR = LAMBDA_MB / 1769
"""Lambda gives one vCPU at 1,769 MB and less in proportion (AWS Lambda Developer Guide; recalled, not verified)."""
CALLS, ANSWER_SECONDS = 4, 0.020
"""GetObject, PutObject and two PutItem; assumed."""
A_DAY, PEAK_SHARE, PEAK = 500_000, 0.2, timedelta(hours=1)


@dataclass
class Measured:
    """What the workers saw."""

    seconds: list[float] = field(default_factory=list)
    """Of each batch of reports, in this process."""
    read: int = 0
    failed: int = 0
    complaint_kept_after: float = 0.0


class Flood:
    """Topics, queues, buckets and tables as the stacks make them, and workers in the place of Lambda."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.s3, self.dynamodb, self.sqs, self.sns = (cloud.client(each) for each in ("s3", "dynamodb", "sqs", "sns"))
        for bucket in (MAILS, KEPT):
            self.s3.create_bucket(Bucket=bucket)
        for table in (TABLE, INCIDENTS):
            self._table(table)
        self.topics = {name: self.sns.create_topic(Name=name)["TopicArn"] for name in ("reports", "mail")}
        self.queues = {name: self._queue(name, topic) for name, topic in self.topics.items()}
        self.measured, self.ends, self.lock = Measured(), threading.Event(), threading.Lock()
        self.table = ReportTable(client=self.dynamodb, table=TABLE)
        self.book = ComplaintBook(client=self.dynamodb, table=INCIDENTS)
        self._surround()

    def _table(self, name: str) -> None:
        self.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )

    def _queue(self, name: str, topic: str) -> str:
        url = str(self.sqs.create_queue(QueueName=name)["QueueUrl"])
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return url

    def _surround(self) -> None:
        """Give the handlers what the environment gives a deployed function."""
        domains = frozenset(f"d{number}.example" for number in range(DOMAINS))
        mails = MailBucket(client=self.s3, bucket=MAILS, region="us-east-1")
        here = reports._Here(
            names=NAMES,
            mails=mails,
            keeper=Keeper(RowsBucket(client=self.s3, bucket=KEPT), self.table, Estate(domains=domains)),
            is_trusted=False,
        )
        there = mailbox._Here(
            names=NAMES,
            reporters=("staff@hotmail.com",),
            bucket=mails,
            book=self.book,
            filed=FiledMessages(client=self.dynamodb, table=INCIDENTS),
        )
        reports._surroundings, mailbox._surroundings = (lambda: here), (lambda: there)
        for module in (reports, mailbox):
            module._measure = lambda *_: None
            module.logger.setLevel("ERROR")

    def tell(self, topic: str, key: str, mail: str, sender: str) -> None:
        """Store a mail and tell of it, as SES does."""
        self.s3.put_object(Bucket=MAILS, Key=key, Body=mail.encode())
        told = {
            "notificationType": "Received",
            "mail": {
                "messageId": key.replace("/", "-"),
                "timestamp": "2026-11-24T12:00:00.000Z",
                "source": sender,
                "commonHeaders": {"from": [sender], "subject": "-"},
            },
            "receipt": {
                "recipients": ["r@reports.example.com"],
                "dmarcVerdict": {"status": "PASS"},
                "action": {"bucketName": MAILS, "objectKey": key},
            },
        }
        self.sns.publish(TopicArn=self.topics[topic], Message=json.dumps(told))

    def worker(self, queue: str, batch: int, handler: Callable[[Mapping[str, Any], object], Mapping[str, Any]]) -> None:
        """Take batches from a queue until the flood is over."""
        url = self.queues[queue]
        while not self.ends.is_set():
            found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=batch, WaitTimeSeconds=1)
            messages = found.get("Messages", [])
            if not messages:
                continue
            begun = time.perf_counter()
            records = [{"messageId": each["MessageId"], "body": each["Body"]} for each in messages]
            failed = {each["itemIdentifier"] for each in handler({"Records": records}, None)["batchItemFailures"]}
            for each in messages:
                if each["MessageId"] not in failed:
                    self.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
            if queue == "reports":
                with self.lock:
                    self.measured.seconds.append((time.perf_counter() - begun) / len(messages))
                    self.measured.read += len(messages) - len(failed)
                    self.measured.failed += len(failed)


def flood(number: int) -> dict[str, Any]:
    """Play it; gives what was measured."""
    with LocalCloud(enforce=False) as cloud:
        made = Flood(cloud)
        for each in range(number):
            domain, day = f"d{each % DOMAINS}.example", DAY - timedelta(days=each // DOMAINS % DAYS)
            rows = [(f"192.0.2.{row}", each % 50 + row) for row in range(ROWS)]
            mail = aggregate_mail(rows=rows, identifier=str(each), day=day, domain=domain)
            made.tell("reports", f"dmarc/{each}", mail, "noreply@reporter.example")
        workers = [
            *(
                threading.Thread(target=made.worker, args=("reports", REPORT_BATCH, reports.handler))
                for _ in range(REPORT_WORKERS)
            ),
            *(
                threading.Thread(target=made.worker, args=("mail", COMPLAINT_BATCH, mailbox.handler))
                for _ in range(COMPLAINT_WORKERS)
            ),
        ]
        begun, used = time.perf_counter(), time.process_time()
        for worker in workers:
            worker.start()
        _wait(lambda: made.measured.read >= number / 2)
        _complain(made)
        _wait(lambda: made.measured.read >= number)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - used
        made.ends.set()
        for worker in workers:
            worker.join()
        return {**_told(made.measured, number, seconds, cpu), **_kept(made)}


def _wait(is_done: Callable[[], bool]) -> None:
    while not is_done():
        time.sleep(0.01)


def _complain(made: Flood) -> None:
    """Tell of a complaint, and see after how long it is kept."""
    begun = time.perf_counter()
    made.tell("mail", "jmrp/1", complaint_report("198.51.100.7"), "staff@hotmail.com")
    subject = Subject(SubjectKind.IP, "198.51.100.7")
    while not made.book.of([subject], datetime(2026, 11, 1, tzinfo=UTC)):
        time.sleep(0.05)
    made.measured.complaint_kept_after = time.perf_counter() - begun


def _told(measured: Measured, number: int, seconds: float, cpu: float) -> dict[str, Any]:
    each = statistics.fmean(measured.seconds)
    return {
        "reports": number,
        "failed": measured.failed,
        "reports_per_second": round(number / seconds, 1),
        "seconds_each_of_a_worker": round(each, 4),
        "processor_seconds_each": round(cpu / number, 4),
        "lambda_seconds_each": round(cpu / number / SHARE_OF_A_PROCESSOR + CALLS * ANSWER_SECONDS, 4),
        "complaint_kept_after_seconds": round(measured.complaint_kept_after, 2),
    }


def _kept(made: Flood) -> dict[str, Any]:
    """What is stored of the flood, and how long its days take to be made."""
    pages = made.s3.get_paginator("list_objects_v2").paginate(Bucket=KEPT)
    sizes = [each["Size"] for page in pages for each in page.get("Contents", [])]
    begun = time.perf_counter()
    estate, changed = Estate(domains=frozenset(f"d{n}.example" for n in range(DOMAINS))), list(made.table.changed())
    for day in changed:
        report_days._make(made.table, day, estate)
    return {
        "objects": len(sizes),
        "row_bytes_each": round(statistics.fmean(sizes)),
        "days_made": len(changed),
        "seconds_a_day_made": round((time.perf_counter() - begun) / max(1, len(changed)), 3),
    }


def simulated(seconds_each: float, a_day: int = A_DAY) -> dict[str, Any]:
    """A day of so many reports with five batches at once, minute by minute: the longest wait and the busiest second."""
    peak_minutes = int(PEAK.total_seconds() // 60)
    peak, rest = a_day * PEAK_SHARE / peak_minutes, a_day * (1 - PEAK_SHARE) / (24 * 60 - peak_minutes)
    capacity = 60 * REPORT_WORKERS / seconds_each
    waiting, longest, queue = 0.0, 0.0, deque[float]()
    for minute in range(24 * 60):
        queue.append(peak if minute < peak_minutes else rest)
        waiting = max(0.0, waiting + queue[-1] - capacity)
        longest = max(longest, waiting / capacity * 60)
    writes = Counter(
        {
            "summaries, over as many keys as domains and days": peak / 60,
            "marks that a day changed, one key": peak / 60,
        }
    )
    return {
        "a_day": a_day,
        "lambda_seconds": round(a_day * seconds_each),
        "gb_seconds": round(a_day * seconds_each * LAMBDA_MB / 1024),
        "functions_at_work_at_the_peak": round(peak / 60 * seconds_each, 2),
        "most_a_second": round(capacity / 60, 1),
        "longest_wait_seconds": round(longest, 1),
        "objects": a_day,
        "writes_a_second_at_the_peak": {name: round(each, 1) for name, each in writes.items()},
    }


def main() -> None:
    """Play and simulate; one JSON object each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=5_000)
    number = parser.parse_args().reports
    measured = flood(number)
    print(json.dumps({"what": plural(number, "report") + " for real, in the local cloud", **measured}))
    told = "a day, simulated with the seconds that Lambda bills"
    print(json.dumps({"what": told, **simulated(measured["lambda_seconds_each"])}))


if __name__ == "__main__":
    main()
