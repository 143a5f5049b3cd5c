"""AWS/Lambda metrics of invocations by schedules, rules, topics and streams: the emulator counts direct calls alone.

Invocations, Errors and Duration are what "has not run" and failure alarms look at; each bears the time of the
invocation's start, not of its end. On AWS a failed asynchronous invocation is retried twice, after one minute and after
two; a schedule's or a rule's is not here.
Source: Lambda Developer Guide, "Types of metrics for Lambda functions" (verified 2026-11-23).
"""

from __future__ import annotations

import time
from typing import Any

from ministack.services import cloudwatch, lambda_svc

_NAMESPACE = "AWS/Lambda"


def install() -> None:
    """Count every execution where it happens, and no longer where it is asked for."""
    original = lambda_svc._execute_function_dispatch

    def dispatch(function: Any, config: dict[str, Any], event: Any, request_id: str, started: float) -> Any:
        invoked_at = cloudwatch.time.time()
        result = original(function, config, event, request_id, started)
        _record(config.get("FunctionName", ""), invoked_at, time.time() - started, failed=bool(result.get("error")))
        return result

    lambda_svc._execute_function_dispatch = dispatch
    lambda_svc._emit_lambda_metrics = _throttles_only


def _record(name: str, invoked_at: float, seconds: float, *, failed: bool) -> None:
    for metric, value, unit in (
        ("Invocations", 1.0, "Count"),
        ("Errors", float(failed), "Count"),
        ("Duration", seconds * 1000, "Milliseconds"),
    ):
        dimensions = {"FunctionName": name}
        bucket = cloudwatch._metric_bucket((_NAMESPACE, metric, cloudwatch._dims_key(dimensions)))
        bucket.append({"Timestamp": invoked_at, "Value": value, "Unit": unit, "Dimensions": dimensions})


def _throttles_only(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
    dimensions = {"FunctionName": function_name}
    cloudwatch.record_metric(_NAMESPACE, "Throttles", 1 if throttle else 0, "Count", dimensions)
