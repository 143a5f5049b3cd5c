"""The laws can be broken: what breaks each is seen."""

from datetime import timedelta

import pytest

from tests.faults import laws, repairs
from tests.faults.aws import INCIDENT, PERSON, READ, RULES, SWITCH, WRITE, Entry

IP = "198.51.100.1"
LATE = repairs.NOW + timedelta(days=30)
MODE = repairs.NAMES.remediation_parameter("quarantine_ip")


def log(*entries):
    return [Entry(kind, repairs.NOW, *more) for kind, *more in entries]


LOOKED = ((SWITCH, "", None, False), (RULES, MODE, None, "auto"), (INCIDENT, "", None, True))
MOVED = (WRITE, IP, "warm", "quarantine")


def told(entries):
    world = repairs.played("quarantine", {})
    world.aws.log = entries
    return laws.broken_repairs(world)


def test_a_repair_that_looked_at_everything_breaks_no_law():
    assert told(log(*LOOKED, MOVED)) == []


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (log(MOVED), "switch"),
        (log((SWITCH, "", None, True), *LOOKED[1:], MOVED), "switch is pressed"),
        (log(*LOOKED, MOVED, MOVED), "2 times"),
        (log(LOOKED[0], (RULES, MODE, None, "suggest"), LOOKED[2], MOVED), "mode"),
        (log(*LOOKED[:2], (INCIDENT, "", None, False), MOVED), "over"),
        ([Entry(SWITCH, LATE, "", None, False), *log(*LOOKED[1:], MOVED)], "no plan is good"),
        (log((PERSON, IP, "warm", "other"), (READ, IP), *LOOKED, (WRITE, IP, "other", "quarantine")), "a person set"),
    ],
    ids=["not looked", "switch", "twice", "mode", "over", "too old", "a person's"],
)
def test_what_breaks_a_law_is_told(entries, words):
    assert any(words in line for line in told(entries)), told(entries)


@pytest.mark.parametrize(("name", "number"), [("quarantine", 33), ("records", 33)])
def test_a_plan_that_grew_too_old_while_it_was_looked_at_is_not_applied(name, number):
    world = repairs.played(name, {}, f"outage:{number}")
    assert laws.broken_repairs(world) == []


def test_what_a_person_and_a_repair_set_in_one_moment_is_taken_for_the_repairs():
    assert laws.broken_repairs(repairs.played("pause", {}, "person:39")) == []


def test_unknown_is_never_clean_and_every_input_has_an_answer():
    assert list(laws.broken_readings(15, 40, ("dns", "mail"))) == []
