"""Small pairs of templates, one kind of change each, with the verdicts that are right.

`pairs.jsonl` has one pair a line: what was changed, the verdicts that somebody who knows mail would accept, and both
templates. More than one is accepted where the consequence depends on what templates do not say.
"""

import json
from datetime import date
from pathlib import Path

import pytest

from staygreen.review import loading, report

PAIRS = [json.loads(line) for line in (Path(__file__).parent / "pairs.jsonl").read_text("utf-8").splitlines()]
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["name"])
def test_a_change_gets_the_verdict_of_its_consequence(pair, tmp_path):
    sides = []
    for side in ("base", "head"):
        file = tmp_path / side / "template.json"
        file.parent.mkdir()
        file.write_text(json.dumps(pair[side]))
        sides.append(loading.load(file, "eu-west-1"))

    found = report.review(*sides, TODAY)

    assert found.verdict in pair["verdicts"], [(one.severity.value, one.consequence) for one in found.findings]
    assert "not-judged" not in {one.rule for one in found.findings}
