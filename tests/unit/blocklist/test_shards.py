"""A sweep in parts says what a whole one says, and asks no list for more."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.adapters.memory.world import MemoryAsk, MemoryLookup
from staygreen.core.blocklist import catalogue as blocklists
from staygreen.core.blocklist import quota
from staygreen.core.blocklist.catalogue import Catalogue, Default
from staygreen.core.blocklist.shard import AT_ONCE
from staygreen.core.blocklist.shard_codec import (
    read_plan,
    read_reading,
    read_shard,
    write_plan,
    write_reading,
    write_shard,
)
from staygreen.core.checks import blocklist
from staygreen.core.confirmation import Confirmation
from staygreen.core.dns.message import Rcode, Reply
from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.incidents.context import NEIGHBOURS
from staygreen.core.incidents.run import Run, settle
from staygreen.core.verdict import evidence
from staygreen.core.verdict.verdict import Witness
from tests.budget import examples

AT = datetime(2026, 11, 24, 7, tzinfo=UTC)
ALL = blocklists.load().by_id
PSBL, SURBL, DEAD = ALL["psbl"], ALL["surbl-multi"], replace(ALL["psbl"], id="dead", name="Dead", zone="dead.example")
CATALOGUE = Catalogue(tuple(replace(entry, default=Default.ON) for entry in (PSBL, SURBL, DEAD)))
DOMAINS = ("example.com", "mail.example.net")
IPS = tuple(f"198.51.100.{last}" for last in range(20))


def listed(*values: str):
    return lambda question: Reply(question=question, rcode=Rcode.NOERROR, values=values)


def silent(question):
    return Reply(question=question, rcode=Rcode.TIMEOUT)


def world(on_psbl: frozenset[str], *, at: datetime = AT, catalogue: Catalogue = CATALOGUE) -> MemoryAsk:
    """PSBL has these addresses, SURBL has one domain and notes another, the third list answers nothing."""
    replies = {"2.0.0.127.psbl.surriel.com": listed("127.0.0.2")}
    replies |= {f"{_reversed(ip)}.psbl.surriel.com": listed("127.0.0.2") for ip in on_psbl}
    for control in SURBL.positive:
        replies[f"{control.name}.{SURBL.zone}"] = listed("127.0.0.254")
    replies[f"example.com.{SURBL.zone}"] = listed("127.0.0.8")
    replies[f"example.net.{SURBL.zone}"] = listed("127.0.0.4")

    class Lookup(MemoryLookup):
        def _reply(self, question):
            return silent(question) if question.name.endswith("dead.example") else super()._reply(question)

    found = tuple(Subject(SubjectKind.IP, ip, f"mail-{ip}") for ip in IPS)
    return MemoryAsk(at=at, lookup=Lookup(replies=replies), found_elastic_ips=found)


def _reversed(ip: str) -> str:
    return ".".join(reversed(ip.split(".")))


def told(report):
    findings = {(one.subject.id, one.cause): one for one in report.findings if one.subject.id != "shards"}
    asides = sorted((row.text, sorted(row.subjects)) for row in report.asides)
    return findings, sorted(report.coverage, key=lambda row: row.source), asides


SAID = {"domains": list(DOMAINS), "runs_per_day": 24}


@examples(40)
@given(st.frozensets(st.sampled_from(IPS), max_size=6), st.integers(1, 30), st.booleans())
def test_shards_together_say_what_one_says_also_after_they_were_written_and_read(on_psbl, size, neighbourhood):
    said = {**SAID, "neighbourhood": 29 if neighbourhood else 0}
    whole = blocklist.run(said, world(on_psbl), CATALOGUE)
    ask = world(on_psbl)
    plan = blocklist.discover({**said, "shard": size}, ask, CATALOGUE)
    assert len(plan.shards) == ceil((len(IPS) + len(DOMAINS)) / size)
    entries = {entry.id: entry for entry in CATALOGUE.entries}
    readings = []
    for made in plan.shards:
        shard = read_shard(write_shard(made))
        assert shard == made
        reading = blocklist.look(plan, shard, ask, CATALOGUE)
        assert read_reading(write_reading(reading, shard, entries), shard, entries) == reading
        readings.append((shard, reading))
    read = read_plan(write_plan(plan))
    assert replace(read, shards=plan.shards) == plan
    in_parts = blocklist.conclude(read, readings, None, CATALOGUE)
    assert told(in_parts) == told(whole)
    assert whole.asides, "SURBL notes a domain"
    assert [one.state for one in in_parts.findings if one.subject.id == "shards"] == [State.OK] * (len(readings) > 1)


def test_listed_neighbours_are_context_of_those_whom_they_surround_and_a_listing_of_nobody():
    report = blocklist.run({**SAID, "neighbourhood": 29}, world(frozenset(IPS[1:4])), CATALOGUE)
    near = {key: row.text for row in report.asides if row.source == NEIGHBOURS for key in row.subjects}
    assert near["ip:198.51.100.0"] == (
        "Of your 7 neighbours in 198.51.100.0/29 3 are on Passive Spam Block List. These are not your address. "
        "1 of 2 lists did not answer for every address."
    )
    assert near["ip:198.51.100.1"].startswith("Of your 7 neighbours in 198.51.100.0/29 2 are on")
    assert "ip:198.51.100.8" not in near
    (context,) = evidence.of_asides("blocklist", beat(report), Subject(SubjectKind.IP, IPS[0]))
    assert (context.witness, context.is_context, context.observed_at) == (Witness.NEIGHBOURHOOD, True, AT)


def test_neighbours_stay_known_while_a_list_is_silent():
    first = blocklist.run({**SAID, "neighbourhood": 29}, world(frozenset(IPS[1:4])), CATALOGUE)
    later = blocklist.run(SAID, world(frozenset(), at=AT + timedelta(hours=1)), CATALOGUE)
    assert any(row.source == NEIGHBOURS for row in beat(later, beat(first)).asides)


def beat(report, last=None):
    return settle(report, {}, Run(check="blocklist", id="1", at=AT, rule=Confirmation(), last=last)).heartbeat


@examples(25)
@given(st.lists(st.frozensets(st.sampled_from(IPS), max_size=5), min_size=2, max_size=6))
def test_leaving_out_what_can_change_nothing_changes_nothing(runs):
    known, last = {}, None
    for number, on_psbl in enumerate(runs):
        at = AT + timedelta(hours=number)
        ask = world(on_psbl, at=at)
        plan = blocklist.discover(SAID, ask, CATALOGUE)
        readings = [(shard, blocklist.look(plan, shard, ask, CATALOGUE)) for shard in plan.shards]
        run = Run(check="blocklist", id=str(number), at=at, rule=Confirmation(), last=last)
        everything = settle(blocklist.conclude(plan, readings, None, CATALOGUE), known, run)
        report = blocklist.conclude(plan, readings, known, CATALOGUE)
        needed = settle(report, known, run)
        assert {change.after.id: change for change in needed.changes} == {
            change.after.id: change for change in everything.changes
        }
        assert (needed.bundles, needed.heartbeat) == (everything.bundles, everything.heartbeat)
        known = {**known, **{change.after.id: change.after for change in needed.changes}}
        last = needed.heartbeat


def test_a_shard_that_did_not_report_is_told_and_nobody_of_it_is_judged():
    ask = world(frozenset({IPS[0], IPS[15]}))
    plan = blocklist.discover({**SAID, "shard": 11}, ask, CATALOGUE)
    first, second = plan.shards
    report = blocklist.conclude(
        plan, [(first, blocklist.look(plan, first, ask, CATALOGUE)), (second, None)], {}, CATALOGUE
    )
    (missing,) = [one for one in report.findings if one.subject.id == "shards"]
    assert (missing.state, missing.reason) == (State.BAD, "shards_missing")
    assert missing.evidence[0].text == "1 of 2 shards did not report: 11 subjects were not looked up"
    assert [one.subject.id for one in report.findings if one.cause == "psbl"] == [IPS[0]]
    (row,) = [row for row in report.coverage if row.source == "psbl"]
    assert (row.asked, row.answered, row.reason) == (20, 11, "not_asked")


def test_the_clean_are_not_written_out_in_whatever_order_answers_came():
    catalogue = Catalogue((replace(PSBL, default=Default.ON),))
    ask = world(frozenset({IPS[3]}))
    plan = blocklist.discover({}, ask, catalogue)
    in_order = ask.lookup

    def two_swapped(*streams):
        held = None
        for reply in in_order(*streams):
            if reply.question.name.startswith("4.100.51"):
                held = reply
                continue
            yield reply
            if held is not None and reply.question.name.startswith("5.100.51"):
                yield held

    ask.lookup = two_swapped
    reading = blocklist.look(plan, plan.shards[0], ask, catalogue)
    text = write_reading(reading, plan.shards[0], catalogue.by_id)
    assert IPS[3] in text
    assert IPS[4] not in text


def test_when_no_shard_reported_it_is_not_dns_that_is_blamed():
    plan = blocklist.discover({**SAID, "shard": 11}, world(frozenset()), CATALOGUE)
    report = blocklist.conclude(plan, [(shard, None) for shard in plan.shards], {}, CATALOGUE)
    assert [one.subject.id for one in report.findings if one.state is State.BAD] == ["shards"]


@examples(40)
@given(
    st.integers(24, 4000),
    st.integers(1, 30),
    st.one_of(st.none(), st.floats(1, 500)),
    st.integers(1, 200),
    st.integers(0, 50),
)
def test_all_shards_together_stay_within_what_a_list_allows(per_day, size, per_second, in_flight, hour):
    entry = dataclasses.replace(
        PSBL, quota_per_day=per_day, per_second=per_second, in_flight=in_flight, default=Default.ON
    )
    catalogue = Catalogue((entry,))
    ask = world(frozenset({IPS[3]}), at=AT + timedelta(hours=hour))
    plan = blocklist.discover({**SAID, "shard": size}, ask, catalogue)
    limits = [shard.limits[entry.id] for shard in plan.shards]
    allowed = quota.per_run(entry, 24)
    assert sum(each.questions for each in limits) <= allowed
    at_once = min(len(limits), AT_ONCE)
    assert sum(each.in_flight for each in limits[:at_once]) <= max(in_flight, at_once)
    if per_second:
        assert sum(each.per_second for each in limits[:at_once]) == pytest.approx(per_second)
    for shard in plan.shards:
        blocklist.look(plan, shard, ask, catalogue)
    assert len(ask.lookup.asked) <= max(allowed, 0)


def test_a_shard_that_runs_again_does_not_ask_for_a_daily_quota_twice():
    entry = dataclasses.replace(PSBL, quota_per_day=24 * 1000, default=Default.ON)
    plan = blocklist.discover({**SAID, "shard": 11}, world(frozenset()), Catalogue((entry, *CATALOGUE.entries[1:])))
    again = plan.shards[0].repeated()
    assert plan.shards[0].limits["psbl"].questions > 0
    assert again.limits["psbl"].questions == 0
    assert {**again.limits, "psbl": None} == {**plan.shards[0].limits, "psbl": None}


def test_a_quota_too_small_for_its_controls_is_told():
    entry = dataclasses.replace(PSBL, quota_per_day=24, default=Default.ON)
    report = blocklist.run(SAID, world(frozenset()), Catalogue((entry,)))
    (found,) = [one for one in report.findings if one.subject.id == "psbl"]
    assert (found.state, found.reason) == (State.BAD, "quota")
    assert "none of 20 subjects is looked up" in found.evidence[0].text


def test_neighbours_go_into_the_same_shard_whatever_order_they_were_found_in():
    ask = world(frozenset())
    ask.found_elastic_ips = tuple(reversed(ask.found_elastic_ips))
    plan = blocklist.discover({**SAID, "shard": 10}, ask, CATALOGUE)
    assert [each.subject.id for shard in plan.shards for each in shard.subjects] == [*IPS, *DOMAINS]
