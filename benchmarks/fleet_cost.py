"""What hourly runs on 40 lists take in a month, and cost, by arithmetic from measured CPU.

    python -m benchmarks.fleet_cost [--json] [--cpu-us 64] [--sizes 10 1000 65536]

`--cpu-us` is the CPU of one question below Amazon's ceiling, as `benchmarks.sweep_throughput` measures it. Without
arguments it prints the rows of the table in docs/sweep.md, which a test compares.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from math import ceil, floor, log10

from staygreen.adapters.dns.resolver import QUESTIONS_PER_SECOND

LISTS = 40
CONTROLS = 4
"""Questions to each list in each shard: a positive and a negative control, a random name, and on some one more."""
SHARD = 1000
AT_ONCE = 5
RUNS = 30 * 24
GIGABYTES = 0.25
CORES = GIGABYTES / 1.769
"""Lambda has one core at 1,769 MB (docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html, not verified)."""
CPU_US = 64
SLOWEST_LIST_SECONDS = 1.5
OTHER_STEPS_CPU_SECONDS = 3.3
"""To discover, divide and conclude 65,536 addresses (`benchmarks.fleet`); nothing to speak of for one shard."""
PRICES = {"gb_seconds": 0.0000133334, "requests": 0.20e-6, "transitions": 25e-6, "writes": 5e-6, "reads": 0.4e-6}
"""USD for one: list prices as remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What runs of one size take."""

    addresses: int
    questions: int
    """In a run."""
    seconds: float
    """From the start of a run to its end."""
    gb_seconds: float
    requests: int
    transitions: int
    writes: int
    reads: int

    @property
    def usd(self) -> float:
        """In a month, the alarm at rest aside."""
        return sum(price * getattr(self, name) for name, price in PRICES.items())


def month(addresses: int, cpu_us: float = CPU_US) -> Month:
    """Hourly runs for so many addresses, each question taking so many microseconds of CPU."""
    shards = ceil(addresses / SHARD)
    questions = LISTS * (addresses + CONTROLS * shards)
    is_divided = shards > 1
    asking = _seconds(questions, cpu_us)
    steps = OTHER_STEPS_CPU_SECONDS / CORES if is_divided else 0.0
    longest = _seconds(LISTS * (min(addresses, SHARD) + CONTROLS), cpu_us) + SLOWEST_LIST_SECONDS
    return Month(
        addresses=addresses,
        questions=questions,
        seconds=ceil(shards / AT_ONCE) * longest + steps,
        gb_seconds=RUNS * GIGABYTES * (asking + shards * SLOWEST_LIST_SECONDS + steps),
        requests=RUNS * (shards + 2 if is_divided else 1),
        transitions=RUNS * (2 * shards + 3) if is_divided else 0,
        writes=RUNS * (2 * shards + 2) if is_divided else 0,
        reads=RUNS * (4 * shards + 3) if is_divided else 0,
    )


def _seconds(questions: int, cpu_us: float) -> float:
    """The ceiling limits it, or CPU does."""
    return max(questions / QUESTIONS_PER_SECOND, questions * cpu_us / 1e6 / CORES)


def row(found: Month) -> str:
    """One row of the table in the docs."""
    cells = [found.addresses, found.questions, *map(_short, (found.gb_seconds, found.requests, found.transitions))]
    told = [f"{cell:,}" for cell in cells]
    told.insert(2, f"{found.seconds:.0f} s" if found.seconds < 120 else f"{found.seconds / 60:.0f} min")
    return f"| {' | '.join(told)} | {_short(found.writes):,} / {_short(found.reads):,} | {found.usd:.2f} |"


def _short(value: float) -> int:
    """Three digits that count."""
    digits = floor(log10(value)) - 2 if value else 0
    return round(round(value), -max(digits, 0))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true")
    options.add_argument("--cpu-us", type=float, default=CPU_US)
    options.add_argument("--sizes", type=int, nargs="+", default=[10, 1000, 65_536])
    given = options.parse_args()
    months = [month(size, given.cpu_us) for size in given.sizes]
    if given.json:
        rows = [{**asdict(found), "usd": round(found.usd, 4)} for found in months]
        print(json.dumps({"benchmark": "fleet_cost", "lists": LISTS, "cpu_us": given.cpu_us, "months": rows}))
        return
    print("\n".join(map(row, months)))


if __name__ == "__main__":
    main()
