"""Sends figures of a function for alarms: those above zero alone.

A metric is billed for each hour in which it has a figure, a zero too (Amazon CloudWatch pricing, recalled, not
verified).
"""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from staygreen.core.naming import METRICS, ResourceNames


def send(names: ResourceNames, service: str, figures: Mapping[str, int]) -> None:
    """Send the figures of a service that are above zero."""
    above = {name: figure for name, figure in figures.items() if figure}
    if not above:
        return
    metrics = EphemeralMetrics(namespace=METRICS, service=service)
    for dimension, whose in names.dimensions.items():
        metrics.add_dimension(name=dimension, value=whose)
    for name, figure in above.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=figure)
    metrics.flush_metrics()
