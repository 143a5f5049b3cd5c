"""A rule knows what is meant, not one server's sentence."""

import pytest

from staygreen.core.replies.decode import Route, decode, rules
from tests.unit.replies.rewordings import REWORDINGS

RULES = {rule.id: rule for rule in rules()}


@pytest.mark.parametrize(("id", "text"), [(id, text) for id, texts in REWORDINGS.items() for text in texts])
def test_a_rule_knows_what_it_means_in_other_words(id, text):
    rule, found = RULES[id], decode(text)
    causes, routes = {rule.cause, rule.temporary_cause}, {rule.route, rule.temporary_route}
    if rule.route is Route.SUPPRESS_RECIPIENT and found.permanent is False:
        routes = {Route.CONTACT_RECIPIENT}
    assert found.cause in causes, (found.cause, found.rule)
    assert found.route in routes, (found.route, found.rule)


@pytest.mark.parametrize("rule", [rule for rule in rules() if rule.words], ids=lambda rule: rule.id)
def test_each_rule_about_words_is_tried_in_three_other_sentences(rule):
    texts = REWORDINGS.get(rule.id, ())
    assert len(set(texts)) >= 3
    assert rule.example not in texts
