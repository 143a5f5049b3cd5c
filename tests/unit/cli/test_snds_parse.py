"""`staygreen snds parse`: lines for people or for programs, faults on standard error, a status."""

import json

import pytest
from typer.testing import CliRunner

from staygreen.cli.main import app

GREEN = "192.0.2.10,9/11/2026 8:00 AM,9/12/2026 8:00 AM,422,409,422,GREEN,< 0.1%,,,,,@example.com,"


@pytest.fixture
def parse(tmp_path):
    def run(body, *options):
        file = tmp_path / "export.csv"
        file.write_bytes(body if isinstance(body, bytes) else body.encode())
        return CliRunner().invoke(app, ["snds", "parse", str(file), *options])

    return run


def test_a_data_row_becomes_one_object_with_exactly_the_promised_keys(parse):
    result = parse(GREEN + "\r\n", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "ip": "192.0.2.10",
        "activity_start": "2026-09-11T08:00:00+00:00",
        "activity_end": "2026-09-12T08:00:00+00:00",
        "rcpt_commands": 422,
        "data_commands": 409,
        "recipients": 422,
        "filter_result": "GREEN",
        "complaint_rate": {"op": "<", "value": 0.001},
        "trap_hits": None,
        "helo": "",
        "mail_from": "@example.com",
        "comments": "",
        "raw": GREEN,
    }


def test_without_being_asked_for_json_it_prints_a_line_for_a_person_for_each_row(parse):
    day, state = parse(GREEN).stdout, parse("192.0.2.0,192.0.2.9,Yes,Blocked due to user complaints").stdout
    assert day == (
        "192.0.2.10       2026-09-11 08:00 to 2026-09-12 08:00 UTC  GREEN   "
        "422 recipients, complaints < 0.1%, trap hits not counted\n"
    )
    assert state == "192.0.2.0        to 192.0.2.9        blocked  Blocked due to user complaints\n"


def test_a_status_row_becomes_one_object_with_exactly_the_promised_keys(parse):
    result = parse("192.0.2.0,192.0.2.9,No,Junked due to user complaints or other evidence of spamming", "--json")
    assert json.loads(result.stdout) == {
        "first_ip": "192.0.2.0",
        "last_ip": "192.0.2.9",
        "blocked": False,
        "junked": True,
        "details": "Junked due to user complaints or other evidence of spamming",
    }


def test_bad_rows_go_to_standard_error_with_their_line_and_the_rest_is_printed(parse):
    result = parse(f"{GREEN}\n{GREEN},\n{GREEN}\n")
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == "line 2: 15 columns instead of 14\n"


def test_a_login_page_is_unreadable_and_prints_no_rows(parse):
    result = parse("<!DOCTYPE html><title>Sign in</title>")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "HTML" in result.stderr


def test_an_empty_export_is_no_fault(parse):
    result = parse("")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("arguments", [["/no/such/file"], ["-", "--zone", "Mars/Olympus"], []])
def test_wrong_usage_is_status_2(arguments):
    assert CliRunner().invoke(app, ["snds", "parse", *arguments]).exit_code == 2
