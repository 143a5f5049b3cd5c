"""Reads the SNDS metrics that AWS publishes for SES dedicated IPs.

AWS documents the metrics but not their dimension, so the address is looked for in whatever
dimensions ListMetrics shows (SES developer guide, "SNDS metrics for dedicated IPs", 2022-10; that
the feed goes on after June 2026 is not established).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Any

from staygreen.core.snds.history import WINDOW_DAYS, Day
from staygreen.core.snds.own_sending import Sends
from staygreen.core.snds.rows import Colour, ComplaintRate
from staygreen.core.snds.run_result import SES_CLOUDWATCH

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE = "AWS/SES"
METRICS = (
    "SNDS.RCPTCommands",
    "SNDS.DATACommands",
    "SNDS.MessageRecipients",
    "SNDS.SpamRate",
    "SNDS.ComplaintRate",
    "SNDS.TrapHits",
)
_MOST_QUERIES = 500
_BELOW = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class SndsMetrics:
    """The metrics of one account and region."""

    client: CloudWatchClient

    def days(self, wanted: frozenset[IPv4Address], now: datetime) -> tuple[Day, ...]:
        """The days of the window for those of `wanted` that have metrics."""
        found = [(address, name, dims) for name in METRICS for address, dims in self._listed(name) if address in wanted]
        values: dict[tuple[IPv4Address, date], dict[str, float]] = {}
        for start in range(0, len(found), _MOST_QUERIES):
            for address, name, on, value in self._points(found[start : start + _MOST_QUERIES], now):
                values.setdefault((address, on), {})[name] = value
        return tuple(_day(address, on, of_day) for (address, on), of_day in values.items())

    def sends(self, now: datetime) -> Sends:
        """What the account sent through SES, by day (not verified: docs/assumptions.md, 35)."""
        query: Any = {
            "Id": "sends",
            "MetricStat": {"Metric": {"Namespace": NAMESPACE, "MetricName": "Send"}, "Period": 86400, "Stat": "Sum"},
        }
        by_day: dict[date, int] = {}
        for result in self._results([query], now):
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                by_day[at.date()] = by_day.get(at.date(), 0) + round(value)
        return Sends(of="the account, to all recipients", by_day=by_day)

    def _listed(self, metric: str) -> Iterator[tuple[IPv4Address, Sequence[Any]]]:
        pages = self.client.get_paginator("list_metrics").paginate(Namespace=NAMESPACE, MetricName=metric)
        for page in pages:
            for listed in page["Metrics"]:
                dimensions = listed.get("Dimensions", [])
                address = next(filter(None, (_address(dimension.get("Value", "")) for dimension in dimensions)), None)
                if address:
                    yield address, dimensions

    def _points(
        self, found: Sequence[tuple[IPv4Address, str, Sequence[Any]]], now: datetime
    ) -> Iterator[tuple[IPv4Address, str, date, float]]:
        queries: Any = [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": list(dimensions)},
                    "Period": 86400,
                    "Stat": "Maximum",
                },
            }
            for number, (_, name, dimensions) in enumerate(found)
        ]
        for result in self._results(queries, now):
            address, name, _ = found[int(result["Id"][1:])]
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                yield address, name, at.date(), value

    def _results(self, queries: Any, now: datetime) -> Iterator[Any]:
        # from midnight on: a period that begins later is a day of fewer hours
        start = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=WINDOW_DAYS)
        pages = self.client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=start, EndTime=now
        )
        for page in pages:
            yield from page["MetricDataResults"]


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _day(address: IPv4Address, on: date, values: Mapping[str, float]) -> Day:
    return Day(
        ip=address,
        on=on,
        source=SES_CLOUDWATCH,
        filter_result=_colour(values.get("SNDS.SpamRate")),
        rcpt_commands=_count(values.get("SNDS.RCPTCommands")),
        data_commands=_count(values.get("SNDS.DATACommands")),
        recipients=_count(values.get("SNDS.MessageRecipients")),
        complaint_rate=_rate(values.get("SNDS.ComplaintRate")),
        trap_hits=_count(values.get("SNDS.TrapHits")),
        raw=" ".join(f"{name}={value:g}" for name, value in sorted(values.items())),
    )


def _colour(spam_rate: float | None) -> Colour | None:
    """0, 0.5 and 1 are green, yellow and red."""
    if spam_rate is None:
        return None
    return Colour.GREEN if spam_rate < 0.5 else Colour.YELLOW if spam_rate < 1 else Colour.RED


def _rate(fraction: float | None) -> ComplaintRate | None:
    """0 stands for less than 0.1 %."""
    if fraction is None:
        return None
    return ComplaintRate("<", _BELOW) if fraction == 0 else ComplaintRate("=", fraction)


def _count(value: float | None) -> int | None:
    return None if value is None else round(value)
