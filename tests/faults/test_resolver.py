"""A fault at any call of a socket neither costs more than it must, nor makes a name clean that nobody called clean.

`make faults` plays every single fault and many more storms.
"""

import pytest

from tests.budget import is_thorough
from tests.faults import resolver

STORMS = 400 if is_thorough() else 6
SINGLES = list(resolver.singles())[:: 1 if is_thorough() else 29]


@pytest.fixture(scope="module")
def server():
    with resolver.served() as server:
        yield server


def test_one_fault_alone_costs_no_answer(server):
    plays = [resolver.play_single(server, fault, number) for fault, number in SINGLES]
    assert [line for _, broken in plays for line in broken] == []
    assert {fault for played, _ in plays for _, _, fault in played.happened} == {fault for fault, _ in SINGLES}


def test_unknown_is_neither_clean_nor_listed_in_a_storm_of_faults(server):
    plays = [resolver.play_storm(server, seed) for seed in range(STORMS)]
    assert [line for played in plays for line in resolver.broken(played)] == []
    assert all(played.happened for played in plays)


def test_the_laws_see_an_answer_that_nobody_gave(server, monkeypatch):
    monkeypatch.setitem(resolver.ANSWERED, "listed", resolver.ANSWERED["nothing"])
    played = resolver.play(server, lambda _call, _number: None, resolver.questions(), resolver.timedelta(seconds=3))
    assert any("listed-0.list.test is NOERROR" in line for line in resolver.broken(played))
