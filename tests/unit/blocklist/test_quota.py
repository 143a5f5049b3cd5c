"""Lists that allow too few questions a day: everyone has a turn, and the quota holds."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.adapters.memory.world import MemoryAsk, MemoryLookup
from staygreen.core.blocklist import catalogue, quota
from staygreen.core.blocklist.catalogue import Catalogue, Default, Target
from staygreen.core.blocklist.subjects import Subjects
from staygreen.core.checks import blocklist
from staygreen.core.dns.message import Rcode, Reply
from staygreen.core.finding import State, Subject, SubjectKind
from tests.budget import examples

PSBL = catalogue.load().by_id["psbl"]
IPS = tuple(f"192.0.2.{last}" for last in range(100))


def limited(per_day: int):
    return dataclasses.replace(PSBL, quota_per_day=per_day, default=Default.ON)


@examples(25)
@given(st.integers(24, 5000), st.integers(1, 200), st.sampled_from([24, 48, 96]))
def test_everyone_has_a_turn_and_no_run_asks_more_than_its_share(per_day, count, runs_per_day):
    entry = limited(per_day)
    subjects = Subjects(f"198.18.0.{last}" for last in range(count))
    first = quota.parts([entry], subjects, runs_per_day=runs_per_day, turn=0).get(entry.id)
    if first is None:
        return
    share = per_day // runs_per_day
    assert len(first.subjects) < share or not len(first.subjects)
    seen: set[str] = set()
    for turn in range(first.runs):
        seen |= set(quota.parts([entry], subjects, runs_per_day=runs_per_day, turn=turn)[entry.id].subjects)
    assert seen == set(subjects) or first.runs == 0


def test_a_quota_that_is_enough_changes_nothing():
    assert quota.parts([limited(100_000)], Subjects(IPS), runs_per_day=24, turn=0) == {}


def checked(at: datetime):
    lookup = MemoryLookup(
        replies={"2.0.0.127.psbl.surriel.com": lambda q: Reply(question=q, rcode=Rcode.NOERROR, values=("127.0.0.2",))}
    )
    found = tuple(Subject(SubjectKind.IP, ip) for ip in IPS)
    ask = MemoryAsk(at=at, lookup=lookup, found_elastic_ips=found)
    return blocklist.run({"runs_per_day": 24}, ask, Catalogue((limited(24 * 30),))), lookup


def test_a_run_asks_a_part_says_so_and_the_next_run_asks_the_next_part():
    at = datetime(2026, 11, 24, 7, tzinfo=UTC)
    report, lookup = checked(at)
    assert len(lookup.asked) <= 30
    (told,) = [one for one in report.findings if one.subject.id == "psbl"]
    assert (told.state, told.reason) == (State.BAD, "quota")
    assert "of 100 subjects" in told.evidence[0].text
    judged = {one.subject.id for one in report.findings if one.cause == "psbl"}
    later, _ = checked(at + timedelta(hours=1))
    assert judged.isdisjoint(one.subject.id for one in later.findings if one.cause == "psbl")


@pytest.mark.parametrize("target", Target)
def test_subjects_are_kept_once_in_their_order(target):
    names = {
        Target.IPV4: ["192.0.2.9", "192.0.2.1", "192.0.2.9"],
        Target.IPV6: ["2001:db8::2", "2001:db8::1", "2001:db8::2"],
        Target.DOMAIN: ["b.example", "a.example", "b.example"],
    }[target]
    subjects = Subjects(names)
    assert (list(subjects.of(target)), len(subjects)) == (names[:2], 2)


def test_neighbours_are_context_of_a_listing_and_never_one_themselves():
    def listed(question):
        return Reply(question=question, rcode=Rcode.NOERROR, values=("127.0.0.2",))

    replies = {f"{last}.2.0.192.psbl.surriel.com": listed for last in (3, 5, 10)}
    lookup = MemoryLookup(replies={"2.0.0.127.psbl.surriel.com": listed, **replies})
    eip = Subject(SubjectKind.IP, "192.0.2.10", "mail.example.com")
    ask = MemoryAsk(lookup=lookup, found_elastic_ips=(eip,))
    report = blocklist.run({"neighbourhood": 24}, ask, Catalogue((PSBL,)))
    (bad,) = [one for one in report.findings if one.state is State.BAD]
    assert bad.subject == eip
    assert [each.text for each in bad.evidence][1:] == [
        "2 of your 255 neighbours in 192.0.2.0/24 are on Passive Spam Block List"
    ]
    assert {one.subject.id for one in report.findings if one.cause == "psbl"} == {"192.0.2.10"}
