from __future__ import annotations

import copy
import json
import os
import re
from pathlib import Path

import pytest

from tests.assemblies import EXAMPLES
from tests.stacks.faults import FAULTS

SNAPSHOTS = Path(__file__).parent / "snapshots"


def masked(template: dict[str, object]) -> str:
    text = json.dumps(template, indent=1, sort_keys=True)
    return re.sub(r"\b[0-9a-f]{64}\b", "<asset>", text) + "\n"


@pytest.mark.parametrize("name", EXAMPLES)
def test_templates_are_as_reviewed_run_make_snapshots_when_a_change_is_meant(example, name):
    made = {f"{part}.json": masked(template) for part, template in example(name).templates.items()}
    directory = SNAPSHOTS / name
    if os.environ.get("UPDATE_SNAPSHOTS"):
        directory.mkdir(parents=True, exist_ok=True)
        for old in directory.glob("*.json"):
            old.unlink()
        for file, text in made.items():
            (directory / file).write_text(text)
    kept = {path.name: path.read_text() for path in directory.glob("*.json")}
    assert sorted(made) == sorted(kept)
    for file, text in made.items():
        assert text == kept[file], f"{name}/{file} differs"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}: {fault.name}")
def test_a_fault_is_seen_in_every_example_that_can_have_it(example, fault):
    seen = []
    for name in EXAMPLES:
        templates = example(name).templates
        for part, logical_id in fault.places(templates):
            broken = copy.deepcopy(templates[part])
            fault.change(broken["Resources"][logical_id])
            seen.append(masked(broken) != masked(templates[part]))
    assert seen
    assert all(seen)
