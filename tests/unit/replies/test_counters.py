"""What is counted, and that nothing is counted twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.replies import counters
from staygreen.core.replies.counters import SHARED, Class, MarkKind
from staygreen.core.replies.decode import Cause, Decoded, decode, rules
from staygreen.core.replies.delivery_event import Kind, Notice
from staygreen.core.ses.suppression_list import is_for_our_sake

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
S3150 = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. on our block list (S3150)."
SLOW = "451 4.7.651 The mail server [192.0.2.10] has been temporarily rate limited due to IP reputation. (S844)"
WEAK = "550 5.7.515 Access denied, sending domain [shop.example] does not meet the required authentication level."
GONE = "550 5.1.1 <anna@customer.example>: user unknown"
IP = Subject(SubjectKind.IP, "192.0.2.10")


def said(text, minutes=0, kind=Kind.REFUSED, **more):
    return Notice(kind=kind, source="ses", text=text, at=NOW - timedelta(minutes=minutes), **more)


def sighted(text, minutes=0, message="m1", recipient="r1", **more):
    notice = said(text, minutes, message=message, recipient=recipient, **more)
    return counters.sighting(notice, IP, hashed=lambda address: f"hash of {address}", at=NOW, message="")


def counted(*batches):
    """The counters after all batches, as a table keeps them."""
    marks, sums = {}, {}
    for batch in batches:
        addition = counters.added(batch, marks)
        marks.update({mark.key: mark for mark in addition.marks})
        for each in addition.tallies:
            key = (each.combination.cause, each.hour)
            before = sums.get(key, (0, 0, 0))
            sums[key] = (
                before[0] + each.messages,
                before[1] + each.new_messages,
                before[2] + each.new_recipients,
            )
    return sums


def test_counts_are_kept_apart_by_cause_and_hour():
    batch = [sighted(S3150, message="a"), sighted(S3150, 5, "b"), sighted(S3150, 45, "c"), sighted(GONE, message="d")]
    assert sorted((cause.value, hour.hour, sums[0]) for (cause, hour), sums in counted(batch).items()) == [
        ("ip_blocked", 11, 1),
        ("ip_blocked", 12, 2),
        ("recipient_unknown", 12, 1),
    ]


def test_a_repeated_delivery_counts_nothing_and_writes_nothing():
    batch = [sighted(S3150, message=f"m{n}", recipient=f"r{n}") for n in range(5)]
    first = counters.added(batch, {})
    again = counters.added(batch, {mark.key: mark for mark in first.marks})
    assert again == counters.Addition(marks=(), tallies=())


def test_a_message_put_off_for_hours_is_one_message():
    put_off = [sighted(SLOW, minutes, kind=Kind.DELAYED) for minutes in (180, 120, 110, 60, 0)]
    sums = counted(put_off)
    assert [each[0] for each in sums.values()] == [1, 1, 1, 1]
    assert sum(each[1] for each in sums.values()) == 1
    assert sum(each[2] for each in sums.values()) == 1


def test_a_message_to_two_recipients_is_one_message_and_two_recipients():
    (sums,) = counted([sighted(S3150, recipient="r1"), sighted(S3150, recipient="r2")]).values()
    assert sums == (1, 1, 2)


def test_a_delay_that_ends_in_a_refusal_is_remembered_as_refused():
    first = counters.added([sighted(SLOW, 5, kind=Kind.DELAYED)], {})
    known = {mark.key: mark for mark in first.marks}
    then = counters.added([sighted(SLOW)], known)
    assert [mark.refused for mark in first.marks] == [False, False]
    assert [mark.refused for mark in then.marks] == [True, True]
    assert then.tallies == ()


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from("abc"), st.sampled_from("xyz")), max_size=12), st.data())
def test_nothing_depends_on_how_events_are_batched_or_repeated(events, data):
    batch = [sighted(S3150, minutes, message, recipient) for minutes, message, recipient in events]
    new_at_once = [sums[1:] for sums in counted(batch).values()]
    shuffled = data.draw(st.permutations(batch + batch))
    cut = data.draw(st.integers(0, len(shuffled)))
    new_in_parts = [sums[1:] for sums in counted(shuffled[:cut], shuffled[cut:]).values()]
    assert [sum(column) for column in zip(*new_at_once, strict=True)] == [
        *(sum(column) for column in zip(*new_in_parts, strict=True))
    ]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), max_size=40), st.integers(3, 12))
def test_portions_are_whole_and_within_their_size(events, most):
    batch = [sighted(S3150, 0, message, recipient) for message, recipient in events]
    parts = list(counters.portions(batch, most))
    assert [one for part in parts for one in part] == batch
    for part in parts:
        addition = counters.added(part, {})
        assert len(addition.marks) + len(addition.tallies) <= most


def test_no_local_part_and_no_recipient_is_kept():
    one = sighted(GONE, recipient="anna@customer.example")
    assert one.decoded.text == "550 5.1.1 <***@customer.example>: user unknown"
    assert one.recipient == "hash of anna@customer.example"
    addition = counters.added([one], {})
    assert "anna" not in repr(addition).replace("hash of anna@customer.example", "")


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        (said(S3150), "pool:ses-shared"),
        (replace(said(S3150), source="postfix"), "ip:192.0.2.10"),
        (said(WEAK, ip="192.0.2.77"), "domain:shop.example"),
        (said(GONE, ip="198.51.100.7"), "ip:198.51.100.7"),
        (said(GONE, ip="192.0.2.77"), "pool:ses-shared"),
        (said(GONE, domain="shop.example"), "domain:shop.example"),
        (said(GONE, domain="bad#name"), "pool:mail-log-1"),
        (said(S3150.replace("192.0.2.10", "198.51.100.0/24"), ip="198.51.100.7"), "ip:198.51.100.7"),
    ],
)
def test_what_a_reply_charges(notice, expected):
    charged = counters.charged(notice, notice.decoded(), frozenset({"198.51.100.7"}), fallback="mail#log-1")
    assert charged.key == expected


def test_an_address_that_is_not_dedicated_is_shared():
    assert counters.charged(said(S3150), decode(S3150), frozenset()).label == SHARED.label
    assert counters.charged(said(S3150), decode(S3150), frozenset({"192.0.2.10"})) == IP


def test_a_time_that_is_yet_to_come_is_the_time_of_arrival():
    one = counters.sighting(said(S3150, minutes=-900), IP, hashed=str, at=NOW, message="m")
    assert one.at == NOW


@pytest.mark.parametrize(
    ("cause", "expected"),
    [(Cause.IP_BLOCKED, Class.OURS), (Cause.UNKNOWN, Class.UNKNOWN), (Cause.MAILBOX_FULL, Class.THEIRS)],
)
def test_causes_have_a_class(cause, expected):
    assert counters.class_of(cause) is expected


def test_without_a_recipient_the_message_alone_is_marked():
    one = counters.sighting(said(S3150, message="m"), IP, hashed=str, at=NOW, message="")
    assert [key.kind for key in one.mark_keys()] == [MarkKind.MESSAGE]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_decoded_reply_can_be_kept_and_read_again(rule):
    decoded = decode(rule.example)
    assert Decoded.from_json(decoded.as_json()) == decoded


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_recipient_is_never_to_blame_for_a_refusal_of_our_address(rule):
    decoded = decode(rule.example)
    is_theirs = decoded.cause in (Cause.RECIPIENT_UNKNOWN, Cause.MAILBOX_FULL)
    assert not (is_theirs and is_for_our_sake(decoded.cause))
    if decoded.cause.is_block or decoded.cause.is_throttle:
        assert is_for_our_sake(decoded.cause)
        assert decoded.route.value != "suppress_recipient"
