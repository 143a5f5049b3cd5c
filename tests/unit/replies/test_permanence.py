"""Whether a refusal is final is the reply's own word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.replies.decode import Cause, Route, Scope, decode, rules

WORDS = [
    "<reader@customer.example>: Recipient address rejected: User unknown",
    "your domain has a poor reputation here",
    "Sender IP rejected for its reputation",
    "192.0.2.10 has sent too many messages this hour",
    "too many connections",
    "no reverse DNS",
    "SPF fails",
    "Mailbox is full",
]


@given(words=st.sampled_from(WORDS), code=st.sampled_from(["421", "450", "451", "550", "552", "554"]))
def test_the_code_of_the_reply_decides(words, code):
    assert decode(f"{code} {words}").permanent is code.startswith("5")
    assert decode(f"{code} {code[0]}.7.1 {words}").permanent is code.startswith("5")


@given(outer=st.sampled_from(["421", "554"]), inner=st.sampled_from(["421", "451", "550", "554"]))
@pytest.mark.parametrize(
    "form",
    [
        "{} {o}.4.7 Message expired.<{} {i}.7.1 no>",
        "{} unverified: host mx.customer.example[203.0.113.9] said: {} no",
        "{} gave up. Remote server returned '{} {i}.7.1 no'",
    ],
)
def test_the_innermost_code_decides(form, outer, inner):
    text = form.format(outer, inner, o=outer[0], i=inner[0])
    assert decode(text).permanent is inner.startswith("5")


def test_a_good_bye_that_was_taken_well_changes_nothing():
    assert decode("554 5.7.1 no Out: 221 2.0.0 Bye").permanent is True


@given(rule=st.sampled_from([rule for rule in rules() if rule.route is Route.SUPPRESS_RECIPIENT]))
def test_a_temporary_refusal_suppresses_nobody(rule):
    for code in ("450", "451"):
        text = rule.example.replace("550", code).replace("554", code).replace("501", code).replace(" 5.", " 4.")
        found = decode(text)
        assert found.permanent is not False or found.route is not Route.SUPPRESS_RECIPIENT


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 <reader@customer.example>: rejected, your IP has a poor reputation",
        "550 5.2.1 <reader@customer.example>: spam from your domain",
        "550 5.1.1 blocked by our blocklist",
        "550 5.1.2 DMARC policy of the sender",
    ],
)
def test_a_refusal_for_the_senders_standing_suppresses_nobody_whatever_its_code(text):
    assert decode(text).route is not Route.SUPPRESS_RECIPIENT


def test_a_mailbox_with_such_a_name_is_still_suppressed():
    assert decode("550 5.1.1 <spam@antispam.example>: User unknown").route is Route.SUPPRESS_RECIPIENT


@pytest.mark.parametrize(
    ("text", "cause", "scope"),
    [
        ("421 4.7.0 Your domain has a bad reputation, later", Cause.IP_THROTTLED, Scope.DOMAIN),
        ("550 5.7.1 Your domain has a bad reputation", Cause.SENDER_BANNED, Scope.DOMAIN),
        ("451 4.7.1 IP 192.0.2.10 has a bad reputation", Cause.IP_THROTTLED, Scope.IP),
        ("550 5.7.1 IP 192.0.2.10 has a bad reputation", Cause.IP_BLOCKED, Scope.IP),
    ],
)
def test_a_bad_reputation_slows_down_or_blocks_as_the_code_says(text, cause, scope):
    found = decode(text)
    assert (found.cause, found.scope) == (cause, scope)
