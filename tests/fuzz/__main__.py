"""Read damaged inputs, each made of the seed and its number alone: so that one line reads a failing one again.

python -m tests.fuzz --inputs 150000                        so many for each reader
python -m tests.fuzz --reader mail --first 4711 --inputs 1  the 4711th alone, which is printed
"""

from __future__ import annotations

import argparse
import sys

from tests.fuzz.readers import READERS
from tests.fuzz.run import made, run


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--reader", action="append", choices=sorted(READERS), help="all, if none is named")
    arguments.add_argument("--inputs", type=int, default=2000)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    total, failures = 0, 0
    for name in given.reader or READERS:
        if given.inputs == 1:
            sys.stdout.write(f"{made(name, given.seed, given.first)!r}\n")
        found = run(name, given.seed, range(given.first, given.first + given.inputs))
        total, failures = total + found.inputs, failures + len(found.failures)
        for line in found.lines():
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{total:,} inputs of seed {given.seed}, {failures} failures\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
