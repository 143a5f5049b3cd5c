from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.dns.rate_limit import Budget, Pace
from staygreen.core.dns.route import Limits


@given(st.integers(1, 2000), st.lists(st.floats(0, 0.5), max_size=200))
def test_no_second_sees_more_than_the_pace_and_its_burst(per_second, pauses):
    pace, now, sent = Pace(per_second), 0.0, []
    for pause in pauses:
        now += pause
        if pace.delay(now) == 0:
            pace.take(now)
            sent.append(now)
    for first in sent:
        assert sum(first <= at < first + 1 for at in sent) <= per_second * 1.1 + 1


def test_the_pace_is_kept_over_ten_seconds():
    pace, now = Pace(900), 0.0
    for _ in range(9000):
        now += pace.delay(now)
        pace.take(now)
    assert 9.8 < now <= 10


@given(st.integers(1, 2000), st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 300)), max_size=20))
def test_as_many_may_go_together_as_may_go_one_by_one(per_second, moments):
    together, single, now = Pace(per_second), Pace(per_second), 100.0
    for pause, wanted in moments:
        now += pause
        count = min(wanted, together.room(now))
        together.take(now, count)
        for _ in range(count):
            assert single.delay(now) == pytest.approx(0, abs=1e-6)
            single.take(now)
        assert together.delay(now) == pytest.approx(single.delay(now), abs=1e-6)


def test_room_is_the_least_of_window_pace_and_quota_and_none_while_a_list_rests():
    assert Budget(Limits(in_flight=30), longest_wait=3).room(5.0) == 30
    assert Budget(Limits(in_flight=30, questions=7), longest_wait=3).room(5.0) == 7
    assert Budget(Limits(in_flight=30, per_second=25), longest_wait=3).room(5.0) == 3
    refused = Budget(Limits(in_flight=30), longest_wait=3)
    refused.refused(5.0)
    assert refused.room(5.1) == 0


def test_losses_halve_the_window_once_a_moment_and_answers_open_it_again():
    budget = Budget(Limits(in_flight=80), longest_wait=3)
    for _ in range(20):
        budget.lost(10.0)
    assert budget.window == 40
    budget.lost(20.0)
    assert budget.window == 20
    for _ in range(100):
        budget.answered(0.1, 21.0)
    assert budget.window == 80


def test_a_refusal_stops_a_list_for_longer_each_time():
    budget = Budget(Limits(), longest_wait=3)
    budget.refused(0.0)
    first = budget.delay(0.0)
    assert first > 0
    budget.refused(first)
    assert budget.delay(first) == pytest.approx(2 * first)


def test_waiting_follows_what_answers_took_and_never_exceeds_its_limit():
    budget = Budget(Limits(), longest_wait=3)
    assert budget.wait(0) == 1
    for _ in range(50):
        budget.answered(0.6, 0.0)
    assert 0.6 <= budget.wait(0) < 0.8
    assert budget.wait(9) == 3


def test_a_share_of_a_quota_is_spent_by_repetitions_too():
    budget = Budget(Limits(questions=3), longest_wait=3)
    for _ in range(3):
        assert not budget.is_spent
        budget.sent(0.0)
    assert budget.is_spent
