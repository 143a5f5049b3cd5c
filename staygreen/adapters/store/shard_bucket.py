"""The bucket in which a divided run is: its plan, its shards, and what each of them read.

Objects are named `shards/RUN/plan.json`, `shards/RUN/index.json`, `shards/RUN/NUMBER.json` and
`readings/RUN/NUMBER.json`, so that whatever is written twice takes its own place. No key of a list is ever in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from staygreen.core.blocklist import shard_codec as document
from staygreen.core.blocklist.shard import Plan, Reading, Shard
from staygreen.core.naming import READINGS_PREFIX, SHARDS_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardBucket:
    """One run in the bucket."""

    client: S3Client
    bucket: str
    run: str
    """The run's name: letters, digits, hyphens."""

    @property
    def is_planned(self) -> bool:
        """Whether the run was planned, and all its shards written."""
        return self._get(f"{SHARDS_PREFIX}{self.run}/plan.json") is not None

    def write(self, plan: Plan) -> None:
        """Keep a plan and its shards; the plan comes last, so that where it is everything is."""
        for shard in plan.shards:
            self._put(f"{SHARDS_PREFIX}{self.run}/{shard.number}.json", document.write_shard(shard))
        index = [{"run": self.run, "shard": shard.number} for shard in plan.shards]
        self._put(f"{SHARDS_PREFIX}{self.run}/index.json", json.dumps(index))
        self._put(f"{SHARDS_PREFIX}{self.run}/plan.json", document.write_plan(plan))

    def plan(self) -> Plan:
        """The plan, its shards left out."""
        return document.read_plan(self._text(f"{SHARDS_PREFIX}{self.run}/plan.json"))

    def shard(self, number: int) -> Shard:
        """One shard."""
        return document.read_shard(self._text(f"{SHARDS_PREFIX}{self.run}/{number}.json"))

    def keep(self, number: int, reading: str) -> None:
        """Keep what a shard read; what it read before is replaced."""
        self._put(f"{READINGS_PREFIX}{self.run}/{number}.json", reading)

    def readings(self, count: int, read: Callable[[Shard, str], Reading]) -> Iterator[tuple[Shard, Reading | None]]:
        """Every shard with what it read, one at a time; None: it did not report."""
        for number in range(count):
            shard = self.shard(number)
            text = self._get(f"{READINGS_PREFIX}{self.run}/{number}.json")
            yield shard, None if text is None else read(shard, text)

    def _put(self, key: str, text: str) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=text.encode(), ContentType="application/json")

    def _text(self, key: str) -> str:
        text = self._get(key)
        if text is None:
            raise FileNotFoundError(f"s3://{self.bucket}/{key}")
        return text

    def _get(self, key: str) -> str | None:
        # without the right to list the bucket, S3 would call a missing object forbidden
        try:
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()
        except self.client.exceptions.NoSuchKey:
            return None
