"""How well the classes of reported mail fit estates whose mail is known (`dmarc_estates`).

`python -m benchmarks.dmarc_classes [--json] [--tuning]`

The estates of `MEASURED_SEEDS` are read from their XML by the reader, and judged by their own files. Printed are
precision and recall of rows 0 to 13, and the whole confusion matrix: rows 14 to 18 are inferred, and it shows how well.
Messages of our own that are called a spoof, and spoofs that are called ours, are counted apart: there may be none.
Sources are taken to have the worst history there is, under which most is called a spoof.
`--tuning` uses the estates that the rules may be fitted to.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable

from benchmarks.dmarc_estates import MEASURED_SEEDS, ROWS, TUNING_SEEDS, World, report
from staygreen.core.reports import estate_file, services
from staygreen.core.reports.classes import OWN, Classifier, MailClass, SourceHistory
from staygreen.core.reports.read import reports
from staygreen.core.reports.report import Rows

TARGET = 0.98
WORST = SourceHistory(proven_reporters=9, is_listed=True, lacks_confirmed_name=True)
MEASURED_ROWS = range(14)


class Measurement:
    """What was judged, beside what was true."""

    def __init__(self) -> None:
        self.matrix: Counter[tuple[int, int]] = Counter()
        """Records by true and judged row."""
        self.own_called_spoof = 0
        self.spoof_called_own = 0

    def add(self, seed: int) -> None:
        """Make an estate, read its report and judge every record."""
        world = World(seed)
        made = world.records()
        classifier = Classifier(estate_file.parse(world.estate(), f"estate {seed}"), services.load())
        batches = [item for item in reports([report(world, made).encode()]) if isinstance(item, Rows)]
        judged = [
            classifier.judge(source, evidence, batch.policy, WORST)
            for batch in batches
            for source, _, evidence in batch.rows
        ]
        for truth, judgement in zip(made, judged, strict=True):
            self.matrix[truth.row, judgement.row] += 1
            self.own_called_spoof += truth.is_own and judgement.mail_class is MailClass.SPOOF
            self.spoof_called_own += truth.is_spoof and judgement.mail_class in OWN

    def precision(self, row: int) -> float:
        """Of what is judged to be of a row, the share that is."""
        judged = sum(number for (_, guess), number in self.matrix.items() if guess == row)
        return self.matrix[row, row] / judged if judged else 0.0

    def recall(self, row: int) -> float:
        """Of what is of a row, the share that is judged so."""
        true = sum(number for (truth, _), number in self.matrix.items() if truth == row)
        return self.matrix[row, row] / true if true else 0.0


def measured(seeds: Iterable[int]) -> Measurement:
    """Judge the estates of some seeds."""
    measurement = Measurement()
    for seed in seeds:
        measurement.add(seed)
    return measurement


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--tuning", action="store_true")
    options = arguments.parse_args()
    found = measured(TUNING_SEEDS if options.tuning else MEASURED_SEEDS)
    lowest = min(min(found.precision(row), found.recall(row)) for row in MEASURED_ROWS)
    if options.json:
        result = {
            "benchmark": "dmarc_classes",
            "records": sum(found.matrix.values()),
            "precision": {row: round(found.precision(row), 4) for row in ROWS},
            "recall": {row: round(found.recall(row), 4) for row in ROWS},
            "lowest_of_rows_0_to_13": round(lowest, 4),
            "own_called_spoof": found.own_called_spoof,
            "spoof_called_own": found.spoof_called_own,
        }
        print(json.dumps(result))
    else:
        _print(found)
    return 0 if lowest >= TARGET and not found.own_called_spoof and not found.spoof_called_own else 1


def _print(found: Measurement) -> None:
    print("row  precision  recall")
    for row in MEASURED_ROWS:
        print(f"{row:>3}  {found.precision(row):9.4f}  {found.recall(row):6.4f}")
    print(f"\n{sum(found.matrix.values()):,} records: true row down, judged row across")
    guesses = sorted({guess for _, guess in found.matrix})
    print("     " + "".join(f"{guess:>6}" for guess in guesses))
    for row in ROWS:
        print(f"{row:>3}  " + "".join(f"{found.matrix[row, guess] or '.':>6}" for guess in guesses))
    print(f"\nown mail called spoof: {found.own_called_spoof}; spoof called ours: {found.spoof_called_own}")


if __name__ == "__main__":
    sys.exit(main())
