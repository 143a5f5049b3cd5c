"""Reads from SES and CloudWatch what `staygreen.core.ses.standing` describes.

Metrics of the account have no dimension, those of a configuration set the dimension `ses:configuration-set` (SES
Developer Guide, "Creating reputation monitoring alarms using CloudWatch"; not verified). Messages of a set are counted
where an event destination of it publishes `Send` with that dimension.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from staygreen.adapters.ses.pages import pages
from staygreen.core.account_share import WHOLE, AccountShare
from staygreen.core.ses.standing import (
    ACCOUNT,
    SET_DIMENSION,
    Account,
    Entity,
    Rates,
    Recommendation,
    SetInUse,
    Standing,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_sesv2.client import SESV2Client

NAMESPACE = "AWS/SES"
_BOUNCES, _COMPLAINTS, _SENT = "Reputation.BounceRate", "Reputation.ComplaintRate", "Send"
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_SUPPRESSED_SINCE = timedelta(days=9)
_MOST_SUPPRESSED_PAGES = 20
"""Of 1,000 addresses; SES may answer one page a second."""
_QUERIES_AT_ONCE = 500
"""Of GetMetricData (CloudWatch API Reference; not verified)."""


def standing(ses: SESV2Client, cloudwatch: CloudWatchClient, now: datetime, share: AccountShare = WHOLE) -> Standing:
    """Everything about the account's reputation, and about that of its parts in a share."""
    found = account(ses)
    sets = tuple(each for each in configuration_sets(ses) if share.has_configuration_set(each.name, each.pool))
    own = replace(share, configuration_sets=frozenset(each.name for each in sets))
    return Standing(
        account=found,
        sets=sets,
        rates=_rates(cloudwatch, found, tuple(each.name for each in sets), now),
        entities=tuple(each for each in _entities(ses) if own.has_resource(each.arn)),
        recommendations=tuple(each for each in _recommendations(ses) if own.has_resource(each.arn))
        if found.has_vdm
        else None,
        suppressed=_suppressed(ses, now),
    )


def account(ses: SESV2Client) -> Account:
    """The account in this region."""
    found = ses.get_account()
    return Account(
        sending_enabled=found.get("SendingEnabled", True),
        enforcement=found.get("EnforcementStatus", "HEALTHY"),
        sent_in_a_day=round(found.get("SendQuota", {}).get("SentLast24Hours", 0)),
        has_vdm=(found.get("VdmAttributes") or {}).get("VdmEnabled") == "ENABLED",
    )


def configuration_sets(ses: SESV2Client) -> Iterator[SetInUse]:
    """Every configuration set of the account; one that was deleted since it was listed is left out."""
    for page in pages(ses.list_configuration_sets):
        for name in page.get("ConfigurationSets", []):
            try:
                found = ses.get_configuration_set(ConfigurationSetName=name)
            except ses.exceptions.NotFoundException:
                continue
            yield SetInUse(
                name=name,
                sending_enabled=found.get("SendingOptions", {}).get("SendingEnabled", True),
                pool=found.get("DeliveryOptions", {}).get("SendingPoolName", ""),
            )


def _rates(cloudwatch: CloudWatchClient, of: Account, sets: tuple[str, ...], now: datetime) -> Mapping[str, Rates]:
    wanted = [(each, name) for each in (ACCOUNT, *sets) for name in (_BOUNCES, _COMPLAINTS)]
    found = {
        key: values[-1][1]
        for key, values in metrics(cloudwatch, wanted, (now - _DAY, now), _HOUR, "Average").items()
        if values
    }
    counted = metrics(cloudwatch, [(each, _SENT) for each in sets], (now - _DAY, now), _HOUR, "Sum")
    sent = {each: round(sum(value for _, value in values)) for (each, _), values in counted.items() if values}
    return {
        each: Rates(
            bounces=found.get((each, _BOUNCES)),
            complaints=found.get((each, _COMPLAINTS)),
            sent=of.sent_in_a_day if each == ACCOUNT else sent.get(each),
        )
        for each in (ACCOUNT, *sets)
    }


Series = list[tuple[datetime, float]]


def metrics(
    cloudwatch: CloudWatchClient,
    wanted: list[tuple[str, str]],
    span: tuple[datetime, datetime],
    period: timedelta,
    statistic: str,
) -> Mapping[tuple[str, str], Series]:
    """Values of metrics of SES, the oldest first.

    Args:
        cloudwatch: The client.
        wanted: Configuration set (`ACCOUNT`: the account) and name of each metric.
        span: From when to when.
        period: What one value stands for.
        statistic: `Sum` or `Average`.
    """
    found: dict[tuple[str, str], Series] = {each: [] for each in wanted}
    for start in range(0, len(wanted), _QUERIES_AT_ONCE):
        part = wanted[start : start + _QUERIES_AT_ONCE]
        queries = [_query(f"m{at}", *each, period, statistic) for at, each in enumerate(part)]
        answered = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=span[0], EndTime=span[1], ScanBy="TimestampAscending"
        )
        for page in answered:
            for result in page["MetricDataResults"]:
                values = zip(result.get("Timestamps", []), result.get("Values", []), strict=True)
                found[part[int(result.get("Id", "m0")[1:])]].extend(values)
    return found


def _query(key: str, configuration_set: str, name: str, period: timedelta, statistic: str) -> Any:
    dimensions = [{"Name": SET_DIMENSION, "Value": configuration_set}] if configuration_set else []
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    return {"Id": key, "MetricStat": {"Metric": metric, "Period": int(period.total_seconds()), "Stat": statistic}}


def _entities(ses: SESV2Client) -> Iterator[Entity]:
    if not hasattr(ses, "list_reputation_entities"):
        return  # a botocore older than tenants
    for page in pages(ses.list_reputation_entities):
        for each in page.get("ReputationEntities", []):
            decided = (each.get("AwsSesManagedStatus", {}), each.get("CustomerManagedStatus", {}))
            yield Entity(
                arn=each.get("ReputationEntityReference", ""),
                status=each.get("SendingStatusAggregate", "ENABLED"),
                cause=next((one["Cause"] for one in decided if one.get("Cause")), ""),
                impact=each.get("ReputationImpact", ""),
            )


def _recommendations(ses: SESV2Client) -> Iterator[Recommendation]:
    for page in pages(ses.list_recommendations, Filter={"STATUS": "OPEN"}):
        for each in page.get("Recommendations", []):
            yield Recommendation(
                kind=each.get("Type", ""),
                arn=each.get("ResourceArn", ""),
                description=each.get("Description", ""),
                impact=each.get("Impact", ""),
            )


def _suppressed(ses: SESV2Client, now: datetime) -> Mapping[date, int] | None:
    counts: Counter[date] = Counter()
    found = pages(ses.list_suppressed_destinations, size=1000, StartDate=now - _SUPPRESSED_SINCE)
    for number, page in enumerate(found, start=1):
        if number > _MOST_SUPPRESSED_PAGES:
            return None
        for each in page.get("SuppressedDestinationSummaries", []):
            counts[each["LastUpdateTime"].astimezone(UTC).date()] += 1
    return counts
