"""Alarms about staygreen's own work. Each tells the topic `operations` when it begins and when it is over."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from staygreen.core.config.config import Config
from staygreen.core.naming import METRICS


def own_metric(config: Config, metric: str, *, service: str, period: Duration) -> cloudwatch.Metric:
    """Return the sum of what a function of ours counts under this name."""
    return cloudwatch.Metric(
        namespace=METRICS,
        metric_name=metric,
        dimensions_map={**config.names.dimensions, "service": service},
        period=period,
        statistic="Sum",
    )


def runs_that_ended(function: lambda_.IFunction, period: Duration) -> cloudwatch.IMetric:
    """Return how many invocations of a function did not end in an error.

    Lambda counts both itself: an alarm of two metrics costs less than a metric of our own (Amazon CloudWatch pricing,
    recalled, not verified). An invocation that is retried counts each time, in both.
    """
    return cloudwatch.MathExpression(
        expression="invocations - FILL(errors, 0)",
        using_metrics={
            "invocations": function.metric_invocations(period=period, statistic="Sum"),
            "errors": function.metric_errors(period=period, statistic="Sum"),
        },
        label="runs that ended",
        period=period,
    )


def alarm_at(
    scope: Construct,
    id: str,
    *,
    metric: cloudwatch.IMetric,
    description: str,
    operations: sns.ITopic,
    name: str | None = None,
    at_least: int = 1,
) -> None:
    """Tell operations when the metric of one period is so high; no figure is a good figure."""
    alarm = cloudwatch.Alarm(
        scope,
        id,
        alarm_name=name,
        alarm_description=description,
        metric=metric,
        threshold=at_least,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    _tell(alarm, operations)


def alarm_on_silence(
    scope: Construct,
    id: str,
    *,
    metric: cloudwatch.IMetric,
    periods: int,
    description: str,
    operations: sns.ITopic,
    name: str,
) -> cloudwatch.Alarm:
    """Tell operations when the metric had no figure above zero for so many periods.

    A missing figure counts as zero, so the alarm rings at once where it begins without one.
    """
    alarm = cloudwatch.Alarm(
        scope,
        id,
        alarm_name=name,
        alarm_description=description,
        metric=metric,
        threshold=1,
        evaluation_periods=periods,
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
    )
    _tell(alarm, operations)
    return alarm


def _tell(alarm: cloudwatch.Alarm, operations: sns.ITopic) -> None:
    alarm.add_alarm_action(actions.SnsAction(operations))
    alarm.add_ok_action(actions.SnsAction(operations))
