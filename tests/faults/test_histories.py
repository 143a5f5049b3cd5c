"""Every call of the named workloads, before and after its effect; pairs by seed; others between any two calls.

`make faults` plays them all; a usual run plays every so-many-th.
"""

import pytest

from tests.budget import is_thorough
from tests.faults.played import WORKLOADS, Tally

PLAYS = 100_000 if is_thorough() else 6
"""Of each workload, kind of fault and test."""
PAIRS = 200 if is_thorough() else 3
NAMES = [each.name for each in WORKLOADS]


def spread(plays):
    """Some of them, from the first to the last."""
    return plays[:: max(1, len(plays) // PLAYS)]


def violations(name, plays):
    tally = Tally()
    workload = next(each for each in WORKLOADS if each.name == name)
    tally.add(workload, plays(workload))
    print(tally.line(name, len(workload.calls())))
    return tally.violations


@pytest.mark.parametrize("name", NAMES)
def test_nothing_happens_without_faults(name):
    assert violations(name, lambda _: [({}, None)]) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_fault_at_any_call_breaks_a_law(name):
    assert violations(name, lambda of: ((planned, None) for planned in spread([*of.singles()]))) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_pair_and_no_storm_of_faults_breaks_a_law(name):
    assert violations(name, lambda of: ((planned, None) for planned in of.some(15, PAIRS, 2))) == []
    assert violations(name, lambda of: ((planned, None) for planned in of.some(15, PAIRS, 20))) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_others_do_between_two_calls_breaks_a_law(name):
    def between(of):
        acts = [act for number in range(len(of.calls())) for act in of.between(number)]
        return (({}, act) for act in spread(acts))

    assert violations(name, between) == []
