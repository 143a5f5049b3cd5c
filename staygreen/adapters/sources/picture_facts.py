"""Reads what single pictures show: from the tables of one deployed sender, and from CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from staygreen.adapters.snds.history import History
from staygreen.adapters.sources import ses_standing
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.core.checks import CHECKS
from staygreen.core.finding import IPAddress
from staygreen.core.incidents.incident import Incident, Kind
from staygreen.core.naming import METRICS, REPLIES, SNDS, ResourceNames
from staygreen.core.pictures.facts import Rates, Runs
from staygreen.core.pictures.lived import Lived, Step, lived
from staygreen.core.pictures.period import Period
from staygreen.core.replies.counters import Class, Tally
from staygreen.core.ses.standing import ACCOUNT
from staygreen.core.snds.history import Day, Mark

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY = timedelta(days=1)
_WORKERS = 8
_LAMBDA = "AWS/Lambda"
_SILENT = "SourcesSilent"
"""What a run of a check counts at its end, where a source was silent."""


def incidents(table: IncidentTable, period: Period) -> tuple[Lived, ...]:
    """Those that were open at some time of a period, each with its history."""
    loaded = (incident for check in CHECKS for incident in table.load(check.id)[0].values())
    # what never opened has no transition
    wanted = [each for each in loaded if each.last_reading >= period.begin and each.sequence]

    def told(incident: Incident) -> Lived:
        return lived(incident, (Step(Kind(past.kind), past.at) for past in table.history(incident.id)))

    with ThreadPoolExecutor(_WORKERS) as workers:
        return tuple(one for one in workers.map(told, wanted) if one.within(period))


Snds = tuple[Mapping[IPAddress, Sequence[Day]], Mapping[str, Mapping[date, Mark]]]


def snds(dynamodb: DynamoDBClient, names: ResourceNames, period: Period) -> Snds:
    """SNDS's rows by address, and which report dates were read, by source.

    Raises:
        ClientError: There is no such table, where SNDS is not watched.
    """
    days, reads = History(client=dynamodb, table=names.table(SNDS)).read(period)
    return {address: rows for address, rows in days.items()}, reads


def tallies(dynamodb: DynamoDBClient, names: ResourceNames, period: Period) -> tuple[Tally, ...]:
    """The counters of replies about our standing or set-up."""
    counters = ReplyCounters(client=dynamodb, table=names.table(REPLIES))
    return counters.read(period.begin, period.end - timedelta(microseconds=1), (Class.OURS,))


def rates(cloudwatch: CloudWatchClient, period: Period) -> Rates:
    """What SES counts of the account, by day."""
    names = {"bounces": "Reputation.BounceRate", "complaints": "Reputation.ComplaintRate"}
    span = (period.begin, period.end)
    found = ses_standing.metrics(cloudwatch, [(ACCOUNT, name) for name in names.values()], span, _DAY, "Average")
    sent = ses_standing.metrics(cloudwatch, [(ACCOUNT, "Send")], span, _DAY, "Sum")
    by_day = {key: {at.date(): value for at, value in found[ACCOUNT, name]} for key, name in names.items()}
    return Rates(**by_day, sent={at.date(): round(value) for at, value in sent[ACCOUNT, "Send"]})


def runs(cloudwatch: CloudWatchClient, names: ResourceNames, period: Period) -> Mapping[str, Runs]:
    """Of each check that has run in a period, the days of its runs.

    Lambda's own counts say that it ran, as in the alarm on silence: what a check counts itself is absent at zero. On
    the day of its first deployment a function's answer to `lambdas/first_figures.py` counts too; its schedule fires
    on that day.
    """
    queries = list(_queries(names))
    values: dict[str, dict[date, int]] = {}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=period.begin, EndTime=period.end
    )
    for result in (result for page in pages for result in page["MetricDataResults"]):
        points = zip(result.get("Timestamps", []), result.get("Values", []), strict=True)
        of_query = values.setdefault(result.get("Id", ""), {})
        of_query.update({at.date(): round(value) for at, value in points})
    return {
        check.id: Runs(ran=days, silent=values.get(f"silent{number}", {}))
        for number, check in enumerate(CHECKS)
        if (days := _ended(values.get(f"began{number}", {}), values.get(f"failed{number}", {})))
    }


def _ended(began: Mapping[date, int], failed: Mapping[date, int]) -> frozenset[date]:
    return frozenset(day for day, count in began.items() if count > failed.get(day, 0))


def _queries(names: ResourceNames) -> Iterator[Any]:
    for number, check in enumerate(CHECKS):
        function = {"FunctionName": names.check_function(check.id)}
        own = {**names.dimensions, "service": check.id}
        for key, namespace, name, dimensions in (
            ("began", _LAMBDA, "Invocations", function),
            ("failed", _LAMBDA, "Errors", function),
            ("silent", METRICS, _SILENT, own),
        ):
            named = [{"Name": dimension, "Value": value} for dimension, value in dimensions.items()]
            metric = {"Namespace": namespace, "MetricName": name, "Dimensions": named}
            stat = {"Metric": metric, "Period": int(_DAY.total_seconds()), "Stat": "Sum"}
            yield {"Id": f"{key}{number}", "MetricStat": stat}
