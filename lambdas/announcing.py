"""What every announcing function does with what a round of sending came to: log it, and count what failed.

A failure to announce fails nothing else. It has metrics of its own, sent only when they are above zero (a custom
metric costs by the hour in which it has a figure; Amazon CloudWatch pricing, recalled, not verified).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lambdas.deadline import life_left
from lambdas.environment import Deployed
from staygreen.adapters import clock
from staygreen.adapters.store.outbox import LATE, Sent, sweep
from staygreen.core.naming import ANNOUNCEMENTS, FAILED, GIVEN_UP, METRICS


def sweep_up(here: Deployed, context: object, logger: Logger, older_than: timedelta = LATE) -> int:
    """Send what is unsent for longer than `older_than`; gives how much that was."""
    sent = sweep(here.table, here.channels, clock.now, older_than, lambda: life_left(context))
    count(here, sent, logger)
    return sent.tried


def count(here: Deployed, sent: Sent, logger: Logger) -> None:
    """Log each failure, and let the alarms know how many there are."""
    for text, failures in (("not sent yet", sent.failures), ("given up", sent.given_up)):
        for failure in failures:
            transition = str(failure.announcement.message.get("transition_id", ""))
            logger.error(text, channel=failure.channel, transition=transition, reason=failure.reason)
    for place in sent.unreadable:
        logger.error("no announcement", reason=place)
    flush(here, ANNOUNCEMENTS, {FAILED: len(sent.failures) + len(sent.unreadable), GIVEN_UP: len(sent.given_up)})


def flush(here: Deployed, service: str, figures: Mapping[str, int]) -> None:
    """Send the figures that are above zero, for alarms."""
    above = {name: figure for name, figure in figures.items() if figure}
    if not above:
        return
    metrics = EphemeralMetrics(namespace=METRICS, service=service)
    for dimension, whose in here.names.dimensions.items():
        metrics.add_dimension(name=dimension, value=whose)
    for name, figure in above.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=figure)
    metrics.flush_metrics()
