"""What held when a repair was planned has to hold at every single act: each history changes the world in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from staygreen.core.errors import SourceUnavailable
from staygreen.core.incidents.incident import Status
from staygreen.core.remediations.plan import Quiet
from staygreen.core.repair import engine
from staygreen.core.repair.repair import Stage
from tests.unit.repair.histories import BAD, GOOD, busy, pauses, quarantine, records

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def reserved(history, done=0):
    """The measure has reserved its share and set so many things, and AWS is out of order for the next."""
    left = [done]

    def hand(action):
        left[0] -= 1
        if left[0] < 0:
            busy(action)
        history.world.account.set(action)

    history.take("object")
    with pytest.raises(SourceUnavailable):
        history.take("apply", hand=hand)
    assert history.measure.stage is Stage.APPLYING
    return history


# --- the plan's time --------------------------------------------------------------------------------------------------


def test_after_an_outage_of_three_days_nothing_is_applied():
    history = reserved(quarantine())
    history.world.pass_time(3 * DAY)
    history.goes_on()
    assert (history.assigned(), history.measure.stage) == ([], Stage.LAPSED)


def test_after_nine_days_of_a_pressed_switch_nothing_is_applied():
    history = reserved(quarantine())
    history.world.is_stopped = True
    for _ in range(9):
        history.world.pass_time(DAY)
        history.take("apply")
    history.world.is_stopped = False
    history.goes_on()
    assert (history.assigned(), history.measure.stage) == ([], Stage.LAPSED)


def test_what_is_half_applied_when_the_plan_grows_too_old_is_taken_back():
    history = reserved(records(), done=1)
    assert history.values == [GOOD, BAD]
    history.world.pass_time(2 * DAY)
    history.goes_on()
    assert history.values == [BAD, BAD]
    assert "too old" in history.texts()


def test_the_last_second_of_a_plan_is_good_and_the_next_is_not():
    for late, is_applied in ((-timedelta(seconds=1), True), (timedelta(0), False)):
        history = reserved(quarantine())
        history.world.account.at = history.measure.plan.good_until + late
        history.take("apply")
        assert bool(history.assigned()) is is_applied


# --- the incident -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", [{"status": Status.CLOSED}, {"stale": True}, None], ids=["over", "stale", "forgotten"])
def test_an_incident_that_is_over_or_not_known_any_more_moves_nothing(now):
    history = reserved(quarantine())
    known = history.world.incidents
    known.clear()
    if now is not None:
        known[history.found.id] = replace(history.found, **now)
    history.goes_on()
    assert (history.assigned(), history.measure.stage) == ([], Stage.REFUSED)


def test_an_incident_that_ends_half_way_ends_the_setting_and_what_helped_stays():
    history = reserved(records(), done=1)
    history.is_over()
    history.goes_on()
    assert history.values == [GOOD, BAD]
    assert history.measure.stage is Stage.KEPT
    assert "b.example.com|TXT is not set any more" in history.texts()


def test_a_pause_of_which_half_was_set_when_the_trouble_ended_is_taken_back_after_its_time():
    history = reserved(pauses(), done=1)
    history.is_over()
    history.goes_on()
    assert history.values == ["sending", "sending"]
    assert [resource for resource, _ in history.assigned()] == ["news", "news"]


# --- hours, and what others did ---------------------------------------------------------------------------------------


def test_quiet_hours_that_begin_half_way_are_kept_and_the_repair_goes_on_after_them():
    history = reserved(records(quiet=(Quiet(start=13 * HOUR, end=14 * HOUR),)), done=1)
    history.world.pass_time(HOUR)
    history.take("apply")
    assert history.values == [GOOD, BAD]
    assert engine.following(history.measure, history.world.account.at).until == history.world.account.at + HOUR
    history.world.pass_time(HOUR)
    history.take("apply")
    assert history.values == [GOOD, GOOD]


def test_a_person_who_takes_back_what_was_set_ends_the_repair():
    history = reserved(records(), done=1)
    history.person_sets(0, BAD)
    history.goes_on()
    assert history.values == [BAD, BAD]
    assert len(history.assigned()) == 1


def test_the_sweep_starts_nothing_while_the_switch_is_pressed():
    history = reserved(quarantine())
    history.world.is_stopped = True
    history.world.pass_time(5 * HOUR)
    assert engine.overdue(history.world.engine, HOUR) == ()
    history.world.is_stopped = False
    assert [each.do for each in engine.overdue(history.world.engine, HOUR)] == ["apply"]


# --- the switch, forward and back -------------------------------------------------------------------------------------


def sets_and_stops(history):
    """Somebody presses the switch while the first assignment is made."""

    def hand(action):
        history.world.account.set(action)
        history.world.is_stopped = True

    return hand


def test_the_switch_stops_a_way_back_in_progress_and_it_goes_on_where_it_was():
    history = pauses()
    history.take("object", "apply")
    history.is_over()
    history.world.pass_time(2 * DAY)
    history.take("verify")
    history.take("undo", hand=sets_and_stops(history))
    assert history.values == ["paused", "sending"]
    assert history.measure.stage is Stage.UNDOING
    history.world.pass_time(DAY)
    history.take("undo")
    assert history.values == ["paused", "sending"], "it is still pressed"
    history.world.is_stopped = False
    history.goes_on()
    assert history.values == ["sending", "sending"]
    assert len(history.assigned()) == 4, "each is set once and taken back once"


def test_the_switch_stops_the_way_back_of_what_is_half_applied():
    history = reserved(pauses(), done=1)
    history.world.account.refuses = lambda action: "AccessDenied" if action.resource == "offers" else ""
    history.take("apply")
    history.world.is_stopped = True
    history.take("undo")
    assert history.values == ["paused", "sending"]
    history.world.is_stopped = False
    history.goes_on()
    assert history.values == ["sending", "sending"]


@pytest.mark.parametrize("begin", [records, pauses, quarantine])
def test_between_a_look_at_the_switch_and_the_next_there_is_one_assignment_at_most(begin):
    history, log = begin(), []

    def is_stopped():
        log.append("look")
        return False

    def hand(action):
        log.append("set")
        history.world.account.set(action)

    history.world.engine = replace(history.world.engine, is_stopped=is_stopped, hand=hand)
    history.take("object", "apply")
    history.is_over()
    history.world.pass_time(4 * DAY)
    history.goes_on(days=5)
    assert log.count("set") > 0
    for before, each in zip(["look", *log], log, strict=False):
        assert (before, each) != ("set", "set")
