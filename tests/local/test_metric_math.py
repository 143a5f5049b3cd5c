"""Metric math of alarms: arithmetic, and what missing data does to it."""

from __future__ import annotations

import pytest

from local.aws.metric_math import evaluate


@pytest.mark.parametrize(
    ("expression", "values", "result"),
    [
        ("bounces / sends", {"bounces": 5, "sends": 100}, 0.05),
        ("bounces / sends", {"bounces": 5, "sends": 0}, None),
        ("bounces / sends", {"bounces": 5}, None),
        ("FILL(bounces, 0) / sends", {"sends": 100}, 0),
        ("IF(sends > 50, bounces / sends, 0)", {"bounces": 5, "sends": 10}, 0),
        ("MAX([a, b]) - MIN([a, b]) * 2", {"a": 7, "b": 2}, 3),
        ("SUM([a, b, c])", {"a": 1, "b": 2}, 3),
        ("ABS(-a)", {"a": 3}, 3),
    ],
)
def test_an_expression_has_its_value_or_no_data(
    expression: str, values: dict[str, float], result: float | None
) -> None:
    assert evaluate(expression, values) == result


def test_what_is_not_supported_is_refused() -> None:
    with pytest.raises(ValueError, match="not supported"):
        evaluate("ANOMALY_DETECTION_BAND(a)", {"a": 1})
