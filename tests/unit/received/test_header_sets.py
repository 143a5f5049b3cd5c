"""Header sets as receivers write them, with the answers that a reader must give.

The sets are of our own making, each modelled on a kind that was seen in public: `kind` names where, and each expected
answer names what it rests on (header_sets/sources.toml). Addresses and names are those of documentation (RFC 2606, 5737).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "header_sets"
SOURCES = tomllib.loads((FOLDER / "sources.toml").read_text())
SETS = [
    each
    for file in sorted(FOLDER.glob("*.toml"))
    if file.name != "sources.toml"
    for each in tomllib.loads(file.read_text())["set"]
]
NAMED = [pytest.param(each, id=each["name"]) for each in SETS]


def test_there_are_sets_enough_and_each_has_a_name_of_its_own():
    assert len(SETS) >= 40
    assert len({each["name"] for each in SETS}) == len(SETS)


@pytest.mark.parametrize("header_set", NAMED)
def test_every_kind_and_every_expected_answer_names_a_source(header_set):
    assert header_set["kind"] in SOURCES
    assert header_set["expect"]
    for answer, source in header_set["expect"].values():
        assert source in SOURCES, (answer, source)


@pytest.mark.parametrize("header_set", NAMED)
def test_no_set_names_an_address_of_anybody(header_set):
    ours = (
        "10.",
        "127.",
        "192.0.2.",
        "198.51.100.",
        "203.0.113.",
        "15.",
        "17.57.0.1",
        "255.255.255.255",
        "2026.",
        "7.5.",
    )
    numbers = re.findall(r"\b\d{1,4}(?:\.\d{1,5}){3}\b", re.sub(r"id \S+", "", header_set["headers"]))
    assert [each for each in numbers if not each.startswith(ours)] == []
    people = re.findall(r"[\w.+=-]+@([\w.-]+\.[a-z]+)", header_set["headers"])
    services = ("amazonses.com", "prod.outlook.com")
    assert [each for each in people if not each.endswith((".example", *services)) and "example" not in each] == []
