"""EventBridge Scheduler: context attributes, universal targets, and when a schedule fires.

* `<aws.scheduler.scheduled-time>`, `schedule-arn`, `execution-id`, `attempt-number` in a target's input are replaced.
  The scheduled time is the due time, not the time of the sweep; a flexible window fires at its start here.
* A rate() stays anchored to the schedule's creation, so that runs do not drift with the sweep. On AWS one without a
  StartDate fires when it is made; here an interval later, so that what tests look at begins quietly, unless
  STAYGREEN_SCHEDULES=at-once.
* A one-time schedule created or updated again under the same name fires again.
* A universal target (`arn:aws:scheduler:::aws-sdk:SERVICE:ACTION`) makes one SDK call.

Time zones, retries and dead letters of a schedule are stored and not acted on: templates are asserted for them.
Source: EventBridge Scheduler User Guide, "Adding context attributes", "Schedule types" (verified 2026-11-23).
"""

from __future__ import annotations

import functools
import json
import os
import re
import time
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, scheduler, stepfunctions

_UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"


def install() -> None:
    """Wrap firing, sweeping, creating and updating."""
    invoke = eventbridge._invoke_target

    def invoke_target(target: Any, event: Any, rule: Any, view: Any = None) -> Any:
        if event.get("Source") == "aws.scheduler":
            target = {**target, "Input": _with_context(str(target.get("Input", "")), event)}
        if str(target.get("Arn", "")).startswith(_UNIVERSAL):
            call = target["Arn"].replace(":scheduler:", ":states:", 1)
            return stepfunctions._invoke_aws_sdk_integration(call, json.loads(target.get("Input") or "{}"))
        return invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_target
    sweep = scheduler._tick_schedules

    def tick_schedules() -> None:
        sweep()
        _anchor_rates()

    scheduler._tick_schedules = tick_schedules
    scheduler._create_schedule = _rearmed(scheduler._create_schedule)
    if os.environ.get("STAYGREEN_SCHEDULES") == "at-once":
        scheduler._create_schedule = _begun(scheduler._create_schedule)
    scheduler._update_schedule = _rearmed(scheduler._update_schedule)


def _with_context(text: str, event: dict[str, Any]) -> str:
    due = _due(event)
    values = {
        "schedule-arn": event["Resources"][0],
        "scheduled-time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due)),
        "execution-id": event["EventId"],
        "attempt-number": "1",
    }
    return re.sub(r"<aws\.scheduler\.([a-z-]+)>", lambda found: values.get(found[1], found[0]), text)


def _due(event: dict[str, Any]) -> float:
    arn = event["Resources"][0]
    for schedule in list(scheduler._schedules._data.values()):
        interval = eventbridge._parse_rate_seconds(schedule.get("ScheduleExpression", ""))
        if schedule.get("Arn") == arn and interval:
            return _last_due(schedule, interval, event["Time"])
    return float(event["Time"])


def _last_due(schedule: dict[str, Any], interval: float, now: float) -> float:
    created = float(schedule.get("CreationDate", now))
    return created + (now - created) // interval * interval


def _anchor_rates() -> None:
    for key, schedule in list(scheduler._schedules._data.items()):
        interval = eventbridge._parse_rate_seconds(schedule.get("ScheduleExpression", ""))
        fired = scheduler._schedule_last_fired.get(key)
        if interval and fired is not None:
            scheduler._schedule_last_fired[key] = _last_due(schedule, interval, fired)


def _rearmed(change: Any) -> Any:
    @functools.wraps(change)
    def run(name: str, body: dict[str, Any]) -> Any:
        group = body.get("GroupName") or "default"
        scheduler._schedule_last_fired.pop((get_account_id(), get_region(), f"{group}/{name}"), None)
        return change(name, body)

    return run


def _begun(create: Any) -> Any:
    @functools.wraps(create)
    def run(name: str, body: dict[str, Any]) -> Any:
        made = create(name, body)
        interval = eventbridge._parse_rate_seconds(body.get("ScheduleExpression", ""))
        key = (get_account_id(), get_region(), f"{body.get('GroupName') or 'default'}/{name}")
        schedule = scheduler._schedules._data.get(key)
        if schedule and interval and not body.get("StartDate"):
            scheduler._schedule_last_fired[key] = float(schedule["CreationDate"]) - interval
        return made

    return run
