"""Inputs that were once answered wrongly, where a collection of them lies beside the checkout.

The collection is not part of this project. Its `cases.jsonl` names what each answer must and may not hold.
"""

import io
import json
from pathlib import Path

import pytest

from staygreen.cli.decode import document, read
from staygreen.core.replies.delivery_event import Notice

CHECKOUT = Path(__file__).parents[3]
PLACES = [folder / "shared" / "cases" / "cases.jsonl" for folder in CHECKOUT.parents]
COLLECTION = next((place for place in PLACES if place.is_file()), None)


def _cases():
    lines = COLLECTION.read_text(encoding="utf-8").splitlines() if COLLECTION else []
    cases = [json.loads(line) for line in lines if line.strip()]
    return [pytest.param(case, id=case["id"]) for case in cases if not case["file"].endswith(".zone")]


def _answers(case):
    with (COLLECTION.parent / case["file"]).open("rb") as stream:
        return [document(item) if isinstance(item, Notice) else None for item in read(io.BytesIO(stream.read()))]


@pytest.mark.skipif(COLLECTION is None, reason="no shared/cases/cases.jsonl in a folder above the checkout")
@pytest.mark.parametrize("case", _cases() or [None])
def test_a_reply_that_was_once_answered_wrongly_is_answered_right(case):
    answers = _answers(case)
    if case.get("or_unreadable") and None in answers:
        return
    answers = [answer for answer in answers if answer is not None]
    expected = dict(case["expect"])
    if "count" in expected:
        assert len(answers) == expected.pop("count")
    if "count2" in expected:
        assert len(answers) == expected.pop("count2")
    for key, value in expected.items():
        assert answers, "nothing was read"
        assert answers[0][key] in (value if isinstance(value, list) else [value]), (key, answers[0])
    for key, value in case.get("expect_not", {}).items():
        assert all(answer[key] != value for answer in answers), (key, answers)
