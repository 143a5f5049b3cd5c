"""A configuration that grows stricter counts at once, also for what was planned before; a laxer one frees nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from staygreen.core.config.mode import Mode
from staygreen.core.errors import ActionRefused
from staygreen.core.remediations.plan import Quiet
from staygreen.core.repair import engine
from staygreen.core.repair.decision import decide
from staygreen.core.repair.repair import Stage
from tests.unit.repair.histories import BAD, GOOD, quarantine, records
from tests.unit.repair.test_every_act import reserved

HOUR = timedelta(hours=1)
PEOPLE = {"approvers": ("alice", "bob"), "identities": {"alice": ("U1",), "bob": ("U2",)}}
NIGHT = (Quiet(start=11 * HOUR, end=14 * HOUR),)
"""The histories begin at noon."""


def delayed(**rules):
    history = quarantine(quiet=NIGHT, **rules)
    history.take("object")
    assert history.measure.stage is Stage.DELAYED
    return history


def changed(history, **rules):
    history.world.rules_given |= rules


def approve(history, identity):
    decide(history.world.engine, "approve", history.id, history.measure.plan.hash, identity)


# --- the mode ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "stage"), [(Mode.SUGGEST, Stage.SUGGESTED), (Mode.OFF, Stage.OBJECTED)])
def test_what_was_delayed_is_not_applied_once_the_mode_is_stricter(mode, stage):
    history = delayed()
    changed(history, mode=mode)
    history.goes_on()
    assert (history.assigned(), history.measure.stage) == ([], stage)


@pytest.mark.parametrize("mode", [Mode.SUGGEST, Mode.OFF, Mode.APPROVE])
def test_what_was_about_to_be_set_is_not_set_once_the_mode_is_stricter(mode):
    history = reserved(quarantine(**PEOPLE))
    changed(history, mode=mode)
    history.goes_on()
    assert (history.assigned(), history.measure.stage) == ([], Stage.REFUSED)


@pytest.mark.parametrize("mode", [Mode.SUGGEST, Mode.OFF])
def test_half_a_repair_goes_no_further_and_is_left_as_it_is_where_nothing_may_be_changed(mode):
    history = reserved(records(), done=1)
    changed(history, mode=mode)
    history.goes_on()
    assert history.values == [GOOD, BAD]
    assert history.measure.stage is Stage.UNDOING
    assert f"mode is {mode.value}" in history.measure.held
    changed(history, mode=Mode.AUTO)
    history.goes_on()
    assert history.values == [BAD, BAD]


def test_what_was_free_to_go_waits_for_a_person_once_the_mode_is_approve():
    history = delayed(**PEOPLE)
    changed(history, mode=Mode.APPROVE)
    history.goes_on(days=1)
    assert (history.assigned(), history.measure.stage) == ([], Stage.AWAITING)
    approve(history, "U1")
    history.take("apply")
    assert history.values == ["quarantine"]


def test_a_laxer_mode_frees_nothing_that_was_planned_under_a_stricter_one():
    history = quarantine(mode=Mode.APPROVE, **PEOPLE)
    changed(history, mode=Mode.AUTO)
    history.goes_on(days=1)
    assert (history.assigned(), history.measure.stage) == ([], Stage.AWAITING)


@pytest.mark.parametrize("mode", [Mode.SUGGEST, Mode.OFF])
def test_nothing_is_approved_in_a_mode_that_changes_nothing(mode):
    history = quarantine(mode=Mode.APPROVE, **PEOPLE)
    history.take("object")
    changed(history, mode=mode)
    with pytest.raises(ActionRefused, match="mode"):
        approve(history, "U1")


# --- the people -------------------------------------------------------------------------------------------------------


def approved(*people, **rules):
    history = quarantine(mode=Mode.APPROVE, **PEOPLE, **rules)
    history.take("object")
    for identity in people:
        approve(history, identity)
    assert history.measure.stage is Stage.APPROVED
    return history


ALICE_IS_GONE = {"approvers": ("bob",), "identities": {"bob": ("U2",)}}


def test_the_approval_of_somebody_who_is_no_approver_any_more_does_not_count():
    history = approved("U1")
    changed(history, **ALICE_IS_GONE)
    history.goes_on(days=1)
    assert (history.assigned(), history.measure.stage) == ([], Stage.AWAITING)
    approve(history, "U2")
    history.take("apply")
    assert history.values == ["quarantine"]


def test_one_of_two_who_is_gone_is_one_too_few():
    history = approved("U1", "U2", approvers_needed=2)
    changed(history, **ALICE_IS_GONE)
    history.take("apply")
    assert (history.assigned(), history.measure.stage) == ([], Stage.AWAITING)


def test_an_approver_who_goes_while_it_is_applied_stops_it():
    history = reserved(approved("U1"))
    changed(history, **ALICE_IS_GONE)
    history.goes_on()
    assert history.assigned() == []


def test_two_people_are_wanted_as_soon_as_the_configuration_wants_two():
    history = approved("U1")
    changed(history, approvers_needed=2)
    history.take("apply")
    assert (history.assigned(), history.measure.stage) == ([], Stage.AWAITING)
    approve(history, "U2")
    history.take("apply")
    assert history.values == ["quarantine"]


def test_two_people_are_wanted_as_long_as_the_plan_wanted_two():
    history = quarantine(mode=Mode.APPROVE, approvers_needed=2, **PEOPLE)
    history.take("object")
    changed(history, approvers_needed=1)
    approve(history, "U1")
    assert history.measure.stage is Stage.AWAITING


# --- the limits -------------------------------------------------------------------------------------------------------

STRICTER_AND_LAXER = {
    "capacity_floor": (4, 2),
    "moves_a_day": (0, 1),
    "pools": (("cold",), ()),
    "domains": (("example.com",), ()),
}


@pytest.mark.parametrize("limit", STRICTER_AND_LAXER)
def test_a_limit_that_grew_stricter_counts_at_the_next_assignment(limit):
    strict, lax = STRICTER_AND_LAXER[limit]
    history = reserved(quarantine(**{limit: lax}))
    changed(history, **{limit: strict})
    history.goes_on()
    assert (history.assigned(), history.measure.stage) == ([], Stage.REFUSED)


@pytest.mark.parametrize("limit", STRICTER_AND_LAXER)
def test_a_limit_that_grew_laxer_frees_nothing_that_was_planned_before(limit):
    strict, lax = STRICTER_AND_LAXER[limit]
    history = quarantine(**{limit: strict})
    changed(history, **{limit: lax})
    history.goes_on()
    assert (history.assigned(), history.measure.stage) == ([], Stage.OBJECTED)


@pytest.mark.parametrize("hours", [(NIGHT, ()), ((), NIGHT)], ids=["of the plan", "of the present"])
def test_quiet_hours_of_the_plan_and_of_the_present_are_kept(hours):
    before, after = hours
    history = quarantine(quiet=before)
    changed(history, quiet=after)
    history.take("object", "apply")
    assert history.assigned() == []
    history.goes_on(days=1)
    assert history.values == ["quarantine"]


def test_a_shorter_time_for_approvals_ends_what_waits():
    history = quarantine(mode=Mode.APPROVE, **PEOPLE)
    history.take("object")
    changed(history, approval_within=HOUR)
    history.world.pass_time(2 * HOUR)
    with pytest.raises(ActionRefused, match="expired"):
        approve(history, "U1")
    engine.overdue(history.world.engine, HOUR)
    assert history.measure.stage is Stage.LAPSED


def test_a_longer_second_look_counts_for_what_waits_to_be_taken_back():
    history = quarantine()
    history.take("object", "apply")
    changed(history, settings={"pool": "quarantine", "minimum_clean_days": 9, "warmup_steps": []})
    history.is_over()
    history.world.pass_time(timedelta(days=5))
    history.take("verify")
    assert history.measure.stage is Stage.APPLIED
