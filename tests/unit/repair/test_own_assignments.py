"""What a person set is a person's: a repair takes back only what it has set itself, and sets nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from staygreen.core.repair.engine import UNDER_WAY
from staygreen.core.repair.repair import Stage
from tests.unit.repair.histories import BAD, GOOD, OTHER, pauses, quarantine, records, refuses

DAY = timedelta(days=1)


def test_the_way_back_leaves_what_a_person_repaired():
    history = records()
    history.take("object")
    history.person_sets(0, GOOD)
    history.world.account.refuses = refuses("b.example.com")
    history.take("apply")
    history.goes_on()
    assert history.values == [GOOD, BAD]
    assert history.assigned() == []
    assert history.measure.stage is Stage.REFUSED


def test_the_way_back_resumes_nothing_that_a_person_paused():
    history = pauses()
    history.take("object")
    history.person_sets(0, "paused")
    history.world.account.refuses = refuses("offers")
    history.take("apply")
    history.goes_on()
    assert history.values == ["paused", "sending"]


def test_the_end_of_a_pause_resumes_only_what_the_repair_paused():
    history = pauses()
    history.take("object")
    history.person_sets(0, "paused")
    history.take("apply")
    assert history.values == ["paused", "paused"]
    history.is_over()
    history.world.pass_time(2 * DAY)
    history.goes_on()
    assert history.values == ["paused", "sending"]
    assert history.measure.stage is Stage.UNDONE


def test_an_address_that_a_person_moved_away_is_not_moved_back():
    history = quarantine()
    history.take("object")
    history.person_sets(0, "quarantine")
    history.take("apply")
    history.is_over()
    history.world.pass_time(4 * DAY)
    history.goes_on()
    assert (history.values, history.assigned()) == (["quarantine"], [])
    assert "is in quarantine already" in history.texts()


def test_the_way_back_takes_its_own_and_says_what_it_leaves():
    history = records()
    history.take("object")
    history.world.account.refuses = refuses("b.example.com")
    history.take("apply")
    history.goes_on()
    assert history.values == [BAD, BAD]
    assert history.measure.stage is Stage.UNDONE


def test_what_a_person_set_after_the_way_back_is_not_taken_back_once_more():
    """One step of the way back takes back two; AWS refuses the second, and the step is repeated."""
    history = pauses()
    history.take("object", "apply")
    history.is_over()
    history.world.pass_time(2 * DAY)
    history.world.account.refuses = refuses("news")
    history.take("verify", "undo")
    assert history.values == ["paused", "sending"]
    history.person_sets(1, "paused")
    history.world.account.refuses = lambda _: ""
    history.goes_on()
    assert history.values == ["sending", "paused"]


@pytest.mark.parametrize("after", [False, True])
def test_what_was_interrupted_is_nobodys_and_is_not_taken_back(after):
    """The function dies at an assignment; by the time it is repeated the record is right, by whoever's hand."""
    history = records()
    history.take("object")
    history.killed_at(0, after=after)
    history.person_sets(0, GOOD)
    history.world.account.refuses = refuses("b.example.com")
    history.world.pass_time(UNDER_WAY)
    history.take("apply")
    history.goes_on()
    assert history.values == [GOOD, BAD]
    assert history.measure.stage is Stage.EXPIRED, "a person has to decide"
    assert "a.example.com" in history.texts()


def test_an_assignment_that_is_under_way_is_left_to_whoever_makes_it():
    history = records()
    history.take("object")

    def hand(action):
        # the same step is delivered a second time while the first waits for AWS
        history.take("apply")
        history.world.account.set(action)

    history.take("apply", hand=hand)
    assert history.values == [GOOD, GOOD]
    assert len(history.assigned()) == 2
    assert history.measure.stage is Stage.APPLIED


@pytest.mark.parametrize("after", [False, True])
def test_a_way_back_that_was_interrupted_is_not_taken_twice(after):
    history = pauses()
    history.take("object", "apply")
    history.is_over()
    history.world.pass_time(2 * DAY)
    history.take("verify")
    history.killed_at(0, after=after, step="undo")
    history.person_sets(1, "paused")
    history.world.pass_time(UNDER_WAY)
    history.goes_on()
    assert history.values[1] == "paused"
    assert history.measure.stage is Stage.EXPIRED


def test_an_address_whose_move_was_interrupted_is_left_to_a_person_and_that_is_said():
    history = quarantine()
    history.take("object")
    history.killed_at(0, after=True)
    history.world.pass_time(UNDER_WAY)
    history.goes_on(days=1)
    assert history.measure.stage is Stage.APPLIED, "it is in force"
    history.is_over()
    history.world.pass_time(4 * DAY)
    history.goes_on()
    assert history.values == ["quarantine"]
    assert history.measure.stage is Stage.EXPIRED
    assert "interrupted" in history.texts()


def moved_before_look(monkeypatch, number):
    """An address that a person moves right before one of the looks of `apply`, and how many looks there are."""
    history, looks = quarantine(), []
    history.take("object")
    read = history.world.account.value

    def look(setting, resource):
        if len(looks) == number:
            history.person_sets(0, "other")
        looks.append(resource)
        return read(setting, resource)

    with monkeypatch.context() as patched:
        patched.setattr(history.world.account, "value", look)
        history.take("apply")
    return history, len(looks)


def test_an_address_that_a_person_moves_while_it_is_looked_at_stays_where_it_is(monkeypatch):
    _, looks = moved_before_look(monkeypatch, -1)
    assert looks > 2
    for number in range(looks):
        history, _ = moved_before_look(monkeypatch, number)
        assert history.values == ["other"]


# --- never set again --------------------------------------------------------------------------------------------------


def test_an_assignment_that_a_person_took_back_is_never_made_again():
    history = records()
    history.take("object")
    history.killed_at(1, after=False)
    assert history.values == [GOOD, BAD]
    history.person_sets(0, BAD)
    history.world.pass_time(UNDER_WAY)
    history.goes_on()
    assert history.values[0] == BAD
    assert history.assigned() == [(history.sets[0][1], GOOD)]


@pytest.mark.parametrize("value", [BAD, OTHER])
def test_what_was_interrupted_is_not_set_a_second_time(value):
    history = records()
    history.take("object")
    history.killed_at(0, after=True)
    history.person_sets(0, value)
    history.world.pass_time(UNDER_WAY)
    history.goes_on()
    assert history.values == [value, BAD]
