"""The table of reports: what is decided by, and what people ask for first. Rows are in S3.

==============================  ======================  ======================================================
``pk``                          ``sk``                  item
==============================  ======================  ======================================================
``dmarc#<domain>#<day>``        ``proven#<identity>``   one aggregate report, or ``unproven#…``
``tls#<domain>#<day>``          the same                one TLS report, as far as it is about the domain
``dmarc-day#<domain>``          ``<day>``               all aggregate reports about a domain and day
``tls-day#<domain>``            ``<day>``               all TLS reports about a domain and day
``failure#<domain>``            ``<time>#<hash>``       one failure report: machine-readable fields alone
``unreadable``                  ``<time>#<id>``         one report that could not be read
``estate``                      ``<day>``               what was ours on a day
``changed``                     ``<kind>#<domain>#<day>``  a day that is to be made anew
==============================  ======================  ======================================================

``doc`` is the value's JSON, packed: evidence repeats itself.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from botocore.exceptions import ClientError

from staygreen.core.codec import decoded, encoded
from staygreen.core.dmarc.day import DomainDay, ReportSummary, UnreadableReport
from staygreen.core.dmarc.kept import DAYS_KEPT, ROWS_KEPT, UNREADABLE_KEPT
from staygreen.core.dmarc.tls_day import TlsDay, TlsSummary
from staygreen.core.dmarc.weight import weight
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import FailureReport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
Item = dict[str, Any]
LARGEST = 380_000
"""Bytes of a packed value; an item takes 400 KB with its keys (DynamoDB quotas, recalled, not verified)."""
MOST_READ = 20_000
"""Reports of a domain and day that its day is made of, proven ones first."""
_CHANGED, _UNREADABLE, _ESTATE = "changed", "unreadable", "estate"
DMARC, TLS = "dmarc", "tls"


class Changed(NamedTuple):
    """A day that is to be made anew."""

    kind: str
    """`DMARC` or `TLS`."""
    domain: str
    day: date
    token: str
    """Another one whenever another report came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """The reports of one deployment."""

    client: DynamoDBClient
    table: str

    # --- reports ----------------------------------------------------------------------------------------------------

    def keep(self, summary: ReportSummary) -> bool:
        """Store a report, unless a larger one of the same identity is there. Gives whether it was stored."""
        item = self._item(f"{DMARC}#{summary.policy.domain}#{summary.day}", _place(summary), summary)
        item["weight"] = {"N": str(weight(summary))}
        item["expires_at"] = _expiry(summary.end, ROWS_KEPT)
        try:
            self.client.put_item(
                TableName=self.table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR weight <= :weight",
                ExpressionAttributeValues={":weight": item["weight"]},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def keep_tls(self, summary: TlsSummary) -> None:
        """Store a TLS report; one that comes again takes its own place."""
        item = self._item(f"{TLS}#{summary.domain}#{summary.day}", _place(summary), summary)
        self._put({**item, "expires_at": _expiry(summary.end, ROWS_KEPT)})

    def keep_failure(self, report: FailureReport, received: datetime) -> None:
        """Store a failure report, under what it says: one that comes again takes its own place."""
        at = report.arrival or received
        text = json.dumps(encoded(report), sort_keys=True)
        name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
        item = self._item(f"failure#{report.reported_domain}", f"{_sortable(at)}#{name}", report)
        self._put({**item, "expires_at": _expiry(received, ROWS_KEPT)})

    def keep_unreadable(self, report: UnreadableReport, identifier: str) -> None:
        """Remember that a report could not be read."""
        item = self._item(_UNREADABLE, f"{_sortable(report.received)}#{identifier}", report)
        self._put({**item, "expires_at": _expiry(report.received, UNREADABLE_KEPT)})

    def reports(self, domain: str, day: date) -> Iterator[ReportSummary]:
        """The aggregate reports about a domain and day, proven ones first."""
        yield from (self._value(ReportSummary, item) for item in self._of(f"{DMARC}#{domain}#{day}"))

    def tls_reports(self, domain: str, day: date) -> Iterator[TlsSummary]:
        """The TLS reports about a domain and day, proven ones first."""
        yield from (self._value(TlsSummary, item) for item in self._of(f"{TLS}#{domain}#{day}"))

    def failures(self, domain: str, since: datetime) -> Iterator[FailureReport]:
        """The failure reports about a domain, the oldest first."""
        for item in self._of(f"failure#{domain}", _sortable(since)):
            yield self._value(FailureReport, item)

    def unreadable(self, since: datetime) -> Iterator[UnreadableReport]:
        """The reports that could not be read, the oldest first."""
        yield from (self._value(UnreadableReport, item) for item in self._of(_UNREADABLE, _sortable(since)))

    # --- days -------------------------------------------------------------------------------------------------------

    def mark(self, changed: Changed) -> None:
        """Say that a day is to be made anew; after what changed it was stored."""
        item = {"pk": {"S": _CHANGED}, "sk": {"S": _changed_key(changed)}, "token": {"S": changed.token}}
        self._put(item)

    def changed(self) -> Iterator[Changed]:
        """The days that are to be made anew."""
        for item in self._of(_CHANGED):
            kind, domain, day = item["sk"]["S"].split("#")
            yield Changed(kind, domain, date.fromisoformat(day), item["token"]["S"])

    def settle(self, changed: Changed) -> None:
        """Take the mark away, unless another report came meanwhile."""
        try:
            self.client.delete_item(
                TableName=self.table,
                Key={"pk": {"S": _CHANGED}, "sk": {"S": _changed_key(changed)}},
                ConditionExpression="#token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={":token": {"S": changed.token}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    @staticmethod
    def fits(day: DomainDay) -> bool:
        """Whether a day can be stored."""
        return len(_packed(day)) <= LARGEST

    def keep_day(self, day: DomainDay) -> None:
        """Store what all aggregate reports say of a domain and day."""
        item = self._item(f"dmarc-day#{day.domain}", day.day.isoformat(), day)
        self._put({**item, "expires_at": _expiry_of_day(day.day, DAYS_KEPT)})

    def keep_tls_day(self, day: TlsDay) -> None:
        """Store what all TLS reports say of a domain and day."""
        item = self._item(f"tls-day#{day.domain}", day.day.isoformat(), day)
        self._put({**item, "expires_at": _expiry_of_day(day.day, DAYS_KEPT)})

    def days(self, domain: str, since: date) -> Iterator[DomainDay]:
        """The days of a domain that have aggregate reports, the oldest first."""
        yield from (self._value(DomainDay, item) for item in self._of(f"dmarc-day#{domain}", since.isoformat()))

    def tls_days(self, domain: str, since: date) -> Iterator[TlsDay]:
        """The days of a domain that have TLS reports, the oldest first."""
        yield from (self._value(TlsDay, item) for item in self._of(f"tls-day#{domain}", since.isoformat()))

    # --- what was ours ----------------------------------------------------------------------------------------------

    def has_estate(self, day: date) -> bool:
        """Whether it is written down what was ours on a day."""
        key = {"pk": {"S": _ESTATE}, "sk": {"S": day.isoformat()}}
        return "Item" in self.client.get_item(TableName=self.table, Key=key)

    def keep_estate(self, day: date, estate: Estate) -> None:
        """Write down what is ours on a day."""
        self._put({**self._item(_ESTATE, day.isoformat(), estate), "expires_at": _expiry_of_day(day, ROWS_KEPT)})

    def estates(self, since: date) -> Iterator[tuple[date, Estate]]:
        """What was ours on each day, the oldest first."""
        for item in self._of(_ESTATE, since.isoformat()):
            yield date.fromisoformat(item["sk"]["S"]), self._value(Estate, item)

    # --- items ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _item(pk: str, sk: str, value: Any) -> Item:
        return {"pk": {"S": pk}, "sk": {"S": sk}, "doc": {"B": _packed(value)}}

    @staticmethod
    def _value(cls: type[T], item: Mapping[str, Any]) -> T:
        return decoded(cls, json.loads(zlib.decompress(bytes(item["doc"]["B"]))))

    def _put(self, item: Item) -> None:
        self.client.put_item(TableName=self.table, Item=item)

    def _of(self, pk: str, since: str = "") -> Iterator[Mapping[str, Any]]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND sk >= :since" if since else "pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}, **({":since": {"S": since}} if since else {})},
        )
        yield from islice((item for page in pages for item in page["Items"]), MOST_READ)


def _place(summary: ReportSummary | TlsSummary) -> str:
    """Whoever forges a report takes no place of a proven one."""
    return f"{'proven' if summary.is_proven else 'unproven'}#{summary.identity}"


def _changed_key(changed: Changed) -> str:
    return f"{changed.kind}#{changed.domain}#{changed.day.isoformat()}"


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(encoded(value), separators=(",", ":")).encode(), 6)


def _sortable(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _expiry(at: datetime, kept: timedelta) -> Mapping[str, str]:
    return {"N": str(int((at + kept).timestamp()))}


def _expiry_of_day(day: date, kept: timedelta) -> Mapping[str, str]:
    return {"N": str(int((datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00") + kept).timestamp()))}
