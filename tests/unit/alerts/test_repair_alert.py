"""What people are told about repairs, and what a decision from anywhere has to carry."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from staygreen.core.alerts import mail
from staygreen.core.alerts.alert import Context
from staygreen.core.alerts.amazon_q import notification
from staygreen.core.alerts.repair_alert import alert, grouped
from staygreen.core.alerts.slack_blocks import blocks, details, parent
from staygreen.core.config.mode import Mode
from staygreen.core.errors import ActionRefused
from staygreen.core.repair import engine, repair
from staygreen.core.repair.decision import decide
from staygreen.core.repair.repair import Stage
from tests.unit.remediations.examples import NOW, World, account, incident

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "alert.schema.json").read_text())
CONTEXT = Context(sender="acme", environment="staging", region="eu-central-1", runbook_base="https://docs.example")


def awaiting():
    world = World(mode=Mode.APPROVE, off=("open_case",), approvers=("alice",), identities={"alice": ("U0123ABCD",)})
    (first,), _ = engine.plan(world.engine, world.call(incident()))
    engine.object_(world.engine, first.measure)
    return world, world.store.measures[first.measure]


def told():
    world, one = awaiting()
    return alert(one, world.store.events[-1][1], CONTEXT)


def test_the_alert_is_of_the_schema_and_reads_as_prose():
    jsonschema.validate(told(), SCHEMA)
    text = mail.text(told())
    assert text.startswith("Approval wanted: Move 198.51.100.1 from the pool warm to quarantine")
    assert "staygreen approvals show" in text
    assert "until somebody decides" in text
    assert mail.subject_line(told()).startswith("[REPAIR] Approval wanted")


ORDER = ("Where: ", "Before → after: ", "Why: ", "Risk: ", "Objections: ", "Undo: ", "Until: ")


def test_who_decides_reads_the_same_points_in_the_same_order_everywhere():
    one = told()
    in_slack = "\n".join(block["text"]["text"] for block in parent(one, with_buttons=True) if "text" in block)
    in_chat = notification(one)["content"]["description"]
    for text in (mail.text(one), in_slack.replace(":* ", ": "), in_chat):
        places = [text.index(name) for name in ORDER]
        assert places == sorted(places)
        assert text.count("12:00 UTC on 3 March 2026") == 1
    assert "pool of 198.51.100.1: warm → quarantine" in mail.text(one)
    assert details(one) == (), "the thread has nothing that the first message lacks"


def test_a_message_that_was_kept_before_it_had_these_points_is_still_read():
    one = told()
    older = {key: value for key, value in one["repair"].items() if key not in ("where", "why", "risk", "undo")}
    assert "Undo: 198.51.100.1 goes back to warm" in mail.text({**one, "repair": older})


def test_the_buttons_carry_the_plan_that_is_shown():
    world, one = awaiting()
    shown = json.dumps(blocks(alert(one, world.store.events[-1][1], CONTEXT), with_buttons=True))
    assert f"{one.id}:{one.plan.hash[:32]}" in shown
    assert '"approve"' in shown and '"deny"' in shown and '"acknowledge"' not in shown


@pytest.mark.parametrize(
    ("identifier", "plan", "identity", "said"),
    [
        ("0" * 16, "", "U0123ABCD", "no plan"),
        ("", "", "U9999ZZZZ", "not an approver"),
        ("", "f" * 32, "U0123ABCD", "not the plan"),
        ("", "short", "U0123ABCD", "not the plan"),
    ],
)
def test_what_a_decision_lacks_is_told(identifier, plan, identity, said):
    world, one = awaiting()
    with pytest.raises(ActionRefused, match=said):
        decide(world.engine, "approve", identifier or one.id, plan or one.plan.hash[:32], identity)


def test_a_decision_is_by_the_person_and_once():
    world, one = awaiting()
    done, following = decide(world.engine, "approve", one.id, one.plan.hash[:32], "U0123ABCD")
    assert (done.stage, done.approvals[0].by, following.do) == (Stage.APPROVED, "alice", "apply")
    with pytest.raises(ActionRefused, match="nothing to decide"):
        decide(world.engine, "deny", one.id, one.plan.hash, "U0123ABCD")


def test_what_another_sender_keeps_from_being_done_says_how_to_have_it_done():
    world = World(mode=Mode.AUTO, off=("open_case",))
    world.account.others = ("bravo (staging)",)
    (first,), _ = engine.plan(world.engine, world.call(incident()))
    engine.object_(world.engine, first.measure)
    one = alert(world.store.measures[first.measure], world.store.events[-1][1], CONTEXT)
    jsonschema.validate(one, SCHEMA)
    assert "bravo (staging)" in one["what"]
    assert "`sender.only`" in one["next_step"]
    assert "this mode" not in json.dumps(one)


def test_what_is_denied_is_over():
    world, one = awaiting()
    assert decide(world.engine, "deny", one.id, one.plan.hash, "U0123ABCD")[0].stage is Stage.DENIED
    assert world.account.done == []


# --- many at once ---------------------------------------------------------------------------------------------------


def many(count=3, **given):
    world = World(account(ips=8), off=("open_case",), approvers=("alice",), **given)
    found = [incident(ip=f"198.51.100.{n}") for n in range(1, count + 1)]
    call = replace(world.call(*found), about="deadbeefdeadbeef-1")
    steps, _ = engine.plan(world.engine, call)
    group = repair.group_id(call.transition_id)
    return world, [each.measure for each in steps], group, call


def told_alone(world):
    return [event.kind for _, event in world.store.events if event.is_told]


@pytest.mark.parametrize("mode", [Mode.SUGGEST, Mode.APPROVE])
def test_what_is_planned_at_once_is_told_at_once(mode):
    world, measures, group, _ = many(mode=mode)
    for each in measures[:-1]:
        engine.object_(world.engine, each)
    assert not engine.tell(world.engine, group), "nothing was made of one of them yet"
    engine.object_(world.engine, measures[-1])
    assert engine.tell(world.engine, group) and told_alone(world) == []
    (members,) = world.store.told.values()
    made = grouped(repair.Group(id=group, about="deadbeefdeadbeef-1", at=NOW, measures=()), members, CONTEXT)
    jsonschema.validate(made, SCHEMA)
    assert all(f"198.51.100.{n}" in mail.text(made) for n in (1, 2, 3))
    assert made["consequence"] == "Repairs planned: 3, for 3 addresses or domains."
    shown = json.dumps(blocks(made, with_buttons=True))
    assert shown.count('"approve"') == (3 if mode is Mode.APPROVE else 0)
    assert len(blocks(made, with_buttons=True)) <= 50


def test_two_at_once_are_told_one_by_one():
    world, measures, group, _ = many(count=2, mode=Mode.SUGGEST)
    for each in measures:
        engine.object_(world.engine, each)
    assert engine.tell(world.engine, group) and world.store.told == {}
    assert told_alone(world) == ["suggested", "suggested"]


def test_a_group_whose_call_died_half_way_is_told_whole():
    world, measures, group, call = many(mode=Mode.SUGGEST)
    for each in measures[:2]:
        engine.object_(world.engine, each)
    engine.plan(world.engine, call)
    engine.object_(world.engine, measures[2])
    engine.tell_overdue(world.engine, timedelta(minutes=30))
    assert world.store.told == {}, "its execution may still come"
    world.pass_time(timedelta(minutes=31))
    engine.tell_overdue(world.engine, timedelta(minutes=30))
    assert {each.id for each in world.store.told[group]} == set(measures)
    assert told_alone(world) == []


def test_a_group_waits_for_no_member_for_ever():
    world, measures, group, _ = many(mode=Mode.SUGGEST)
    world.pass_time(timedelta(minutes=5))
    assert engine.tell(world.engine, group)
    assert len(world.store.told[group]) == len(measures)


def test_of_a_group_what_is_done_is_told_alone_and_what_lapses_is_not():
    world, measures, _, _ = many(mode=Mode.APPROVE, identities={"alice": ("U0123ABCD",)})
    for each in measures:
        engine.object_(world.engine, each)
    one = world.store.measures[measures[0]]
    decide(world.engine, "approve", one.id, one.plan.hash, "U0123ABCD")
    engine.apply(world.engine, one.id)
    world.pass_time(timedelta(days=2))
    engine.overdue(world.engine, timedelta(minutes=30))
    assert told_alone(world) == ["approved", "applied"]
    assert {world.store.measures[each].stage for each in measures[1:]} == {Stage.LAPSED}


@pytest.mark.parametrize("is_muted", [True, False])
def test_nothing_is_told_of_a_repair_while_its_incident_is_muted(is_muted):
    world, one = awaiting()
    found = world.incidents[one.plan.incident_id]
    until = world.account.at + timedelta(hours=1) if is_muted else None
    world.incidents[found.id] = replace(found, muted_until=until)
    told_before = told_alone(world)
    decide(world.engine, "approve", one.id, one.plan.hash, "U0123ABCD")
    engine.apply(world.engine, one.id)
    assert told_alone(world) == [*told_before, *([] if is_muted else ["approved", "applied"])]
    assert [event.kind for _, event in world.store.events][-3:] == ["approved", "applying", "applied"], "it is kept"
