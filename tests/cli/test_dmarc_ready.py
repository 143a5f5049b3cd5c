"""`staygreen dmarc ready` answers from files without AWS, and keeps the answer where a review finds it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.dmarc.readiness.kept import read

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
ESTATE = 'addresses = ["192.0.2.1"]\n\n[[domain]]\nname = "brand.example"\nselectors = ["s1"]\n'
REPORTERS = {"google.com": 20, "Outlook.com": 1, "Yahoo": 1}


def report(org: str, number: int, messages: int, p: str = "none", result: str = "pass") -> str:
    begin = int((BEGIN + timedelta(days=number)).timestamp())
    metadata = f"<org_name>{org}</org_name><report_id>{org}{number}</report_id>"
    period = f"<date_range><begin>{begin}</begin><end>{begin + 86399}</end></date_range>"
    row = f"<row><source_ip>192.0.2.1</source_ip><count>{messages}</count></row>"
    dkim = f"<dkim><domain>brand.example</domain><selector>s1</selector><result>{result}</result></dkim>"
    return (
        f"<feedback><report_metadata>{metadata}{period}</report_metadata>"
        f"<policy_published><domain>brand.example</domain><p>{p}</p></policy_published>"
        f"<record>{row}<identifiers><header_from>brand.example</header_from></identifiers>"
        f"<auth_results>{dkim}</auth_results></record></feedback>"
    )


@pytest.fixture
def files(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "mine.toml").write_text(ESTATE)
    for number in range(35):
        for org, messages in REPORTERS.items():
            (tmp_path / "reports" / f"{org}-{number}.xml").write_text(report(org, number, messages))
    return tmp_path


def ready(files, *options: str, domain: str = "brand.example"):
    given = ["--reports", str(files / "reports"), "--config", str(files / "mine.toml")]
    return CliRunner().invoke(app, ["dmarc", "ready", domain, *given, *options])


def test_it_is_ready_after_770_messages_of_770(files):
    result = ready(files, "--sent", "2000")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("From files: nothing proves their reporters.")
    assert "brand.example is ready for quarantine: 770 of 770 own messages pass." in result.output
    assert 'policy = "quarantine"' in result.output


def test_the_first_line_says_what_is_not_known(files):
    result = ready(files)
    assert result.exit_code == 1
    assert "Not known: how much was sent" in result.output.splitlines()[0] + result.output.splitlines()[1]
    assert "R3 lacks how much was sent." in result.output


def test_a_report_that_comes_twice_counts_once(files):
    (files / "reports" / "again.xml").write_text(report("google.com", 3, 20))
    assert "770 of 770" in ready(files, "--sent", "2000").output


def test_the_answer_is_kept_beside_the_configuration(files):
    assert ready(files, "--sent", "2000", "--write").exit_code == 0
    kept = read((files / "mine.brand.example.dmarc-ready.json").read_text())
    assert (kept.domain, kept.messages, kept.on.isoformat()) == ("brand.example", 770, "2026-04-05")


def test_programs_get_every_condition(files):
    document = json.loads(ready(files, "--json", "--sent", "2000").output)
    assert document["standing"] == "ready"
    assert [each["id"] for each in document["conditions"]] == [f"R{number}" for number in range(1, 11)]


def test_a_domain_without_reports_is_no_answer(files):
    assert ready(files, domain="other.example").exit_code == 3


def test_files_need_to_be_told_what_is_ours(files):
    result = CliRunner().invoke(app, ["dmarc", "ready", "brand.example", "--reports", str(files / "reports")])
    assert result.exit_code == 2
