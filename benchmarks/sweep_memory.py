"""Peak memory of a sweep: 4,096, 16,384 and 65,536 addresses on ten lists, each in a fresh process.

    python -m benchmarks.sweep_memory [--json] [--sizes 4096 16384 65536]

The lists are one rbldnsd on loopback; results are taken and dropped, as a report that streams does.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import subprocess
import sys

from benchmarks import lists as served
from staygreen.adapters.dns.resolver import DnsLookup, Server
from staygreen.core.blocklist.dnsbl import Verdict
from staygreen.core.blocklist.subjects import Subjects
from staygreen.core.blocklist.sweep import sweep

TARGET_MEGABYTES = 120
LISTS = 10


def child(port: int, size: int) -> None:
    entries = [served.entry(f"list{number}.test") for number in range(LISTS)]
    lookup = DnsLookup(servers=(Server("127.0.0.1", port),), ceiling=None)
    listed = unknown = answers = 0
    for result in sweep(
        entries, Subjects(served.addresses(size)), lookup, token=lambda: secrets.token_hex(16), keys={}
    ).results:
        answers += 1
        listed += result.answer.verdict is Verdict.LISTED
        unknown += result.answer.verdict is Verdict.UNKNOWN
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"answers": answers, "listed": listed, "unknown": unknown, "peak_mb": round(peak, 1)}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true")
    options.add_argument("--sizes", type=int, nargs="+", default=[4096, 16_384, 65_536])
    options.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        child(*given.child)
        return
    rows = {}
    with served.rbldnsd(max(given.sizes), LISTS) as lists:
        for size in given.sizes:
            command = [sys.executable, "-m", "benchmarks.sweep_memory", "--child", str(lists.port), str(size)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows[size] = json.loads(done.stdout)
    result = {
        "benchmark": "sweep_memory",
        "lists": LISTS,
        "sizes": rows,
        "target_mb": TARGET_MEGABYTES,
        "load": round(os.getloadavg()[0], 1),
    }
    if given.json:
        print(json.dumps(result))
        return
    for size, row in rows.items():
        print(
            f"{size:>7,} addresses x {LISTS} lists: peak {row['peak_mb']:6.1f} MB, {row['answers']:,} answers, "
            f"{row['listed']:,} listed, {row['unknown']:,} unknown"
        )


if __name__ == "__main__":
    main()
