"""Header sets as receivers write them, with the answers that a reader must give.

The sets are of our own making, each modelled on a kind that was seen in public: `kind` names where, and each expected
answer names what it rests on (header_sets/sources.toml). Addresses and names are those of documentation
(RFC 2606, 5737).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from staygreen.core.received import reading
from staygreen.core.received.filing import conclude

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


def answers(header_set):
    """What the reader says of a set, under the keys of the expected answers."""
    read = reading.read(header_set if isinstance(header_set, bytes) else header_set["headers"].encode())
    auth, filed, filing = read.authentication, read.filed, conclude(read)
    return {
        "receiver": read.receiver.value,
        "placement": filing.placement.value,
        "cause": filing.cause.id,
        "actor": filing.cause.actor.value,
        "ip": str(read.ip or ""),
        "spf": auth.spf,
        "dkim": auth.dkim,
        "dmarc": auth.dmarc,
        "dmarc_action": auth.dmarc_action,
        "compauth": f"{auth.compauth} {auth.reason}".strip(),
        "arc": auth.arc,
        "arc_instances": auth.arc_instances,
        "from_domain": auth.from_domain,
        "mail_from": auth.mail_from,
        "spf_alignment": auth.spf_alignment.value if auth.spf_alignment else "",
        "dkim_alignment": auth.dkim_alignment.value if auth.dkim_alignment else "",
        "scl": "" if filed.scl is None else filed.scl,
        "bcl": "" if filed.bcl is None else filed.bcl,
        "category": filed.category,
        "verdict_code": filed.verdict,
        "safety": filed.report.get("SFTY", ""),
        "ptr": read.ptr,
        "route": "ses" if read.is_by_ses else "",
        "one_click": read.one_click.state.value,
        "claims": sorted({field.name for field in read.claims}),
        "unknown": list(read.unknown),
    }


@pytest.mark.parametrize("header_set", NAMED)
def test_each_set_is_read_as_expected(header_set):
    found = answers(header_set)
    expected = {key: answer for key, (answer, _) in header_set["expect"].items()}
    assert {key: found[key] for key in expected} == expected
