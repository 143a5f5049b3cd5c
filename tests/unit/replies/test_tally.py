"""Counts, and the findings that follow."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.core.finding import Severity, State
from lambdas.core.replies import tally
from lambdas.core.replies.decode import RULES, Cause, decode
from lambdas.core.replies.notice import Kind, Notice

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
S3150 = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. on our block list (S3150)."
SLOW = "451 4.7.651 The mail server [192.0.2.10] has been temporarily rate limited due to IP reputation. (S844)"
WEAK = "550 5.7.515 Access denied, sending domain [shop.example] does not meet the required authentication level."
GONE = "550 5.1.1 <anna@customer.example>: user unknown"


def said(text, minutes=0, kind=Kind.REFUSED, **more):
    return Notice(kind=kind, source="ses", text=text, at=NOW - timedelta(minutes=minutes), **more)


def found(*notices, now=NOW):
    return tally.findings(tally.counted(notices, now=NOW), now)


def test_counts_are_kept_apart_by_address_system_cause_code_and_hour():
    counted = tally.counted([said(S3150), said(S3150, 5), said(S3150, 45), said(SLOW), said(GONE)], now=NOW)
    assert sorted((each.key.cause.value, each.messages) for each in counted) == [
        *(("ip_blocked", 1), ("ip_blocked", 2), ("ip_throttled", 1), ("recipient_unknown", 1)),
    ]


def test_one_sample_is_kept_and_its_recipient_is_redacted():
    (counted,) = tally.counted([said(GONE)], now=NOW)
    assert counted.sample == "550 5.1.1 <***@customer.example>: user unknown"
    assert "anna" not in repr(counted)


def test_batches_may_arrive_in_any_order():
    early, late = (tally.counted([said(text, minutes)], now=NOW)[0] for text, minutes in ((S3150, 9), (S3150, 1)))
    assert tally.merged(early, late) == tally.merged(late, early)
    assert tally.merged(early, late).messages == 2


@pytest.mark.parametrize("number", [1, 2])
def test_a_few_deferrals_are_everyday_greylisting(number):
    assert found(*[said(SLOW, kind=Kind.DELAYED)] * number) == ()


def test_the_first_cluster_of_throttling_warns():
    (finding,) = found(*[said(SLOW, kind=Kind.DELAYED)] * 3)
    assert (finding.state, finding.severity, finding.subject.key) == (State.BAD, Severity.WARNING, "ip:192.0.2.10")
    assert "3 messages" in finding.advice.consequence
    assert "Retrying delivers" in finding.advice.consequence


def test_one_block_is_critical_at_once():
    (finding,) = found(said(S3150))
    assert (finding.severity, finding.cause) == (Severity.CRITICAL, "blocked_outlook_consumer")
    assert "1 message so far" in finding.advice.consequence
    assert finding.advice.link.startswith("https://support.microsoft.com/")


def test_missing_authentication_names_the_domain_and_no_form():
    (finding,) = found(said(WEAK))
    assert finding.subject.key == "domain:shop.example"
    assert "nothing to delist" in finding.advice.next_step
    assert finding.advice.link == ""


def test_unknown_recipients_open_nothing():
    assert found(*[said(GONE)] * 50) == ()


def test_a_block_that_has_been_quiet_long_enough_is_over():
    assert found(said(S3150), now=NOW + timedelta(hours=47))[0].state is State.BAD
    assert found(said(S3150), now=NOW + timedelta(hours=49))[0].state is State.OK


def test_complaints_are_not_counted_as_refusals():
    assert tally.counted([said("Complaint (abuse)", kind=Kind.COMPLAINT)], now=NOW) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_recipient_is_never_to_blame_for_a_refusal_of_our_address(rule):
    decoded = decode(rule.example)
    is_theirs = decoded.cause in (Cause.RECIPIENT_UNKNOWN, Cause.MAILBOX_FULL)
    assert not (is_theirs and tally.wrongly_suppressed(decoded))
    if decoded.cause.is_block or decoded.cause.is_throttle:
        assert tally.wrongly_suppressed(decoded)
        assert decoded.route.value != "suppress_recipient"
