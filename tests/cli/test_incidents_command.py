"""The commands about incidents, against the emulator."""

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from staygreen.adapters.store.incidents import IncidentTable
from staygreen.cli import incidents
from staygreen.cli.main import app
from staygreen.core.finding import Severity, State
from staygreen.core.incidents.incident import Status
from staygreen.core.incidents.run import Run, settle
from staygreen.core.naming import INCIDENTS, ResourceNames
from tests.adapters.store.test_incidents import create, dynamodb, render  # noqa: F401 - a fixture
from tests.unit.incidents.examples import HOUR, RULE, START, listing, report, silence


@pytest.fixture
def command(dynamodb, monkeypatch):  # noqa: F811
    name = create(dynamodb, ResourceNames(sender="tried", environment="staging").table(INCIDENTS))
    monkeypatch.setenv("AWS_ENDPOINT_URL", dynamodb.meta.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    table = IncidentTable(dynamodb, name)

    def play(*findings):
        known, last = table.load("blocklist")
        n = 0 if last is None else int(last.run_id) + 1
        run = Run(check="blocklist", id=str(n), at=START + n * HOUR, rule=RULE, last=last)
        table.apply(settle(report(*findings), known, run), run, render)

    def call(*arguments):
        return CliRunner().invoke(app, ["incidents", *arguments, "--sender", "tried", "--environment", "staging"])

    call.play = play
    yield call
    dynamodb.delete_table(TableName=name)


def rows(result):
    return [json.loads(line) for line in result.output.splitlines()]


def test_nothing_open_is_exit_status_0(command):
    assert command("list").exit_code == 0


def test_open_incidents_are_bad_news_the_worst_first(command):
    command.play(listing(), listing(address="192.0.2.11", severity=Severity.CRITICAL))
    result = command("list", "--json")
    assert result.exit_code == 1
    assert [row["subject"] for row in rows(result)] == ["ip:192.0.2.11", "ip:192.0.2.10"]


def test_a_person_gets_a_table_the_mail_and_the_history(command):
    command.play(listing())
    (row,) = rows(command("list", "--json"))
    head, line, to_do = command("list").stdout.splitlines()
    assert head.split("  ")[0] == "what is wrong"
    assert line.startswith("192.0.2.10 is listed on PSBL (mail.example.com)  warning   open")
    assert line.split()[-1] == row["id"]
    assert "incidents show" in to_do
    shown = command("show", row["id"])
    assert (shown.exit_code, row["next_step"] in shown.stdout) == (1, True)
    (past,) = command("history", row["id"]).stdout.splitlines()
    assert "opened" in past


def test_lost_coverage_alone_is_exit_status_3(command):
    for n in range(4):
        command.play(silence(State.OK if n == 0 else State.BAD, at=START + n * HOUR))
    assert command("list").exit_code == 3


def test_what_a_person_says_is_kept_and_shown_in_the_history(command):
    command.play(listing())
    (row,) = rows(command("list", "--json"))
    begin = row["id"][:6]
    assert command("ack", begin, "--by", "ada").exit_code == 0
    assert command("note", begin, "asked the provider", "--by", "ada").exit_code == 0
    assert command("mute", begin, "--reason", "known", "--for", "3d", "--by", "bob").exit_code == 0
    (row,) = rows(command("show", begin, "--json"))
    assert row["acknowledged_by"] == "ada"
    assert row["notes"][0]["text"] == "asked the provider"
    assert row["mute_reason"] == "known"
    assert row["status"] == Status.OPEN.value
    assert [r["kind"] for r in rows(command("history", begin, "--json"))] == [
        "opened",
        "acknowledged",
        "noted",
        "muted",
    ]


def test_an_unknown_id_is_wrong_usage(command):
    assert command("show", "ffff").exit_code == 2


@pytest.mark.parametrize("text", ["", "3", "0d", "3 days", "-1h"])
def test_a_length_of_time_must_have_its_unit(command, text):
    assert command("mute", "ffff", "--reason", "x", "--for", text).exit_code == 2


def test_lengths_of_time_are_read():
    assert incidents.parse_duration("90m") == timedelta(minutes=90)
    assert incidents.parse_duration("3d") == timedelta(days=3)
