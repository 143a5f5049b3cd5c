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
from staygreen.core.received.filing import Placement, conclude

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


def test_servers_of_microsoft_that_write_another_domain_are_its_own():
    text = (
        "Received: from AM0PR01MB1.eurprd01.prod.exchangelabs.com (2603:10a6:208::1) by\n"
        " AM0PR01MB2.eurprd01.prod.exchangelabs.com with HTTPS; Mon, 30 Nov 2026 09:00:02 +0000\n"
        "Authentication-Results: spf=pass (sender IP is 203.0.113.9) smtp.mailfrom=a.example;compauth=pass reason=100\n"
        "Received: from mail.example.com (203.0.113.9) by AM0EUR01FT1.mail.protection.outlook.com (10.1.1.1) with\n"
        " Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.20; Mon, 30 Nov 2026 09:00:00 +0000\n"
        "From: a@example.com\n\n"
    )
    found = reading.read(text.encode())
    assert found.receiver.is_microsoft
    assert str(found.ip) == "203.0.113.9"
    assert found.authentication.compauth == "pass"


@pytest.mark.parametrize("level", ["99", "-2", "٣", "1.5"])
def test_a_level_that_does_not_exist_decides_nothing_and_is_named_as_unknown(level):
    text = (
        "Received: from mail.example.com (203.0.113.9) by AM0EUR01FT1.mail.protection.outlook.com (10.1.1.1) with\n"
        " Microsoft SMTP Server id 15.20; Mon, 30 Nov 2026 09:00:00 +0000\nFrom: a@example.com\n"
        f"X-MS-Exchange-Organization-SCL: {level}\nX-Microsoft-Antispam: BCL:{level};\n\n"
    )
    found = reading.read(text.encode())
    assert conclude(found).placement is Placement.UNKNOWN
    assert {f"SCL:{level}", f"BCL:{level}"} <= set(found.unknown)
