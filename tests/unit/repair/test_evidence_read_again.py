"""What objected when a repair was planned objects when it is applied: the evidence is read again before each act."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from staygreen.core.config.mode import Mode
from staygreen.core.finding import SubjectKind
from staygreen.core.incidents.incident import Kind, Status
from staygreen.core.remediations.account import Elastic, Setting
from staygreen.core.repair.decision import decide
from staygreen.core.repair.repair import Stage
from tests.unit.remediations.examples import NOW, RANGE, REFUSAL, World, account, incident
from tests.unit.repair.histories import BAD, GOOD, OTHER, History, pauses, quarantine, records
from tests.unit.repair.test_every_act import reserved

HOUR = timedelta(hours=1)


def says(history, **data):
    """What the check reports now."""
    known = history.world.incidents[history.found.id]
    evidence = tuple(replace(each, data=data) for each in known.finding.evidence)
    history.world.incidents[known.id] = replace(known, finding=replace(known.finding, evidence=evidence))


@pytest.mark.parametrize("data", [RANGE, REFUSAL, {}], ids=["a range", "a refusal", "nothing"])
def test_a_listing_that_is_no_longer_one_of_the_address_moves_nothing(data):
    history = quarantine()
    history.take("object")
    says(history, **data)
    history.take("apply")
    assert (history.assigned(), history.measure.stage) == ([], Stage.OBJECTED)
    assert "only a listing or a refusal of the address itself may move it" in history.texts()


@pytest.mark.parametrize("data", [RANGE, REFUSAL, {}], ids=["a range", "a refusal", "nothing"])
def test_it_moves_nothing_either_when_everything_is_reserved(data):
    history = reserved(quarantine())
    says(history, **data)
    history.goes_on()
    assert (history.assigned(), history.measure.stage) == ([], Stage.REFUSED)


def test_what_a_person_approved_a_day_later_rests_on_the_evidence_of_that_day():
    history = quarantine(mode=Mode.APPROVE, approvers=("alice",), identities={"alice": ("U1",)})
    history.take("object")
    history.world.pass_time(23 * HOUR)
    says(history, **RANGE)
    decide(history.world.engine, "approve", history.id, history.measure.plan.hash, "U1")
    history.take("apply")
    assert history.assigned() == []


def test_a_pool_that_ses_manages_by_now_loses_no_address():
    history = quarantine()
    history.take("object")
    history.world.account.known_pools = {"warm": False, "quarantine": True}
    history.take("apply")
    assert history.assigned() == []


def test_a_rate_that_rests_on_few_messages_by_now_pauses_nothing():
    history = reserved(pauses())
    says(history, sent="13")
    history.goes_on()
    assert history.values == ["sending", "sending"]
    assert "13 messages" in history.texts()


def test_a_set_that_sends_from_another_pool_by_now_is_not_paused():
    history = reserved(pauses(), done=1)
    history.world.account.sets_by_pool = {"warm": ("news",)}
    history.take("apply")
    assert history.values == ["paused", "sending"]
    assert "offers is not set any more" in history.texts()


@pytest.mark.parametrize("value", [OTHER, None], ids=["another value", "none"])
def test_a_record_is_not_set_to_what_is_deployed_no_more(value):
    history = reserved(records(), done=1)
    kept = history.world.account.deployed[0]
    changed = [replace(each, value=value) for each in history.world.account.deployed[1:] if value]
    history.world.account.deployed = (kept, *changed)
    history.goes_on()
    assert history.values == [GOOD, BAD]
    assert history.assigned() == [(history.sets[0][1], GOOD)]


def test_a_name_whose_record_leads_elsewhere_by_now_is_not_asked_for():
    made = account()
    made.elastic = {"192.0.2.1": Elastic(allocation_id="eipalloc-1")}
    made.values[Setting.REVERSE_NAME, "eipalloc-1"] = ""
    made.forward = {"mail.example.com": ("192.0.2.1",)}
    found = incident(ip="192.0.2.1", check="reverse_dns", cause="ptr_missing")
    history = History(World(made), found, [(Setting.REVERSE_NAME, "eipalloc-1")])
    history.take("object")
    made.forward = {}
    history.take("apply")
    assert history.values == [""]


def test_a_recipient_is_not_suppressed_once_ses_has_not_named_it():
    history = complaint()
    history.take("object")
    says(history, recipient="a@example.org", verified="")
    history.take("apply")
    assert history.assigned() == []


def complaint():
    made = account()
    made.values[Setting.SUPPRESSION, "a@example.org"] = ""
    found = incident(
        check="complaints",
        cause="complaint",
        ip="example.com",
        kind=SubjectKind.DOMAIN,
        data={"recipient": "a@example.org", "verified": "ses"},
    )
    return History(World(made), found, [(Setting.SUPPRESSION, "a@example.org")])


def test_a_recipient_stays_suppressed_who_is_so_for_another_reason_by_now():
    made = account()
    made.wronged = {"ip:198.51.100.1": ("a@example.org",)}
    made.values[Setting.SUPPRESSION, "a@example.org"] = "BOUNCE"
    found = incident(check="refusals", cause="blocked_outlook_consumer", data={}, status=Status.CLOSED, clean_since=NOW)
    history = History(World(made), found, [(Setting.SUPPRESSION, "a@example.org")], kind=Kind.CLEARED)
    history.take("object")
    made.wronged = {}
    history.take("apply")
    assert history.values == ["BOUNCE"]


@pytest.mark.parametrize("begin", [quarantine, pauses, records, complaint])
def test_evidence_that_is_the_same_lets_everything_go_on(begin):
    history = begin()
    history.take("object", "apply")
    assert history.measure.stage is Stage.APPLIED
    assert len(history.assigned()) == len(history.sets)
