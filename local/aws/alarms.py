"""CloudWatch alarms: dimensions, M of N periods, missing data, metric math; and the way back to OK.

An alarm looks at whole periods aligned to their length. Missing data is `breaching`, `notBreaching`, `ignore` (the
state stays) or `missing` (INSUFFICIENT_DATA when nothing is there). Evaluated on the moved clock.
Source: CloudWatch User Guide, "Using Amazon CloudWatch alarms", "Configuring how alarms treat missing data" (verified
2026-11-23).
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

from local.aws import metric_math
from local.aws.cloudformation import Properties

Alarm = dict[str, Any]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def install() -> None:
    """Replace the evaluation, and accept alarms on metric math in templates."""
    cloudwatch._evaluate_alarm = evaluate
    original = provisioners._cw_metric_alarm_record

    def record(name: str, properties: Properties) -> Alarm:
        if not properties.get("Metrics"):
            single: Alarm = original(name, properties)
            return single
        plain = {key: value for key, value in properties.items() if key != "Metrics"}
        math: Alarm = original(name, {**plain, "MetricName": "-", "Namespace": "-"})
        math.update(
            Metrics=copy.deepcopy(properties["Metrics"]), MetricName=None, Namespace=None, Period=None, Statistic=None
        )
        return math

    provisioners._cw_metric_alarm_record = record


def evaluate(alarm: Alarm) -> None:
    """Bring one alarm's state up to date and run its actions when it changed."""
    if alarm.get("ComparisonOperator") not in _COMPARISONS:
        return
    now = cloudwatch.time.time()
    values = _recent_values(alarm, now)
    state = _state(alarm, values)
    before = alarm["StateValue"]
    if state == before:
        return
    found = [value for value in values if value is not None]
    reason = (
        f"Threshold Crossed: {len(found)} datapoint(s) {found} against "
        f"{alarm['ComparisonOperator']} {alarm['Threshold']}"
    )
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(now))
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _period(alarm: Alarm) -> int:
    stats = [each["MetricStat"] for each in alarm.get("Metrics") or [] if each.get("MetricStat")]
    return int(alarm.get("Period") or (stats[0]["Period"] if stats else 60))


def _recent_values(alarm: Alarm, now: float) -> list[Any]:
    """The values of the periods to evaluate, the newest first; the period that runs counts."""
    period = _period(alarm)
    end = now - now % period + period
    count = int(alarm.get("EvaluationPeriods") or 1)
    return [_value(alarm, end - (number + 1) * period, end - number * period) for number in range(count)]


def _state(alarm: Alarm, values: list[Any]) -> str:
    treat = alarm.get("TreatMissingData", "missing")
    missing = {"breaching": True, "notBreaching": False}.get(treat)
    compare, threshold = _COMPARISONS[alarm["ComparisonOperator"]], alarm["Threshold"]
    breaches = [missing if value is None else compare(value, threshold) for value in values]
    if all(each is None for each in breaches):
        return str(alarm["StateValue"]) if treat == "ignore" else "INSUFFICIENT_DATA"
    needed = int(alarm.get("DatapointsToAlarm") or len(values))
    return "ALARM" if sum(1 for each in breaches if each) >= needed else "OK"


def _dimensions(entries: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in entries or []}


def _value(alarm: Alarm, start: float, end: float) -> Any:
    if not alarm.get("Metrics"):
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
        dimensions = _dimensions(alarm.get("Dimensions"))
        return _statistic((alarm["Namespace"], alarm["MetricName"], dimensions), statistic, start, end)
    values: dict[str, Any] = {}
    for each in alarm["Metrics"]:
        if each.get("MetricStat"):
            stat, metric = each["MetricStat"], each["MetricStat"]["Metric"]
            dimensions = _dimensions(metric.get("Dimensions"))
            values[each["Id"]] = _statistic(
                (metric["Namespace"], metric["MetricName"], dimensions), stat["Stat"], start, end
            )
    for each in alarm["Metrics"]:
        if each.get("Expression"):
            values[each["Id"]] = metric_math.evaluate(each["Expression"], values)
    returned = [each["Id"] for each in alarm["Metrics"] if str(each.get("ReturnData", True)).lower() == "true"]
    return values.get(returned[0]) if returned else None


def _statistic(metric: tuple[str, str, dict[str, str]], statistic: str, start: float, end: float) -> Any:
    namespace, name, dimensions = metric
    stored = cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dimensions))) or []
    points = [point for point in stored if start <= point["Timestamp"] < end]
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points) if points else None
