"""Commands about a deployed sender are told which: by its file, or by name and environment."""

from typing import Annotated

import boto3
import pytest
import typer
from typer.testing import CliRunner

from staygreen.cli.deployment import with_deployment, with_deployment_if_any
from staygreen.core.naming import ResourceNames

CONFIG = """
[sender]
name = "acme"
environment = "staging"
account = "111122223333"
region = "eu-central-1"

[[notifications.subscriptions]]
protocol = "email"
endpoint = "postmaster@example.com"
"""
app = typer.Typer()


@app.command()
@with_deployment
def always(names: ResourceNames, word: Annotated[str, typer.Argument(metavar="WORD")] = "none") -> None:
    """Needs one."""
    typer.echo(f"{names.prefix} {word}")


@app.command()
@with_deployment_if_any
def perhaps(names: ResourceNames | None) -> None:
    """Takes one."""
    typer.echo(names.prefix if names else "nobody's")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "acme.toml"
    path.write_text(CONFIG)
    return str(path)


def run(*arguments, **variables):
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "300", **variables})
    return done.exit_code, done.output


def test_the_file_says_sender_environment_and_region(file):
    assert run("always", "--config", file, "it") == (0, "staygreen-acme-staging it\n")
    assert boto3.client("sts").meta.region_name == "eu-central-1"


def test_so_does_a_variable_of_the_shell_that_names_the_file(file):
    assert run("always", STAYGREEN_CONFIG=file) == (0, "staygreen-acme-staging none\n")


def test_an_option_beats_the_variable(file, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(CONFIG.replace("acme", "bravo"))
    assert run("always", "--config", str(other), STAYGREEN_CONFIG=file) == (0, "staygreen-bravo-staging none\n")
    named = ("always", "--sender", "bravo", "-e", "production")
    assert run(*named, STAYGREEN_CONFIG=file) == (0, "staygreen-bravo-production none\n")
    assert run(*named, STAYGREEN_CONFIG="no-such-file.toml") == (0, "staygreen-bravo-production none\n")
    status, output = run("always", "-e", "production", STAYGREEN_CONFIG=file)
    assert status == 2
    assert "--sender: is missing beside --environment production" in output


def test_so_do_sender_and_environment():
    assert run("always", "--sender", "acme", "-e", "production") == (0, "staygreen-acme-production none\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--sender", "acme"], "--environment: is missing beside --sender acme"),
        (["-e", "production"], "--sender: is missing beside --environment production"),
        (["--sender", "acme", "-e", "prod"], '"prod" is not an environment: production, staging, development'),
        (
            [],
            "which deployed sender? Give its file (--config FILE, or the variable STAYGREEN_CONFIG), or --sender NAME",
        ),
    ],
)
def test_what_is_missing_is_named(given, said):
    status, output = run("always", *given)
    assert status == 2
    assert said in output


@pytest.mark.parametrize("more", [["--sender", "acme"], ["-e", "staging"]])
def test_two_ways_at_once_are_refused(file, more):
    status, output = run("always", "--config", file, *more)
    assert status == 2
    assert "says which sender already: leave it out" in output


def test_a_file_that_cannot_be_used_says_why(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text(CONFIG.replace("acme", "acme-production"))
    status, output = run("always", "--config", str(broken))
    assert status == 2
    assert 'sender.name: "acme-production" has the word "production" in it' in output


def test_a_command_that_needs_none_takes_one_only_from_its_options(file):
    assert run("perhaps", STAYGREEN_CONFIG=file) == (0, "nobody's\n")
    assert run("perhaps", "--config", file) == (0, "staygreen-acme-staging\n")
    assert run("perhaps", "--sender", "acme")[0] == 2
