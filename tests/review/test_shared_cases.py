"""Pairs that failed once, kept beside the checkout: each with the verdict that is right.

Own cases of the same kinds are under cases/; these are read where they are present.
"""

import json
from datetime import date
from pathlib import Path

import pytest

from staygreen.review import loading, report

SHARED = Path(__file__).parents[3] / "shared" / "cases" / "review"
PAIRS = sorted(path for path in SHARED.iterdir() if (path / "expect.json").is_file()) if SHARED.is_dir() else []


@pytest.mark.skipif(not PAIRS, reason=f"{SHARED} is not there: the own cases of the same kinds still run")
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_pair_gets_the_right_verdict(pair):
    expected = json.loads((pair / "expect.json").read_text())
    base, head = (loading.load(next(pair.glob(f"{side}.*"))) for side in ("base", "head"))

    found = report.review(base, head, date(2026, 11, 30))

    assert found.verdict in expected["verdict_any_of"], expected["reason"]
    assert set(expected["rules"]) <= {one.rule for one in found.findings}
