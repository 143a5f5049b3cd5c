"""Serves every check: which one, STAYGREEN_CHECK says.

Failures are let out: they reach the retry, the dead-letter queue and the alarm.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lambdas import figures
from lambdas.announcing import sweep_up
from lambdas.deadline import seconds_left
from lambdas.deployment import account_share
from lambdas.environment import Deployed, deployed
from lambdas.fleet import fleet
from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client
from staygreen.adapters.sources.world import connect
from staygreen.adapters.store.verdicts import Verdicts
from staygreen.core.alerts import alert
from staygreen.core.checks import by_id
from staygreen.core.checks.check import Check
from staygreen.core.incidents.context import BEYOND_LIMIT, LIMIT
from staygreen.core.incidents.incident import Incident
from staygreen.core.incidents.report import Metric, Report
from staygreen.core.incidents.run import Heartbeat, Outcome, Run, Unfinished, settle
from staygreen.core.naming import INCIDENTS, METRICS, NOT_STORED
from staygreen.core.verdict import evidence

if TYPE_CHECKING:
    from staygreen.core.deployments.before import Recorded

logger = Logger(service="check")
if "STAYGREEN_CHECK" in os.environ:
    # a function has more CPU while it starts than its memory is worth later (docs/assumptions.md, 146)
    by_id(os.environ["STAYGREEN_CHECK"])
_surroundings = cache(deployed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One run of a check, and what is remembered of those before it."""

    check: Check
    here: Deployed
    run_id: str
    known: Mapping[str, Incident]
    last: Heartbeat | None
    unfinished: tuple[Unfinished, ...]


def handler(event: Mapping[str, Any], context: object) -> Mapping[str, int]:
    """Run the check once; a repeated delivery of the same run writes nothing and only sends what is late.

    A run that is too much for one function is only begun here: a state machine has its shards looked up, and
    calls again with `do` = `conclude`. To `do` = `answer` it answers, and does nothing: `lambdas/first_figures.py`.
    """
    if event.get("do") == "answer":
        return {}
    here, run_id = _surroundings(), str(event["run_id"])
    check = by_id(here.check)
    known, last = here.table.load(check.id)
    turn = _Turn(
        check=check, here=here, run_id=run_id, known=known, last=last, unfinished=here.table.unfinished(check.id)
    )
    if last is not None and last.run_id == run_id:
        outcome: Outcome | None = Outcome(changes=(), bundles=(), heartbeat=last)
    elif event.get("do") == "conclude":
        outcome = _concluded(turn)
    else:
        outcome = _run(turn, seconds_left(context))
    late = sweep_up(here, context, logger)
    if outcome is None:
        logger.info("not at its end", check=check.id, run_id=run_id, late=late)
        return {"changes": 0, "announcements_late": late}
    _measure(here, outcome)
    silent = {source.source: source.reason for source in outcome.heartbeat.coverage if not source.is_full}
    logger.info("ran", check=check.id, run_id=run_id, changes=len(outcome.changes), late=late, silent=silent)
    return {"changes": len(outcome.changes), "announcements_late": late}


def _run(turn: _Turn, seconds: float) -> Outcome | None:
    """What the run writes; None when it was divided, and goes on elsewhere."""
    check, here = turn.check, turn.here
    divided = fleet(turn.run_id) if check.sharded else None
    if divided is not None and divided.bucket.is_planned:
        divided.start()
        return None
    ssm = client("ssm")
    parts = (ssm.get_parameter(Name=name)["Parameter"]["Value"] for name in here.settings_parameters)
    settings = json.loads("".join(parts))
    ask = connect(here.names, settings.get("resolver", ""), seconds, share=account_share())
    if check.sharded is None:
        return _settled(turn, settings, check.run(settings, ask))
    plan = check.sharded.discover(settings, ask)
    if divided is not None and plan.count > 1:
        divided.begin(plan)
        return None
    readings = ((shard, check.sharded.look(plan, shard, ask)) for shard in plan.shards)
    return _settled(turn, settings, check.sharded.conclude(plan, readings, turn.known))


def _concluded(turn: _Turn) -> Outcome | None:
    """What a divided run writes; None when a later run was told before."""
    divided = fleet(turn.run_id)
    if turn.check.sharded is None or divided is None:
        raise ValueError(f"the check {turn.check.id} is never divided")
    plan = divided.bucket.plan()
    if turn.last is not None and turn.last.at >= plan.at:
        return None
    return _settled(turn, plan.settings, divided.conclude(turn.check.sharded, plan, turn.known))


def _settled(turn: _Turn, settings: Mapping[str, Any], report: Report) -> Outcome:
    """Write what a report changes."""
    check, here = turn.check, turn.here
    for note in report.notes:
        logger.warning(note)
    rule = check.confirmation(settings)
    run = Run(check=check.id, id=turn.run_id, at=clock.now(), rule=rule, last=turn.last, unfinished=turn.unfinished)
    outcome = settle(report, turn.known, run)
    if outcome.context_left_out:
        logger.warning("context not kept: verdicts lack it", subjects=outcome.context_left_out, kept=LIMIT)
    verdicts, beat = Verdicts(here.table), outcome.heartbeat
    held = evidence.of_run(outcome, turn.known, check.id, {noted.run_id for noted in turn.unfinished})
    told = {change.after.subject for change in outcome.changes if change.transition and not change.transition.is_silent}
    foreseen = verdicts.foreseen({subject: held[subject] for subject in held if subject in told}, beat)
    lines = {found.subject.key: evidence.line(found) for found in foreseen}
    recorded = _deployed_before(outcome)
    refused = here.table.apply(
        outcome,
        run,
        lambda news: alert.alert(news, here.context, rule.clears, lines, recorded),
        lambda: verdicts.keep(held, beat),
    )
    for each in refused:
        logger.error("not stored", what=each.what, reason=each.reason)
    if refused:
        figures.send(here.names, INCIDENTS, {NOT_STORED: len(refused)})
    _count(here, report.metrics)
    return outcome


def _deployed_before(outcome: Outcome) -> Recorded | None:
    """The deployments before the newest of what a run tells as worse; nothing is read where it tells nothing."""
    told = [
        change.after for change in outcome.changes if change.transition and change.transition.kind in alert.TURNED_WORSE
    ]
    if not told:
        return None
    from staygreen.adapters.store.deployments import DeploymentTable

    table = DeploymentTable(client("dynamodb"), os.environ["STAYGREEN_TABLE"])
    return table.before(max(each.first_seen for each in told))


def _count(here: Deployed, counted: Iterable[Metric]) -> None:
    """What the check itself counted; metrics with the same dimensions go out together."""
    by_dimensions: dict[tuple[tuple[str, str], ...], list[Metric]] = {}
    # a metric is billed for each hour in which it has a figure, a zero too
    for metric in (each for each in counted if each.value):
        by_dimensions.setdefault(tuple(sorted(metric.dimensions.items())), []).append(metric)
    for dimensions, metrics in by_dimensions.items():
        # Not `Metrics`, which shares its dimensions with every other of its kind.
        sink = EphemeralMetrics(namespace=METRICS, service=here.check)
        for name, value in (*here.names.dimensions.items(), *dimensions):
            sink.add_dimension(name=name, value=value)
        for metric in metrics:
            sink.add_metric(name=metric.name, unit=MetricUnit.NoUnit, value=metric.value)
        sink.flush_metrics()


def _measure(here: Deployed, outcome: Outcome) -> None:
    silent = sum(source.reason not in ("", BEYOND_LIMIT) for source in outcome.heartbeat.coverage)
    figures.send(here.names, here.check, {"SourcesSilent": silent})
