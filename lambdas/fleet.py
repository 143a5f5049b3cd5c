"""A divided run: where it is kept, and how it goes on. Which bucket and machine, the environment says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from staygreen.adapters.aws.clients import client
from staygreen.adapters.notify.repair_starter import start
from staygreen.adapters.store.shard_bucket import ShardBucket
from staygreen.core.blocklist.shard import Plan
from staygreen.core.checks.check import Sharded
from staygreen.core.incidents.incident import Incident
from staygreen.core.incidents.report import Report

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What a run is divided with."""

    bucket: ShardBucket
    machines: SFNClient
    machine: str
    """The state machine's ARN."""
    run_id: str

    def begin(self, plan: Plan) -> None:
        """Keep the plan, and have its shards looked up."""
        self.bucket.write(plan)
        self.start()

    def start(self) -> None:
        """Start the machine, unless it was started for this run already."""
        name = self.bucket.run
        given = {"run_id": self.run_id, "bucket": self.bucket.bucket, "index": f"shards/{name}/index.json"}
        start(self.machines, self.machine, name, given)

    def conclude(self, sharded: Sharded, plan: Plan, known: Mapping[str, Incident]) -> Report:
        """What all shards read, as one report."""
        return sharded.conclude(plan, self.bucket.readings(plan.count, sharded.reader(plan)), known)


def bucket_of(run_id: str) -> ShardBucket:
    """Where a run is kept."""
    # names of executions and objects have fewer characters than the ids of runs may have
    name = re.sub(r"[^A-Za-z0-9-]", "-", run_id)[:80]
    return ShardBucket(client=client("s3"), bucket=os.environ["STAYGREEN_SHARD_BUCKET"], run=name)


def fleet(run_id: str) -> Fleet | None:
    """What a run can be divided with; None: nothing was deployed for it."""
    machine = os.environ.get("STAYGREEN_SWEEP_MACHINE_ARN", "")
    if not machine:
        return None
    return Fleet(bucket=bucket_of(run_id), machines=client("stepfunctions"), machine=machine, run_id=run_id)
