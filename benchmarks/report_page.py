"""How long a page takes to draw and how large it is, for 1, 50 and 500 addresses over 90 days.

    python -m benchmarks.report_page [--worst] [--output FILE] [ADDRESSES...]

The sender is made up: most days green, a red and a yellow week, days without data, listings, refusals, deployments.
``--worst`` makes every day of every address another than the one before, which nothing can be told together of.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from local.made_up_sender import facts
from staygreen.core.pictures import page


def main() -> None:
    """Print a line for each number of addresses."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_page")
    parser.add_argument("addresses", nargs="*", type=int, default=[1, 50, 500])
    parser.add_argument("--worst", action="store_true")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    for count in arguments.addresses:
        known = facts(count, worst=arguments.worst)
        page.report(known)
        begun = time.perf_counter()
        drawn = page.report(known)
        seconds = time.perf_counter() - begun
        print(
            f"{count:>4} addresses × {known.period.count} days: {seconds * 1000:,.0f} ms, {len(drawn.encode()):,} bytes"
        )
        if arguments.output:
            arguments.output.write_text(drawn)


if __name__ == "__main__":
    main()
