"""CPU and memory of each step of a divided run: discover and write, look up one shard, read and conclude.

    python -m benchmarks.fleet [--json] [--sizes 10 1000 65536]

Each step runs in a process of its own, as the functions do. One shard is looked up on 40 lists of one rbldnsd on
loopback; its reading stands for those of all shards, one subject in a hundred being on one list.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import lists as served
from staygreen.adapters.dns.resolver import DnsLookup, Server
from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.blocklist.catalogue import load
from staygreen.core.blocklist.dnsbl import Answer, Verdict
from staygreen.core.blocklist.shard import Group, Reading, Shard
from staygreen.core.blocklist.shard_codec import read_plan, read_shard, write_plan, write_shard
from staygreen.core.checks import blocklist
from staygreen.core.finding import Subject, SubjectKind

LISTS = 40
SIZE = 1000
LISTED_SHARE = 100
STEPS = ("discover", "look", "conclude")


def settings(port: int) -> dict[str, Any]:
    own = [
        {"id": zone, "name": zone, "zone": zone, "targets": ["ipv4"], "listing_codes": ["127.0.0.2"]}
        for zone in (f"list{number}.test" for number in range(LISTS))
    ]
    everything = [entry.id for entry in load().entries]
    return {"own": own, "off": everything, "shard": SIZE, "resolver": f"127.0.0.1:{port}", "runs_per_day": 24}


def discover(directory: Path, port: int, size: int) -> int:
    """Find everyone, and write the shards. Gives how many questions a run takes."""
    found = tuple(Subject(SubjectKind.IP, ip, "dedicated IP") for ip in served.addresses(size))
    plan = blocklist.discover(settings(port), MemoryAsk(at=datetime.now(UTC), found_dedicated_ips=found))
    (directory / "plan").write_text(write_plan(plan))
    for shard in plan.shards:
        (directory / f"shard{shard.number}").write_text(write_shard(shard))
    return LISTS * (size + 3 * plan.count)


def look(directory: Path, port: int, size: int) -> int:
    """Look up the first shard."""
    plan, shard = read_plan((directory / "plan").read_text()), read_shard((directory / "shard0").read_text())
    lookup = DnsLookup(servers=(Server("127.0.0.1", port),), ceiling=None)
    ask = MemoryAsk(lookup=lookup)
    ask.token = lambda: secrets.token_hex(16)  # type: ignore[method-assign]  # fresh at each run
    reading = blocklist.look(plan, shard, ask)
    blocklist.written_reading(plan, shard, reading)
    return lookup.tally.sent


def conclude(directory: Path, port: int, size: int) -> int:
    """Read every shard and what it read, and make the report. Gives the findings."""
    plan = read_plan((directory / "plan").read_text())
    read = blocklist.read_readings(plan)
    shards = ((directory / f"shard{number}").read_text() for number in range(plan.count))
    readings = ((shard, read(shard, _reading(plan, shard))) for shard in map(read_shard, shards))
    return len(blocklist.conclude(plan, readings, {}).findings)


def _reading(plan: Any, shard: Shard) -> str:
    entries = {entry.id: entry for entry in map(served.entry, (f"list{number}.test" for number in range(LISTS)))}
    names = tuple(shard.known)
    clean = Answer(verdict=Verdict.NOT_LISTED, raw="NXDOMAIN SOA list.test")
    groups = {}
    for number, entry in enumerate(entries.values()):
        listed = Answer(verdict=Verdict.LISTED, codes=entry.codes[:1], values=("127.0.0.2",), raw="NOERROR 127.0.0.2")
        on_it = names[number * LISTED_SHARE % max(1, len(names)) :][: 1 if number * LISTED_SHARE < len(names) else 0]
        rest = tuple(name for name in names if name not in on_it)
        groups[entry.id] = tuple(
            Group(answer=answer, subjects=subjects) for answer, subjects in ((listed, on_it), (clean, rest)) if subjects
        )
    return blocklist.written_reading(plan, shard, Reading(groups=groups, health={}, has_dns=True))


def child(step: str, directory: Path, port: int, size: int) -> None:
    began = time.process_time()
    result = {"discover": discover, "look": look, "conclude": conclude}[step](directory, port, size)
    cpu = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"result": result, "cpu_s": round(cpu, 3), "peak_mb": round(peak, 1)}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true")
    options.add_argument("--sizes", type=int, nargs="+", default=[10, 1000, 65_536])
    options.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        step, directory, port, size = given.child
        child(step, Path(directory), int(port), int(size))
        return
    rows: dict[int, dict[str, Any]] = {}
    with served.rbldnsd(min(SIZE, max(given.sizes)), LISTS) as lists:
        for size in given.sizes:
            with tempfile.TemporaryDirectory() as directory:
                rows[size] = {step: _run(step, directory, lists.port, size) for step in STEPS}
    if given.json:
        print(json.dumps({"benchmark": "fleet", "lists": LISTS, "sizes": rows, "load": round(os.getloadavg()[0], 1)}))
        return
    for size, steps in rows.items():
        told = ", ".join(f"{step} {row['cpu_s']:.2f} s CPU {row['peak_mb']:.0f} MB" for step, row in steps.items())
        per_question = steps["look"]["cpu_s"] / steps["look"]["result"] * 1e6
        print(f"{size:>7,} addresses x {LISTS} lists: {told}; {per_question:.0f} us a question in a shard")


def _run(step: str, directory: str, port: int, size: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.fleet", "--child", step, directory, str(port), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
