"""`staygreen deployments`, against the emulator's table."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from staygreen.adapters.store.deployments import DeploymentTable
from staygreen.cli.main import app
from staygreen.core.deployments.deployment import Aspect, Deployment, Direction, FactChange, Outcome
from staygreen.core.deployments.past import read
from staygreen.core.naming import INCIDENTS, ResourceNames
from tests.adapters.store.test_incidents import create, dynamodb  # noqa: F401 - a fixture

NOW = datetime.now(UTC)
REMOVED = FactChange(
    kind="record",
    name="s1._domainkey.example.com",
    direction=Direction.REMOVED,
    aspect=Aspect.DKIM,
    rtype="TXT",
    before="v=DKIM1; p=M",
)


@pytest.fixture
def command(dynamodb, monkeypatch):  # noqa: F811
    name = create(dynamodb, ResourceNames(sender="tried", environment="staging").table(INCIDENTS))
    monkeypatch.setenv("AWS_ENDPOINT_URL", dynamodb.meta.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    def call(*arguments):
        return CliRunner().invoke(app, ["deployments", *arguments, "--sender", "tried", "--environment", "staging"])

    call.table = DeploymentTable(dynamodb, name)
    yield call
    dynamodb.delete_table(TableName=name)


def ended(days, **more):
    return Deployment(**{"stack": "mine", "at": NOW - timedelta(days=days), "outcome": Outcome.DONE, **more})


def test_without_a_recorder_nothing_is_known(command):
    result = command()
    assert result.exit_code == 3
    assert result.output == "No deployment was ever recorded: what was deployed is not known.\n"


def test_the_newest_comes_first_with_what_it_changed(command):
    command.table.begin(NOW - timedelta(days=90))
    command.table.record(ended(40))
    command.table.record(ended(3, commit="3f2a91c0d1e2", changes=(REMOVED,)))
    command.table.record(ended(2, unknown="no earlier template of the stack was kept"))
    command.table.record(ended(1, outcome=Outcome.ROLLED_BACK))
    result = command()
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [" ".join(line.split()[3:]) for line in lines if not line.startswith(" ")] == [
        "rolled back mine (commit unknown)",
        "done mine (commit unknown)",
        "done mine (commit 3f2a91c)",
    ]
    assert [line.strip() for line in lines if line.startswith(" ")] == [
        "no mail fact changed",
        "what it changed is not known: no earlier template of the stack was kept",
        "DKIM record of example.com (s1) removed: v=DKIM1; p=M",
    ]
    assert len(command("--since", "60d", "--json").output.splitlines()) == 4


def test_many_changes_are_cut_and_counted(command):
    command.table.begin(NOW - timedelta(days=90))
    command.table.record(ended(1, changes=(REMOVED,) * 20, changes_left_out=5))
    assert command().output.splitlines()[-1].strip() == "and 13 more changes; --json has 8"
    (row,) = (json.loads(line) for line in command("--json").output.splitlines())
    assert len(row["changes"]) == 20


def test_since_when_is_recorded_is_said_where_less_is_known_than_was_asked(command):
    command.table.begin(NOW - timedelta(days=1))
    first, second = command().output.splitlines()
    assert first.startswith("Deployments are recorded since")
    assert second == "Nothing was deployed in that time."


def test_incidents_are_written_for_a_review(command, tmp_path):
    command.table.begin(NOW - timedelta(days=1))
    file = tmp_path / "incidents.json"
    assert command("--for-review", str(file)).exit_code == 0
    assert read(file.read_text()) == ()
