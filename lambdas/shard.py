"""Looks up one shard of a divided run, and keeps what it read. Running it again changes nothing but what is read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.deadline import TO_KEEP_A_SHARD, seconds_left
from lambdas.deployment import resource_names
from lambdas.fleet import bucket_of
from staygreen.adapters.sources.world import connect
from staygreen.core.checks import by_id

logger = Logger(service="shard")
if "STAYGREEN_CHECK" in os.environ:
    # a function has more CPU while it starts than its memory is worth later (docs/assumptions.md, 146)
    by_id(os.environ["STAYGREEN_CHECK"])


def handler(event: Mapping[str, Any], context: object) -> Mapping[str, int]:
    """Take `run_id`, the number of the `shard`, and how often it was tried before (`attempt`)."""
    seconds = seconds_left(context, TO_KEEP_A_SHARD)
    sharded = by_id(os.environ["STAYGREEN_CHECK"]).sharded
    if sharded is None:
        raise ValueError(f"the check {os.environ['STAYGREEN_CHECK']} is never divided")
    bucket, number = bucket_of(str(event["run_id"])), int(event["shard"])
    plan, shard = bucket.plan(), bucket.shard(number)
    ask = connect(resource_names(), plan.settings.get("resolver", ""), seconds)
    reading = sharded.look(plan, shard.repeated() if int(event.get("attempt", 0)) else shard, ask)
    bucket.keep(number, sharded.write(plan, shard, reading))
    logger.info("looked up", run_id=event["run_id"], shard=number, subjects=len(shard.subjects))
    return {"shard": number}
