"""What an SPF record says of strangers, whoever else it names; and what nearly is a record."""

import pytest

from staygreen.core.finding import State
from staygreen.core.published import dmarc, spf
from staygreen.core.published.dns_cache import Answers
from staygreen.core.records import dmarc as dmarc_syntax
from staygreen.core.records import spf as spf_syntax
from tests.unit.published.dns_world import Zone

NAMES = {
    "open.test TXT": "v=spf1 +all",
    "closed.test TXT": "v=spf1 ip4:192.0.2.9 -all",
    "neutral.test TXT": "v=spf1 ?all",
    "there.test A": "192.0.2.1",
    "shop.test A": "192.0.2.1",
}


def judged(record, **names):
    answers = Answers(Zone({**NAMES, "shop.test TXT": record, **names}))
    (found,) = [each for each in spf.judge("shop.test", answers, spf.Expected()) if each.cause == spf.ALL]
    return found


@pytest.mark.parametrize(
    "terms",
    [
        *("+all", "all", "ip4:0.0.0.0/0 -all", "ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", "ip4:128.0.0.0/1 ~all"),
        *("ip6:::/0 -all", "a/0 -all", "a:there.test/0 -all", "a//0 ~all", "exists:there.test -all"),
        *("include:open.test -all", "redirect=open.test", "ip4:192.0.2.1 ?include:closed.test +include:open.test -all"),
    ],
)
def test_a_record_that_lets_everybody_pass_is_told_with_the_term(terms):
    found = judged(f"v=spf1 {terms}")
    assert found.state is State.BAD
    assert "lets everybody on earth send" in found.text


@pytest.mark.parametrize(
    "terms",
    [
        *("ip4:192.0.2.9 -include:open.test ~all", "~include:open.test -all", "-ip4:0.0.0.0/0 ip4:0.0.0.0/0 -all"),
        *("-all +all", "ip4:10.0.0.0/8 -all", "include:closed.test -all", "redirect=closed.test"),
        *("exists:gone.test -all", "exists:%{i}.there.test -all", "a:there.test/24 ~all"),
    ],
)
def test_no_other_record_is_said_to_let_everybody_pass(terms):
    found = judged(f"v=spf1 {terms}")
    assert "everybody" not in found.text
    assert found.state is not State.BAD


@pytest.mark.parametrize(
    ("terms", "words"),
    [("a ?all", "ends in ?all"), ("a", "does not end in"), ("a redirect=neutral.test", "ends in ?all")],
)
def test_a_last_word_that_says_nothing_is_told(terms, words):
    found = judged(f"v=spf1 {terms}")
    assert found.state is State.BAD
    assert words in found.text


def test_what_is_wrong_stands_beside_no_sentence_that_all_is_well():
    for record in ("v=spf1 ?all", "nothing", "v=spf1 include:shop.test -all"):
        answers = Answers(Zone({**NAMES, "shop.test TXT": record}))
        told = [each.text for each in spf.judge("shop.test", answers, spf.Expected()) if each.text]
        assert len(told) == 1, told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v=spf1include:a.test -all", "no space"),
        ('"v=spf1 include:a.test -all"', "quotation marks"),
        ("v = spf1 -all", "spaces"),
        ("spf1 include:a.test -all", "begin"),
        ("v=spf2 -all", "version"),
        ("spf2.0/pra -all", "Sender ID"),
        ("include:a.test ip4:192.0.2.1 ~all", "begin"),
    ],
)
def test_what_nearly_is_spf_is_named(text, why):
    assert why in spf_syntax.near_miss(text)
    answers = Answers(Zone({"shop.test TXT": text}))
    missing = next(each for each in spf.judge("shop.test", answers, spf.Expected()) if each.cause == spf.MISSING)
    assert why in missing.text


@pytest.mark.parametrize("text", ["v=spf1 -all", "V=SPF1 -all", "google-site-verification=abc", "v=DMARC1; p=none", ""])
def test_nothing_else_is_called_nearly_spf(text):
    assert spf_syntax.near_miss(text) == ""


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ({"_dmarc.shop.test TXT": "v=DMARC1 p=reject"}, "semicolon"),
        ({"_dmarc.shop.test TXT": "v=dmarc1; p=reject"}, "capitals"),
        ({"_dmarc.shop.test TXT": '"v=DMARC1; p=none"'}, "quotation marks"),
        ({"_dmarc.shop.test TXT": "p=none; rua=mailto:a@shop.test"}, "begin"),
        ({"shop.test TXT": "v=DMARC1; p=none"}, "receivers look at _dmarc.shop.test"),
        ({"_dmarc.shop.test.shop.test TXT": "v=DMARC1; p=none"}, "receivers look at _dmarc.shop.test"),
    ],
)
def test_what_nearly_is_dmarc_is_named(names, why):
    found = next(each for each in dmarc.judge("shop.test", Answers(Zone(names))) if each.cause == dmarc.MISSING)
    assert found.state is State.BAD
    assert why in found.text


def test_nothing_else_is_called_nearly_dmarc():
    assert dmarc_syntax.near_miss("v=spf1 -all") == dmarc_syntax.near_miss("some text") == ""
