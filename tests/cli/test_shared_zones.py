"""Zones with known findings beside the checkout: `check auth` over real DNS names each, and no other of their kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from staygreen.cli.main import app
from tests.cli.loopback_dns import WORLD, serving

PLACES = [folder / "shared" / "cases" for folder in Path(__file__).parents[2].parents]
CASES = next((place for place in PLACES if (place / "cases.jsonl").is_file()), None)


def cases():
    lines = (CASES / "cases.jsonl").read_text(encoding="utf-8").splitlines() if CASES else []
    rows = [json.loads(line) for line in lines if line.strip()]
    return [pytest.param(row, id=row["id"]) for row in rows if row["file"].endswith(".zone")]


def zone(text):
    found = {}
    for line in text.splitlines():
        name, rtype, value = line.split(maxsplit=2)
        found.setdefault((name.rstrip(".").lower(), rtype), []).append(value)
    return found


def holds(expected, findings):
    if expected.startswith("!"):
        return all(expected[1:] not in row["text"] for row in findings)
    causes = {row["cause"] for row in findings if row["state"] == "BAD"}
    return bool(causes & set(expected.split("|")))


@pytest.mark.skipif(CASES is None, reason="no shared/cases/cases.jsonl in a folder above the checkout")
@pytest.mark.parametrize("case", cases() or [None])
@pytest.mark.parametrize("world", [WORLD, {}], ids=["whole", "zone alone"])
def test_a_zone_has_the_findings_that_it_should(case, world, monkeypatch):
    monkeypatch.delenv("STAYGREEN_RESOLVER", raising=False)
    selectors = [word for name in case["selectors"] for word in ("--selector", name)]
    with serving({**world, **zone((CASES / case["file"]).read_text(encoding="utf-8"))}) as server:
        done = CliRunner().invoke(app, ["check", "auth", case["domain"], *selectors, "--resolver", server, "--json"])
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert findings, done.stderr
    for kind, expected in case["expect"].items():
        about = [row for row in findings if row["cause"].startswith(kind) or kind in row["text"].lower()]
        assert all(holds(each, about) for each in expected), (case["why"], findings)
