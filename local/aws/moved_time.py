"""Schedules, rules, topics, queues, metrics, alarms, events of stacks and the expiry of items follow the local clock.

Nothing else does.

On AWS time is only real. DynamoDB deletes an expired item within a few days of its time (Developer Guide, "Time to
Live"); here within seconds, but without the stream record that AWS writes for it.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import cloudwatch, dynamodb, eventbridge, scheduler, sns, sqs
from ministack.services.cloudformation import stacks

from local.clock import ShiftedTime, shift

_SWEEP_SECONDS = 0.25
_ALARM_SECONDS = 1.0
_EXPIRY_SECONDS = 2.0


def install() -> None:
    """Give the services the moved time and sweep often."""
    moved = ShiftedTime()
    for service in (scheduler, cloudwatch, eventbridge, sns, sqs):
        service.time = moved
    # a client that waits for a deployment takes no notice of events from before it, and of later ones all
    stacks.now_iso = _now
    scheduler._SCHEDULE_TICK_INTERVAL = eventbridge._SCHEDULER_TICK_INTERVAL = _SWEEP_SECONDS
    threading.Thread(target=_evaluate_alarms, args=(moved,), daemon=True, name="alarms").start()
    threading.Thread(target=_expire_items, args=(moved,), daemon=True, name="expiry").start()


def _now() -> str:
    return (datetime.now(UTC) + shift()).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _evaluate_alarms(moved: ShiftedTime) -> None:
    # Without a sweep an alarm never notices that data stopped coming.
    while True:
        time.sleep(_ALARM_SECONDS)
        for (account, region, _), alarm in list(cloudwatch._alarms._data.items()):
            set_request_account_id(account)
            set_request_region(region)
            cloudwatch._evaluate_alarm(alarm)


def _expire_items(moved: ShiftedTime) -> None:
    while True:
        time.sleep(_EXPIRY_SECONDS)
        with dynamodb._lock:
            for (account, region, name), setting in list(dynamodb._ttl_settings.all_items()):
                table = dynamodb._tables.get_scoped(account, region, name)
                if table and setting.get("TimeToLiveStatus") == "ENABLED":
                    _expire(table, setting["AttributeName"], moved.time())


def _expire(table: dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]], attribute: str, now: float) -> None:
    for partition, rows in list(table["items"].items()):
        for sort, item in list(rows.items()):
            expires = item.get(attribute, {}).get("N")
            if expires is not None and float(expires) <= now:
                dynamodb._remove_item(table, partition, sort)
