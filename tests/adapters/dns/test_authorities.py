"""Which servers answer for a list: found once, at the closest zone, for as long as their records allow."""

from __future__ import annotations

import pytest

from staygreen.adapters.dns.authorities import Authorities
from staygreen.adapters.dns.server import Server
from staygreen.adapters.memory.world import MemoryLookup
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply


def told(ttl: int, *values: str):
    return lambda question: Reply(question=question, rcode=Rcode.NOERROR, values=values, ttl=ttl)


RECORDS = {
    "lists.example NS": told(300, "b.ns.example", "a.ns.example"),
    "a.ns.example A": told(120, "192.0.2.1", "192.0.2.2"),
    "b.ns.example A": told(600, "192.0.2.2"),
    "own.zen.lists.example NS": told(900, "b.ns.example"),
}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lookup():
    return MemoryLookup(replies=RECORDS)


@pytest.fixture
def authorities(lookup, clock):
    return Authorities(lookup, clock)


def test_the_servers_of_the_closest_zone_answer_each_once(authorities):
    assert authorities.of("zen.lists.example") == (Server("192.0.2.1"), Server("192.0.2.2"))
    assert authorities.of("own.zen.lists.example") == (Server("192.0.2.2"),)


def test_hosts_are_known_by_name_too(authorities):
    found = authorities.hosts("zen.lists.example")
    assert found == {"a.ns.example": ("192.0.2.1", "192.0.2.2"), "b.ns.example": ("192.0.2.2",)}


def test_they_are_kept_for_the_shortest_of_their_records_lives(authorities, lookup, clock):
    authorities.of("zen.lists.example")
    asked = len(lookup.asked)
    clock.now += 119
    authorities.of("zen.lists.example")
    assert (authorities.is_known("zen.lists.example"), len(lookup.asked)) == (True, asked)
    clock.now += 2
    assert not authorities.is_known("zen.lists.example")
    authorities.of("zen.lists.example")
    assert len(lookup.asked) == 2 * asked


def test_what_is_not_found_is_looked_for_again_after_a_minute(authorities, lookup, clock):
    assert authorities.of("gone.example.net") == ()
    asked = len(lookup.asked)
    clock.now += 59
    assert authorities.of("gone.example.net") == ()
    assert len(lookup.asked) == asked
    clock.now += 2
    authorities.of("gone.example.net")
    assert len(lookup.asked) > asked


def test_many_zones_are_found_in_two_rounds_and_no_top_level_domain_is_asked(authorities, lookup):
    authorities.find(["zen.lists.example", "own.zen.lists.example", "psbl.lists.example"])
    kinds = [question.rtype for question in lookup.asked]
    assert kinds == sorted(kinds, key=[RecordType.NS, RecordType.A].index)
    assert len(lookup.asked) == len({(question.name, question.rtype) for question in lookup.asked})
    assert Question("example", RecordType.NS) not in lookup.asked
