"""Every call of the named histories, before and after its effect; pairs by seed; others between any two calls.

`make faults` plays them all; a usual run plays every so-many-th.
"""

from collections import Counter

import pytest

from tests.budget import is_thorough
from tests.faults.histories import HISTORIES, calls, pairs, played, reproduction, singles
from tests.faults.laws import broken

EVERY = 1 if is_thorough() else 41
PAIRS = 2000 if is_thorough() else 5


def violations(name, plans):
    told, faults = [], Counter()
    for planned, meanwhile in plans:
        world = played(name, planned, meanwhile)
        faults.update(f"{call} {fault.value}" for _, call, fault in world.schedule.happened)
        told += [f"{reproduction(name, planned, meanwhile)}\n    {line}" for line in broken(world)]
    print(f"{name}: {sum(faults.values())} faults at {len(faults)} kinds of boundary")
    return told


@pytest.mark.parametrize("name", HISTORIES)
def test_nothing_happens_without_faults(name):
    assert violations(name, [({}, None)]) == []


@pytest.mark.parametrize("name", HISTORIES)
def test_no_fault_at_any_call_breaks_a_law(name):
    assert violations(name, ((planned, None) for planned in list(singles(name))[::EVERY])) == []


@pytest.mark.parametrize("name", HISTORIES)
def test_no_pair_of_faults_breaks_a_law(name):
    assert violations(name, ((planned, None) for planned in pairs(name, seed=15, number=PAIRS))) == []


@pytest.mark.parametrize("name", HISTORIES)
def test_no_other_run_between_two_calls_breaks_a_law(name):
    assert violations(name, (({}, number) for number in range(0, len(calls(name)), EVERY))) == []
