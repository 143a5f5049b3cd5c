"""A message that a person passed on is evidence, and never proof alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.received import filed_message
from staygreen.core.received.filing import conclude
from staygreen.core.received.reading import read
from staygreen.core.verdict import received, storage
from staygreen.core.verdict.evidence import Held
from staygreen.core.verdict.verdict import Exhibit, Realm, Standing, Witness, judge
from tests.unit.received.test_header_sets import NAMED, SETS

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
DOMAIN = Subject(SubjectKind.DOMAIN, "example.com")
BAD_NEWS = (Standing.BLOCKED, Standing.THROTTLED, Standing.AT_RISK)


def exhibit(header_set, at=NOW):
    found = read(header_set["headers"].encode())
    (made,) = received.exhibits([filed_message.of(found, conclude(found), at)])
    return made


def other(standing, *, state=State.BAD, witness=Witness.REPLY):
    return Exhibit(
        witness=witness, realm=Realm.CONSUMER, state=state, standing=standing, cause="x", text="x", observed_at=NOW
    )


@pytest.mark.parametrize("header_set", NAMED)
def test_alone_it_is_neither_bad_news_nor_good(header_set):
    made = exhibit(header_set)
    for group in ([made], [made, made, made]):
        assert judge(DOMAIN, group, made.observed_at).standing is Standing.UNKNOWN


@pytest.mark.parametrize("header_set", NAMED)
def test_it_never_changes_bad_news_of_others(header_set):
    for standing in BAD_NEWS:
        judged = judge(DOMAIN, [exhibit(header_set), other(standing)], NOW)
        assert judged.standing is standing


def test_a_junked_message_takes_the_edge_off_good_news_and_names_its_next_step():
    junked = exhibit(next(each for each in SETS if "all authentication passed" in each["name"]))
    judged = judge(DOMAIN, [junked, other(Standing.AT_RISK, state=State.OK, witness=Witness.SNDS)], NOW)
    assert judged.standing is Standing.UNKNOWN
    assert "staygreen diagnose" in judged.next_step


def test_after_a_week_it_is_stale():
    junked = exhibit(next(each for each in SETS if "all authentication passed" in each["name"]))
    assert not junked.is_stale(junked.observed_at + timedelta(days=7))
    assert junked.is_stale(junked.observed_at + timedelta(days=8))


def test_it_can_be_stored_like_all_evidence():
    held = (Held(incident="x", exhibit=exhibit(SETS[0])),)
    assert storage.read(storage.write(held))[0].exhibit.witness is Witness.RECEIVED
