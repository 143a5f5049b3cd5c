"""Play every workload with every fault at every call, then with pairs and storms of faults, and judge what came of it.

    python -m tests.faults --pairs 200 --storms 400 --inputs 2000 --seed 15

Each violation comes with the line that plays it again. A storm is a fault at every eighth call.
"""

from __future__ import annotations

import argparse
import sys

from tests.faults.laws import broken_readings
from tests.faults.played import WORKLOADS, Tally


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--every", type=int, default=1, help="of single faults, and of acts of others, every n-th")
    arguments.add_argument("--pairs", type=int, default=200)
    arguments.add_argument("--storms", type=int, default=100)
    arguments.add_argument("--inputs", type=int, default=500, help="damaged inputs for each reader")
    arguments.add_argument("--seed", type=int, default=15)
    arguments.add_argument("--only", default="", help="workloads whose name begins so")
    given = arguments.parse_args()
    faults, violations = 0, 0
    for workload in WORKLOADS:
        if not workload.name.startswith(given.only):
            continue
        tally, length = Tally(), len(workload.calls())
        tally.add(workload, [({}, None)])
        tally.add(workload, ((planned, None) for planned in list(workload.singles())[:: given.every]))
        tally.add(workload, ((planned, None) for planned in workload.some(given.seed, given.pairs, 2)))
        tally.add(workload, ((planned, None) for planned in workload.some(given.seed, given.storms, length // 8)))
        acts = [act for number in range(0, length, given.every) for act in workload.between(number)]
        tally.add(workload, (({}, act) for act in acts))
        for each in tally.violations:
            sys.stdout.write(f"{each}\n")
        sys.stdout.write(f"{tally.line(workload.name, length)}\n")
        sys.stdout.flush()
        faults, violations = faults + sum(tally.faults.values()), violations + len(tally.violations)
    read = list(broken_readings(given.seed, given.inputs))
    for each in read:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(f"seed {given.seed}: {faults:,} faults, {violations + len(read)} violations\n")
    return 1 if violations or read else 0


if __name__ == "__main__":
    sys.exit(main())
