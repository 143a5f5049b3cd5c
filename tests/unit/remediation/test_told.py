"""What people are told about repairs, and what a decision from anywhere has to carry."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from lambdas.core import engine, message
from lambdas.core.config.model import Mode
from lambdas.core.deciding import decide
from lambdas.core.errors import ActionRefused
from lambdas.core.measure import Stage
from lambdas.core.message import Context
from lambdas.core.repair_message import alert
from lambdas.core.slack_blocks import blocks
from tests.unit.remediation.examples import World, incident

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
    text = message.text(told())
    assert text.startswith("Approval wanted: Move 198.51.100.1 from the pool warm to quarantine")
    for words in ("Risk: ", "Undo: ", "staygreen approvals show", "the plan lapses"):
        assert words in text
    assert message.subject_line(told()).startswith("[REPAIR] Approval wanted")


def test_the_buttons_carry_the_plan_that_is_shown():
    world, one = awaiting()
    shown = json.dumps(blocks(alert(one, world.store.events[-1][1], CONTEXT), with_buttons=True))
    assert f"{one.id}:{one.plan.hash[:32]}" in shown
    assert '"approve"' in shown and '"deny"' in shown and '"acknowledge"' not in shown


@pytest.mark.parametrize(
    ("measure", "plan", "identity", "said"),
    [
        ("0" * 16, "", "U0123ABCD", "no plan"),
        ("", "", "U9999ZZZZ", "not an approver"),
        ("", "f" * 32, "U0123ABCD", "not the plan"),
        ("", "short", "U0123ABCD", "not the plan"),
    ],
)
def test_what_a_decision_lacks_is_told(measure, plan, identity, said):
    world, one = awaiting()
    with pytest.raises(ActionRefused, match=said):
        decide(world.engine, "approve", measure or one.id, plan or one.plan.hash[:32], identity)


def test_a_decision_is_by_the_person_and_once():
    world, one = awaiting()
    done, following = decide(world.engine, "approve", one.id, one.plan.hash[:32], "U0123ABCD")
    assert (done.stage, done.approvals[0].by, following.do) == (Stage.APPROVED, "alice", "apply")
    with pytest.raises(ActionRefused, match="nothing to decide"):
        decide(world.engine, "deny", one.id, one.plan.hash, "U0123ABCD")


def test_what_is_denied_is_over():
    world, one = awaiting()
    assert decide(world.engine, "deny", one.id, one.plan.hash, "U0123ABCD")[0].stage is Stage.DENIED
    assert world.account.done == []
