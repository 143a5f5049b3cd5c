"""The index of rules leaves out no rule that a reply matches, and keeps their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.replies import reply
from staygreen.core.replies.decode import Rule, rules
from staygreen.core.replies.rule_index import RuleIndex, index

PIECES = sorted({phrase for rule in rules() for phrase in (*rule.all, *rule.any, *rule.codes, *rule.markers)})
EXAMPLES = [rule.example for rule in rules()]
TEXTS = st.lists(st.sampled_from(PIECES) | st.sampled_from(EXAMPLES), max_size=4).map(" ".join)


@pytest.fixture(scope="module")
def indexed() -> RuleIndex[Rule]:
    return index(rules())


def matching(texts: str, among: list[Rule]) -> list[str]:
    said = reply.read(texts)
    return [rule.id for rule in among if rule.matches(said)]


@pytest.mark.parametrize("example", [rule.example for rule in rules()], ids=[rule.id for rule in rules()])
def test_every_rule_is_found_by_its_example(indexed, example):
    candidates = list(indexed.candidates(reply.read(example)))
    assert matching(example, candidates) == matching(example, list(rules()))


@given(text=TEXTS)
def test_what_matches_is_the_same_with_and_without_the_index(indexed, text):
    candidates = list(indexed.candidates(reply.read(text)))
    assert matching(text, candidates) == matching(text, list(rules()))


def test_few_rules_are_looked_at(indexed):
    text = "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your provider (S3150)."
    assert len(list(indexed.candidates(reply.read(text)))) < len(rules()) / 4
