from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fleet_cost import CORES, LISTS, RUNS, SHARD, month, row

DOCS = (Path(__file__).parents[3] / "docs" / "sweep.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("addresses", [10, 1000, 65_536])
def test_the_docs_have_what_the_arithmetic_gives(addresses):
    assert row(month(addresses)) in DOCS


def test_one_shard_starts_no_machine_and_writes_nothing_to_the_bucket():
    alone, divided = month(SHARD), month(SHARD + 1)
    assert (alone.requests, alone.transitions, alone.writes, alone.reads) == (RUNS, 0, 0, 0)
    assert divided.transitions > 0
    assert divided.writes > 0


def test_cpu_limits_a_run_once_a_question_takes_more_than_the_ceiling_leaves():
    slow = month(SHARD, cpu_us=1000)
    assert slow.gb_seconds > month(SHARD).gb_seconds
    assert slow.seconds >= LISTS * SHARD * 1e-3 / CORES
