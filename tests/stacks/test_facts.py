"""What the examples deploy is written down in facts, and nothing that acts is missing there."""

from __future__ import annotations

import copy
import os
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.assemblies import EXAMPLES
from tests.stacks.faults import FAULTS
from tests.stacks.leaves import at, other, pattern, places, put
from tests.stacks.reviewed import Changed, files

DIRECTORY = Path(__file__).parent / "facts"
MOST_LINES, MOST_LINES_OF_A_STACK = 4_000, 270
"""What people can be asked to read."""
SEED = 14

NOT_SHOWN = {
    r"Description: |Outputs: Description|\S+: Properties\.(Alarm)?Description": "a text for people: nothing acts on it",
    r"(Parameters|Rules): (Check)?BootstrapVersion\..*": "the CDK's own, the same in every template",
}
"""Scalars that facts do not show, and why."""


@pytest.fixture(scope="module")
def changed(example) -> Callable[[str], Changed]:
    return cache(lambda name: Changed(name, example))


@pytest.mark.parametrize("name", EXAMPLES)
def test_facts_are_as_reviewed_run_make_facts_when_a_change_is_meant(example, name):
    made = files(name, example)
    directory = DIRECTORY / name
    if os.environ.get("UPDATE_FACTS"):
        directory.mkdir(parents=True, exist_ok=True)
        for old in directory.iterdir():
            old.unlink()
        for file, text in made.items():
            (directory / file).write_text(text)
    kept = {path.name: path.read_text() for path in directory.iterdir()}
    assert sorted(made) == sorted(kept)
    for file, text in made.items():
        assert text == kept[file], f"{name}/{file} differs"


def test_facts_are_of_the_examples_and_few_enough_to_be_read():
    lines = {path: path.read_text().count("\n") for path in DIRECTORY.glob("*/*")}
    assert {path.name for path in DIRECTORY.iterdir()} == set(EXAMPLES)
    assert sum(lines.values()) <= MOST_LINES
    assert [path for path, count in lines.items() if path.suffix == ".txt" and count > MOST_LINES_OF_A_STACK] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}: {fault.name}")
def test_a_fault_is_shown_in_every_example_that_can_have_it(changed, fault):
    shown = {}
    for name in EXAMPLES:
        bodies = changed(name).bodies
        for part, logical_id in dict(fault.places(bodies)).items():
            broken = copy.deepcopy(bodies[part])
            fault.change(broken["Resources"][logical_id])
            shown[name, part, logical_id] = changed(name).shows(part, broken)
    assert shown
    assert [place for place, is_shown in shown.items() if not is_shown] == []


def test_a_change_of_any_scalar_is_shown_but_of_those_on_which_nothing_acts(changed):
    """One scalar of each kind, anywhere in the examples, is changed by a character, by one or to the opposite."""
    chance = random.Random(SEED)  # noqa: S311
    kinds = {}
    for name in EXAMPLES:
        for part, body in changed(name).bodies.items():
            for place in places(body):
                kinds.setdefault(pattern(body, place), []).append((name, part, place))
    unseen = set()
    for kind, found in kinds.items():
        name, part, place = chance.choice(found)
        body = changed(name).bodies[part]
        if not changed(name).shows(part, put(body, place, other(at(body, place), chance))):
            unseen.add(kind)
    assert {kind for kind in unseen if not any(re.fullmatch(known, kind) for known in NOT_SHOWN)} == set()
    assert [known for known in NOT_SHOWN if not any(re.fullmatch(known, kind) for kind in unseen)] == []
