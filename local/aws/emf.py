"""Embedded metric format: JSON log lines of a function with `_aws` become metrics.

Source: CloudWatch User Guide, "Embedded metric format specification" (verified 2026-11-23).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ministack.services import cloudwatch, lambda_svc


def install() -> None:
    """Read the metrics of every log that a function writes."""
    original = lambda_svc._emit_lambda_logs

    def emit(function: Any, request_id: str, log: str, *rest: Any, **named: Any) -> None:
        original(function, request_id, log, *rest, **named)
        documents = list(_documents(log or ""))
        for document in documents:
            _record(document)
        if documents:
            cloudwatch._evaluate_all_alarms()

    lambda_svc._emit_lambda_logs = emit


def _documents(log: str) -> Iterator[dict[str, Any]]:
    for line in log.splitlines():
        start = line.find("{")
        if start < 0 or '"_aws"' not in line:
            continue
        try:
            document = json.loads(line[start:])
        except ValueError:
            continue
        if isinstance(document.get("_aws"), dict):
            yield document


def _record(document: dict[str, Any]) -> None:
    for block in document["_aws"].get("CloudWatchMetrics") or []:
        for names in block.get("Dimensions") or [[]]:
            dimensions = {name: str(document.get(name, "")) for name in names}
            for metric in block.get("Metrics") or []:
                value = document.get(metric["Name"])
                for each in value if isinstance(value, list) else [value]:
                    if each is not None:
                        unit = metric.get("Unit", "None")
                        cloudwatch.record_metric(block["Namespace"], metric["Name"], each, unit, dimensions)
