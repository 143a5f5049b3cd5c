"""Serves every check: which one, STAYGREEN_CHECK says.

Failures are let out: they reach the retry, the dead-letter queue and the alarm.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from math import inf
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lambdas.adapters import clock
from lambdas.adapters.aws_sources import connect
from lambdas.adapters.outbox import sweep
from lambdas.adapters.verdicts import Verdicts
from lambdas.core import exhibits, message
from lambdas.core.check import Check, Metric, Report
from lambdas.core.checks import by_id
from lambdas.core.incident import Incident
from lambdas.core.run import Outcome, Run, settle
from lambdas.core.sources import Ask
from lambdas.handlers.environment import Deployed, deployed

logger = Logger(service="check")
_surroundings = cache(deployed)
TO_WRITE_DOWN = 10.0
"""Seconds before the function's time-out at which the asking ends; what was not asked then is unknown."""


def handler(event: Mapping[str, Any], context: object) -> Mapping[str, int]:
    """Run the check once; a repeated delivery of the same run writes nothing and only sends what is late."""
    here = _surroundings()
    check = by_id(here.check)
    outcome = _run(check, here, str(event["run_id"]), _seconds(context))
    late = sweep(here.table, here.channels, clock.now())
    _measure(here, outcome)
    silent = {source.source: source.reason for source in outcome.heartbeat.coverage if not source.is_full}
    logger.info("ran", check=check.id, run_id=event["run_id"], changes=len(outcome.changes), late=late, silent=silent)
    return {"changes": len(outcome.changes), "announcements_late": late}


def _seconds(context: object) -> float:
    """How long DNS may be asked: what is left of the invocation, but for the time to write down what was found."""
    left = getattr(context, "get_remaining_time_in_millis", None)
    return inf if left is None else max(0.0, left() / 1000 - TO_WRITE_DOWN)


def _run(check: Check, here: Deployed, run_id: str, seconds: float) -> Outcome:
    known, last = here.table.load(check.id)
    if last is not None and last.run_id == run_id:
        return Outcome(changes=(), bundles=(), heartbeat=last)
    ssm = boto3.client("ssm")
    parts = (ssm.get_parameter(Name=name)["Parameter"]["Value"] for name in here.settings_parameters)
    settings = json.loads("".join(parts))
    report = _report(check, settings, connect(here.context.sender, settings.get("resolver", ""), seconds), known)
    for note in report.notes:
        logger.warning(note)
    rule = check.confirmation(settings)
    run = Run(check=check.id, id=run_id, at=clock.now(), rule=rule, last=last)
    outcome = settle(report, known, run)
    judged = Verdicts(here.table).keep(exhibits.of_run(outcome, known, check.id), check.id, run.at)
    lines = {found.subject.key: exhibits.line(found) for found in judged}
    here.table.apply(outcome, run, lambda told: message.alert(told, here.context, rule.clears, lines))
    _count(here, report.metrics)
    return outcome


def _report(check: Check, settings: Mapping[str, Any], ask: Ask, known: Mapping[str, Incident]) -> Report:
    """What the check says; of many subjects only what can change an incident is kept."""
    if check.sharded is None:
        return check.run(settings, ask)
    plan = check.sharded.discover(settings, ask)
    readings = ((shard, check.sharded.look(plan, shard, ask)) for shard in plan.shards)
    return check.sharded.conclude(plan, readings, known)


def _count(here: Deployed, counted: Iterable[Metric]) -> None:
    """What the check itself counted; metrics with the same dimensions go out together."""
    by_dimensions: dict[tuple[tuple[str, str], ...], list[Metric]] = {}
    for metric in counted:
        by_dimensions.setdefault(tuple(sorted(metric.dimensions.items())), []).append(metric)
    for dimensions, metrics in by_dimensions.items():
        # Not `Metrics`, which shares its dimensions with every other of its kind.
        sink = EphemeralMetrics(namespace="staygreen", service=here.check)
        for name, value in (("environment", here.environment), *dimensions):
            sink.add_dimension(name=name, value=value)
        for metric in metrics:
            sink.add_metric(name=metric.name, unit=MetricUnit.NoUnit, value=metric.value)
        sink.flush_metrics()


def _measure(here: Deployed, outcome: Outcome) -> None:
    metrics = Metrics(namespace="staygreen", service=here.check)
    metrics.add_dimension(name="environment", value=here.environment)
    metrics.add_metric(name="Ran", unit=MetricUnit.Count, value=1)
    silent = sum(not source.is_full for source in outcome.heartbeat.coverage)
    metrics.add_metric(name="SourcesSilent", unit=MetricUnit.Count, value=silent)
    metrics.flush_metrics()
