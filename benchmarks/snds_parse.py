"""Rows a second of the SNDS reader, beside Python's csv module reading the same bytes.

Run: ``python -m benchmarks.snds_parse --json``. The csv module only splits; the reader also makes
addresses, dates, counts and rates of the cells, refuses what is none, and keeps each row's raw line.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address
from statistics import median

from staygreen.core.snds import report
from staygreen.core.snds.rows import DataRow

TARGET_ROWS_PER_SECOND = 100_000


def export(rows: int) -> bytes:
    """An export of `rows` rows: 1,000 addresses a day, mixed colours, one row in fifty quoted."""
    chance = random.Random(1)
    lines = []
    for number in range(rows):
        day = date(2026, 9, 1) - timedelta(days=number // 1000 % 400)
        period = f"{day.month}/{day.day}/{day.year} 8:00 AM,{day.month}/{day.day}/{day.year} 11:00 PM"
        sent = chance.randrange(100, 100_000)
        colour, rate = chance.choice([("GREEN", "< 0.1%"), ("GREEN", "< 0.1%"), ("YELLOW", "0.4%"), ("RED", "1.2%")])
        comment = '"JMR Block, again"' if number % 50 == 0 else ""
        address = IPv4Address("192.0.2.0") + number % 1000
        lines.append(f"{address},{period},{sent},{sent - 9},{sent},{colour},{rate},,,,,@example.com,{comment}\r\n")
    return "".join(lines).encode()


def rate(read: Callable[[], int], runs: int) -> float:
    """Median rows a second over `runs` runs."""
    speeds = []
    for _ in range(runs):
        started = time.perf_counter()
        rows = read()
        speeds.append(rows / (time.perf_counter() - started))
    return median(speeds)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--runs", type=int, default=5)
    options = arguments.parse_args()
    body = export(options.rows)
    now = datetime(2026, 11, 24, tzinfo=UTC)

    def ours() -> int:
        lines = body.splitlines(keepends=True)
        return sum(isinstance(row, DataRow) for row in report.parse(lines, now=now))

    def plain() -> int:
        return sum(1 for _ in csv.reader(io.StringIO(body.decode(), newline="")))

    result = {
        "benchmark": "snds_parse",
        "rows": options.rows,
        "bytes": len(body),
        "staygreen_rows_per_second": round(rate(ours, options.runs)),
        "csv_rows_per_second": round(rate(plain, options.runs)),
        "target_rows_per_second": TARGET_ROWS_PER_SECOND,
    }
    if options.json:
        print(json.dumps(result))
    else:
        print(f"staygreen  {result['staygreen_rows_per_second']:>10,} rows/s (split, typed, checked)")
        print(f"csv        {result['csv_rows_per_second']:>10,} rows/s (split only)")
    return 0 if ours() == options.rows else 1


if __name__ == "__main__":
    sys.exit(main())
