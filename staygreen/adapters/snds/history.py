"""Keeps SNDS rows in DynamoDB: one partition for each report date, one item for each address.

A run reads one partition a day, with the marks that say which sources were read for it; the days
of one address are a batch of exact keys. Items end by themselves after 400 days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from staygreen.core.errors import SourceUnavailable
from staygreen.core.snds.history import KEPT, Day, Mark
from staygreen.core.snds.rows import Colour, ComplaintRate

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 25
_ROUNDS = 8
_WORKERS = 8
_READ = (
    "on_date, ip, #source, filter_result, rcpt, #data, recipients, "
    "complaint_op, complaint_rate, traps, read_at, #rows, sk"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The table of one environment."""

    client: DynamoDBClient
    table: str

    def read(self, dates: Iterable[date]) -> tuple[dict[IPv4Address, list[Day]], dict[str, dict[date, Mark]]]:
        """The days by address and the marks by source, for these report dates."""
        days: dict[IPv4Address, list[Day]] = defaultdict(list)
        marks: dict[str, dict[date, Mark]] = defaultdict(dict)
        with ThreadPoolExecutor(_WORKERS) as workers:
            for items in workers.map(self._partition, dates):
                for item in items:
                    on = date.fromisoformat(item["on_date"]["S"])
                    if item["sk"]["S"].startswith("read#"):
                        source = item["sk"]["S"].removeprefix("read#")
                        marks[source][on] = Mark(
                            read_at=datetime.fromtimestamp(int(item["read_at"]["N"]), UTC),
                            rows=int(item["rows"]["N"]),
                        )
                    else:
                        day = _day(item)
                        days[day.ip].append(day)
        for of_one in days.values():
            of_one.sort(key=lambda day: day.on, reverse=True)
        return days, marks

    def of_address(self, address: IPv4Address, dates: Sequence[date]) -> tuple[Day, ...]:
        """The days of one address among `dates`, raw lines included, newest first."""
        found: list[Day] = []
        for start in range(0, len(dates), 100):
            keys = [_key(on, f"ip#{address}") for on in dates[start : start + 100]]
            request: Any = {self.table: {"Keys": keys}}
            for _ in range(_ROUNDS):
                answer = self.client.batch_get_item(RequestItems=request)
                found.extend(_day(item) for item in answer["Responses"].get(self.table, []))
                request = answer.get("UnprocessedKeys")
                if not request:
                    break
        return tuple(sorted(found, key=lambda day: day.on, reverse=True))

    def keep(self, on: date, days: Sequence[Day], source: str, now: datetime) -> None:
        """Store the rows of one report date, then the mark that it was read. Storing twice changes nothing."""
        rows = self.keep_rows(days, now)
        self.client.put_item(TableName=self.table, Item=_mark(on, source, now, rows))

    def keep_rows(self, days: Sequence[Day], now: datetime) -> int:
        """Store rows alone. Returns how many addresses they are about."""
        # One row for each address and date: a report that names one twice is settled by its last row.
        unique = {(day.ip, day.on): day for day in days}
        items = [_item(day, now) for day in unique.values()]
        batches = [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
        with ThreadPoolExecutor(_WORKERS) as workers:
            for _ in workers.map(self._write, batches):
                pass
        return len(items)

    def _partition(self, on: date) -> list[Mapping[str, Any]]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": _partition_key(on)}},
            # The raw lines stay behind: a month of a thousand addresses fits into memory without them.
            ProjectionExpression=_READ,
            ExpressionAttributeNames={"#source": "source", "#rows": "rows", "#data": "data"},
        )
        return [item for page in pages for item in page["Items"]]

    def _write(self, items: Sequence[Mapping[str, Any]]) -> None:
        request: Any = {self.table: [{"PutRequest": {"Item": item}} for item in items]}
        for _ in range(_ROUNDS):
            request = self.client.batch_write_item(RequestItems=request).get("UnprocessedItems")
            if not request:
                return
        raise SourceUnavailable(f"DynamoDB did not take all rows of {self.table}")


def _partition_key(on: date) -> str:
    return f"snds#day#{on.isoformat()}"


def _key(on: date, sort: str) -> dict[str, Any]:
    return {"pk": {"S": _partition_key(on)}, "sk": {"S": sort}}


def _item(day: Day, now: datetime) -> dict[str, Any]:
    item = {
        **_key(day.on, f"ip#{day.ip}"),
        "on_date": {"S": day.on.isoformat()},
        "ip": {"S": str(day.ip)},
        "source": {"S": day.source},
        "expires_at": {"N": _end(now)},
    }
    if day.raw:
        item["raw"] = {"S": day.raw}
    if day.filter_result:
        item["filter_result"] = {"S": day.filter_result.value}
    if day.complaint_rate:
        item["complaint_op"] = {"S": day.complaint_rate.op}
        item["complaint_rate"] = {"N": repr(day.complaint_rate.value)}
    counts = {
        "rcpt": day.rcpt_commands,
        "data": day.data_commands,
        "recipients": day.recipients,
        "traps": day.trap_hits,
    }
    item |= {name: {"N": str(value)} for name, value in counts.items() if value is not None}
    return item


def _mark(on: date, source: str, now: datetime, rows: int) -> dict[str, Any]:
    return {
        **_key(on, f"read#{source}"),
        "on_date": {"S": on.isoformat()},
        "read_at": {"N": str(int(now.timestamp()))},
        "rows": {"N": str(rows)},
        "expires_at": {"N": _end(now)},
    }


def _end(now: datetime) -> str:
    return str(int((now + KEPT).timestamp()))


def _day(item: Mapping[str, Any]) -> Day:
    rate = item.get("complaint_rate")
    colour = item.get("filter_result")
    return Day(
        ip=IPv4Address(item["ip"]["S"]),
        on=date.fromisoformat(item["on_date"]["S"]),
        source=item["source"]["S"],
        filter_result=Colour(colour["S"]) if colour else None,
        rcpt_commands=_count(item, "rcpt"),
        data_commands=_count(item, "data"),
        recipients=_count(item, "recipients"),
        complaint_rate=ComplaintRate(item["complaint_op"]["S"], float(rate["N"])) if rate else None,
        trap_hits=_count(item, "traps"),
        raw=item["raw"]["S"] if "raw" in item else "",
    )


def _count(item: Mapping[str, Any], name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def latest_mark(marks: Mapping[date, Mark]) -> datetime | None:
    """When a source was last read with success."""
    return max((mark.read_at for mark in marks.values()), default=None)
