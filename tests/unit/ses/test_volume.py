"""When a volume is sudden: truth table, and the check `volume` on a world in memory."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.checks import volume as check
from staygreen.core.ses import volume
from staygreen.core.ses.standing import Volume, Volumes, Whose
from staygreen.core.ses.volume import Usual
from staygreen.core.ses.volume_causes import CAUSES

TODAY = date(2026, 11, 24)
SETTINGS = {"usual": {"factor": 2.0, "minimum": 500}}


def days(today, *before):
    return {TODAY - timedelta(days=back): sent for back, sent in enumerate((today, *before))}


def bad(counted):
    return {each.cause for each in volume.judge(counted, TODAY, Usual(), "It") if each.state.value == "BAD"}


@pytest.mark.parametrize(
    ("today", "before", "expected"),
    [
        (2000, [1000] * 15, set()),
        (2001, [1000] * 15, {"volume_jump"}),
        (499, [100] * 15, set()),
        (500, [100] * 15, {"volume_jump"}),
        (9000, ([100] * 6 + [5000]) * 2 + [100], set()),  # a newsletter every week
        (20000, ([100] * 6 + [5000]) * 2 + [100], {"volume_jump"}),
        (500, [0] * 15, {"volume_after_silence"}),
        (499, [0] * 15, set()),
        (600, [0] * 7 + [1000] * 8, {"volume_after_silence"}),
        (600, [0] * 6 + [1000] * 9, set()),
        (900, [600] + [0] * 7 + [9000] * 7, {"volume_after_silence"}),  # yesterday it woke up; today it goes on
        (1500, [600] + [0] * 14, {"volume_jump", "volume_after_silence"}),
        (0, [9000] + [1000] * 14, {"volume_jump"}),  # of yesterday, and today is not over
        (0, [1000, 9000] + [1000] * 13, set()),
    ],
)
def test_a_day_is_sudden_beside_its_weekday_and_its_fortnight(today, before, expected):
    assert bad(days(today, *before)) == expected


def test_the_evidence_says_how_much_and_what_is_usual():
    jump, _ = volume.judge(days(5000, *[1000] * 15), TODAY, Usual(), "The account")
    assert jump.text == "The account sent 5,000 messages on 2026-11-24, 1,000 a day is usual"
    assert jump.data == {"sent": "5000"}


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**7), min_size=15, max_size=15))
def test_never_both_on_one_day_and_never_below_the_minimum(today, before):
    counted = days(today, *before)
    told = {each.cause: each for each in volume.judge(counted, TODAY, Usual(), "It")}
    assert set(told) == set(CAUSES)
    if max(today, before[0]) < 500:
        assert all(each.state.value == "OK" for each in told.values())


@given(st.integers(500, 10**6), st.integers(2, 15))
def test_a_steady_volume_is_never_sudden_from_the_third_day_on(sent, since):
    assert bad(days(sent, *[sent] * since)) == set()


def run(*counted, sent=0):
    found = Volumes(sent_in_a_day=sent, counted=counted)
    return check.run(SETTINGS, MemoryAsk(at=datetime(2026, 11, 24, 12, tzinfo=UTC), found_ses_volume=found))


@pytest.mark.parametrize(
    ("whose", "pool", "subject"),
    [(Whose.ACCOUNT, "", "account:ses"), (Whose.POOL, "warm", "pool:warm"), (Whose.MICROSOFT, "", "account:microsoft")],
)
def test_each_volume_is_judged_by_itself(whose, pool, subject):
    report = run(Volume(whose=whose, pool=pool, days=days(5000, *[1000] * 15)))
    (found,) = (each for each in report.findings if each.state.value == "BAD")
    assert (found.subject.key, found.cause, found.severity.value) == (subject, "volume_jump", "warning")
    assert found.advice.runbook == "volume#volume_jump"


def test_metrics_that_miss_what_ses_sent_are_lost_coverage():
    (lost,) = (
        each for each in run(Volume(whose=Whose.ACCOUNT, days={}), sent=500).findings if each.cause == "coverage"
    )
    assert lost.state.value == "BAD"
    report = run(Volume(whose=Whose.ACCOUNT, days=days(0, 600)), sent=500)
    assert all(each.state.value == "OK" for each in report.findings if each.cause == "coverage")
    assert all(each.is_full for each in report.coverage)
