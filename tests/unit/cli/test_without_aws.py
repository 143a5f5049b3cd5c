"""Whoever has no AWS at hand is told so in one line, whatever the command."""

import pytest

from staygreen.adapters.memory.world import MemoryLookup
from staygreen.cli.main import main


@pytest.fixture
def nowhere(monkeypatch):
    """No profile, no region, no credentials; gives the way to run a command."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["staygreen", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code

    return run


DEPLOYED = ["--sender", "example", "--environment", "production"]
COMMANDS = [
    ["verdict", "192.0.2.1"],
    ["incidents", "list"],
    ["incidents", "show", "0123456789abcdef"],
    ["approvals", "list"],
    ["approvals", "approve", "0123456789abcdef"],
    ["redrive"],
    ["replay"],
    ["stop", "--reason", "a test"],
    ["start"],
    ["case", "show", "192.0.2.1"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_region_a_command_says_what_to_set(nowhere, capsys, command):
    assert nowhere(*command, *DEPLOYED) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("AWS was not asked: no region is known: give --config FILE, set AWS_DEFAULT_REGION")


def test_without_credentials_a_command_says_so(nowhere, capsys, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert nowhere("incidents", "list", *DEPLOYED) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "credentials" in line


EXAMPLE = "config/examples/one-domain.toml"
WITH_FILE = [
    ["verdict", "192.0.2.1", "--config", EXAMPLE],
    ["incidents", "list", "--config", EXAMPLE],
    ["case", "show", "192.0.2.1", "--config", EXAMPLE],
    ["approvals", "list", "--config", EXAMPLE],
    ["check", "blocklist", "--config", EXAMPLE],
    ["addresses", EXAMPLE],
    ["records", EXAMPLE, "--deployed"],
]


@pytest.mark.parametrize("command", WITH_FILE, ids=" ".join)
def test_with_a_file_the_region_comes_from_it_and_missing_credentials_are_one_sentence(nowhere, capsys, command):
    assert nowhere(*command) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("AWS was not asked: there are no credentials: set AWS_PROFILE")


def test_preflight_says_once_that_there_are_no_credentials(nowhere, capsys, monkeypatch):
    monkeypatch.setattr("staygreen.cli.preflight.controlled", lambda *_: MemoryLookup(replies={}))
    assert nowhere("preflight", EXAMPLE) == 3
    assert capsys.readouterr().out.count("there are no credentials") == 1


def test_an_error_of_our_own_is_not_hidden_and_is_no_bad_news_about_mail(monkeypatch, capsys):
    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr("staygreen.cli.main.app", broken)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 3
    assert "ZeroDivisionError" in capsys.readouterr().err


class _Sts:
    def __init__(self, account):
        self._account = account

    def get_caller_identity(self):
        return {"Account": self._account}


@pytest.mark.parametrize("command", [each for each in WITH_FILE if each[0] != "check"], ids=" ".join)
def test_credentials_of_another_account_are_refused_before_anything_is_asked(nowhere, capsys, monkeypatch, command):
    def client(service, **_):
        assert service == "sts", "nothing else may be asked"
        return _Sts("999999999999")

    monkeypatch.setattr("boto3.client", client)
    assert nowhere(*command) == 2
    said = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "the credentials belong to the account 999999999999; the configuration says" in said
