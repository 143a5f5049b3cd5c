"""Every folder under cases/ is a before/after pair with the comment that it must give.

Drop in a folder with base.json and head.json; UPDATE_EXPECTED=1 writes its expected.md.
Folders named <rule>-fires, <rule>-quiet and <rule>-acknowledged also state what their rule does.
"""

import os
from datetime import date
from pathlib import Path

import pytest

from staygreen.review import loading, render, report
from staygreen.review.rules import RULES

TODAY = date(2026, 11, 24)
REGION = "eu-central-1"
CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
NAMED = [(rule.id, what) for rule in RULES if rule.id != "fact-changed" for what in ("fires", "quiet", "acknowledged")]


def review(case: Path) -> report.Report:
    base, head = (loading.load(case / f"{side}.json", REGION) for side in ("base", "head"))
    return report.review(base, head, TODAY)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_comment_is_the_expected_one(case):
    told = render.as_markdown(review(case)).replace(f"{case}/", "")
    expected = case / "expected.md"
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(told)
    assert told == expected.read_text()


@pytest.mark.parametrize(("rule", "what"), NAMED)
def test_each_rule_fires_keeps_quiet_and_can_be_acknowledged(rule, what):
    found = [one for one in review(Path(__file__).parent / "cases" / f"{rule}-{what}").findings if one.rule == rule]

    assert bool(found) == (what != "quiet")
    assert all((one.acknowledged is not None) == (what == "acknowledged") for one in found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("side", ["base", "head"])
def test_a_template_against_itself_is_silent(case, side):
    same = loading.load(case / f"{side}.json", REGION)

    assert report.review(same, same, TODAY).verdict == "none"
