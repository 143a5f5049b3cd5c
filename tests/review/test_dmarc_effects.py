"""A review says from a kept answer what a changed DMARC policy would have done to mail; it needs no AWS."""

from __future__ import annotations

import json
from datetime import date

from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.dmarc.readiness.answer import Standing
from staygreen.core.dmarc.readiness.kept import FailingMail, KeptAnswer, written
from staygreen.core.records.dmarc import Policy

ANSWER = KeptAnswer(
    domain="example.com",
    on=date(2026, 11, 15),
    standing=Standing.NOT_YET,
    present=Policy.QUARANTINE,
    window_days=35,
    reported_days=34,
    messages=40_000,
    failing=FailingMail(own=26, forwarded=1_104, others=500),
)


def template(policy: str) -> str:
    record = f'"v=DMARC1; p={policy}"'
    properties = {"HostedZoneId": "Z1", "Name": "_dmarc.example.com.", "Type": "TXT", "ResourceRecords": [record]}
    return json.dumps({"Resources": {"Dmarc": {"Type": "AWS::Route53::RecordSet", "Properties": properties}}})


def reviewed(tmp_path, today: str, kept: str = written(ANSWER), head: str = "reject"):
    (tmp_path / "base.json").write_text(template("quarantine"))
    (tmp_path / "head.json").write_text(template(head))
    (tmp_path / "mine.example.com.dmarc-ready.json").write_text(kept)
    sides = [f"--base={tmp_path / 'base.json'}", f"--head={tmp_path / 'head.json'}", f"--dmarc-ready={tmp_path}"]
    return CliRunner().invoke(app, ["review", *sides, "--today", today, "--fail-on", "never", "--format", "text"])


def test_a_stricter_policy_says_what_it_would_have_lost(tmp_path):
    told = " ".join(reviewed(tmp_path, "2026-11-20").output.split())
    assert "Reject would have lost 1,130 messages of 40,000 as example.com: 26 of your own and 1,104 by mailing" in told


def test_an_answer_older_than_two_weeks_says_so_and_calculates_nothing(tmp_path):
    told = " ".join(reviewed(tmp_path, "2026-11-30").output.split())
    assert "older than 14 days" in told
    assert "1,130" not in told


def test_a_policy_that_stays_says_nothing(tmp_path):
    assert "1,130" not in reviewed(tmp_path, "2026-11-20", head="quarantine").output


def test_an_answer_that_cannot_be_read_ends_the_review(tmp_path):
    assert reviewed(tmp_path, "2026-11-20", kept="no json").exit_code == 3
