"""`staygreen config`, `records` and `dkim`: what they print and how they leave."""

import base64
import json
import re
import stat
import tomllib
from pathlib import Path

import boto3
import dkim
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives import serialization
from typer.testing import CliRunner

from staygreen.cli.main import app
from staygreen.core.config.parser import parse
from staygreen.core.declared.zone import records

ROOT = Path(__file__).parents[3]
EXAMPLE = str(ROOT / "config" / "examples" / "one-domain.toml")
BROKEN = ROOT / "tests" / "unit" / "config" / "broken"


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_a_right_file_leaves_with_nothing():
    result = run("config", "check", EXAMPLE)

    assert result.exit_code == 0
    assert "1 domain (1 managed), 1 address, 1 configuration set" in result.stdout


def test_a_wrong_file_leaves_with_one_and_every_problem():
    path = BROKEN / "12-no-configuration-set.toml"
    result = run("config", "check", str(path))

    assert result.exit_code == 1
    assert result.stderr == f"{path.parent}/" + path.with_suffix(".txt").read_text(encoding="utf-8")
    assert not result.stdout


def test_an_unreadable_file_leaves_with_three(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe")

    assert run("config", "check", str(path)).exit_code == 3


COMMANDS_WITH_A_CONFIGURATION = {
    "records": ("records", "{}"),
    "reports": ("reports", "read", str(BROKEN), "--config", "{}"),
    "diagnose": ("diagnose", "192.0.2.10", "--config", "{}"),
    "verdict": ("verdict", "192.0.2.10", "--config", "{}"),
    "case": ("case", "show", "192.0.2.10", "--config", "{}"),
}


@pytest.mark.parametrize("name", COMMANDS_WITH_A_CONFIGURATION)
def test_a_file_that_is_wrong_or_missing_is_wrong_usage_wherever_it_is_not_what_was_asked(tmp_path, name):
    wrong = BROKEN / "12-no-configuration-set.toml"
    for path, told in ((wrong, "configuration set"), (tmp_path / "missing.toml", "No such file")):
        result = run(*(word.format(path) for word in COMMANDS_WITH_A_CONFIGURATION[name]))
        assert result.exit_code == 2
        assert told in result.stderr
    assert run("config", "check", str(tmp_path / "missing.toml")).exit_code == 2


@pytest.mark.parametrize("arguments", [["nonsense"], ["config", "check"], ["dkim", "new", "Not a domain", "s1"]])
def test_wrong_usage_leaves_with_two(arguments):
    assert run(*arguments).exit_code == 2


def test_the_schema_is_printed_as_json():
    assert json.loads(run("config", "schema").stdout)["title"] == "staygreen configuration"


def test_records_are_a_zone_file_that_marks_what_is_not_known():
    result = run("records", EXAMPLE)

    assert result.exit_code == 0
    assert '_dmarc.example.com. 3600 IN TXT "v=DMARC1; p=quarantine;' in result.stdout
    assert "; known after deployment: mail.example.com. 3600 IN A ${addresses.AddressMail1}" in result.stdout


def test_a_file_that_declares_no_record_says_so():
    result = run("records", str(ROOT / "config" / "examples" / "watch-only.toml"))

    assert (result.exit_code, result.stdout) == (0, "")
    assert "declares no record" in result.stderr


def test_records_as_json_lines():
    lines = [json.loads(line) for line in run("records", EXAMPLE, "--json").stdout.splitlines()]

    assert {line["type"] for line in lines} == {"CNAME", "MX", "TXT", "A"}
    assert [line["name"] for line in lines if line["purpose"] == "dmarc"] == ["_dmarc.example.com"]


@pytest.fixture
def stacks(monkeypatch):
    """CloudFormation that answers as told; the command makes its client by itself."""
    client = boto3.client("cloudformation", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(boto3, "client", lambda *_args, **_options: client)
    monkeypatch.setattr("staygreen.cli.deployment._account_of_credentials", lambda: None)
    with Stubber(client) as stub:
        yield stub


def described(name, **outputs):
    listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    base = {"StackName": name, "CreationTime": "2026-11-01T00:00:00Z", "StackStatus": "CREATE_COMPLETE"}
    return {"Stacks": [{**base, "Outputs": listed}]}


def test_deployed_records_are_filled_from_stack_outputs(stacks):
    names = {f"DkimName{n}": f"t{n}._domainkey.example.com" for n in (1, 2, 3)}
    values = {f"DkimValue{n}": f"t{n}.dkim.amazonses.com" for n in (1, 2, 3)}
    stacks.add_response(
        "describe_stacks", described("staygreen-example-production-domain-example-com", **names, **values)
    )
    stacks.add_response(
        "describe_stacks", described("staygreen-example-production-addresses", AddressMail1="192.0.2.10")
    )

    result = run("records", EXAMPLE, "--deployed")

    assert result.exit_code == 0
    assert "t1._domainkey.example.com. 3600 IN CNAME t1.dkim.amazonses.com." in result.stdout
    assert "mail.example.com. 3600 IN A 192.0.2.10" in result.stdout


def test_what_is_not_deployed_is_coverage_lost(stacks):
    for _ in range(2):
        stacks.add_client_error("describe_stacks", "ValidationError", "Stack does not exist")

    result = run("records", EXAMPLE, "--deployed")

    assert result.exit_code == 3
    assert "not deployed yet: domain-example-com.DkimName1" in result.stderr


def test_a_new_key_signs_mail_that_its_published_record_verifies(tmp_path):
    out = tmp_path / "key"
    result = run("dkim", "new", "example.com", "s2026a", "--out", str(out))
    assert result.exit_code == 0

    private = out.read_text(encoding="ascii").strip()
    assert private not in result.output
    assert re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", private)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    record = _published(result.stdout)
    assert dkim.verify(_signed(private), dnsfunc=lambda name, timeout=5: record[name.decode().rstrip(".")])


def _published(config_lines):
    """The TXT records by name, from the lines that the command printed, pasted into a configuration."""
    text = '[sender]\nname = "x"\naccount = "000000000000"\nregion = "us-east-1"\n'
    text += '[[configuration_set]]\nname = "d"\n[[domain]]\nname = "example.com"\n[domain.dkim]\nmode = "byodkim"\n'
    assert tomllib.loads(config_lines)
    config = parse(text + config_lines.replace("signing = false", "signing = true"), "mine.toml")
    return {record.name: record.values[0].encode() for record in records(config)}


def _signed(private):
    key = serialization.load_der_private_key(base64.b64decode(private), None)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    message = b"From: a@example.com\r\nTo: b@example.net\r\nSubject: hello\r\n\r\nhello\r\n"
    return dkim.sign(message, b"s2026a", b"example.com", pem) + message


def test_a_key_file_is_never_overwritten(tmp_path):
    out = tmp_path / "key"
    out.write_text("precious", encoding="ascii")

    assert run("dkim", "new", "example.com", "s1", "--bits", "1024", "--out", str(out)).exit_code == 2
    assert out.read_text(encoding="ascii") == "precious"


def test_the_private_key_goes_to_secrets_manager_and_nowhere_else(monkeypatch):
    stored = {}

    class Secrets:
        def create_secret(self, **given):
            stored.update(given)

    monkeypatch.setattr(boto3, "client", lambda *_args, **_options: Secrets())
    result = run("dkim", "new", "example.com", "s1", "--bits", "1024")

    assert result.exit_code == 0
    assert stored["Name"] == "staygreen/dkim/example.com/s1"
    assert base64.b64decode(stored["SecretString"], validate=True)
    assert stored["SecretString"] not in result.output


def test_the_reference_has_the_defaults_that_hold_where_a_table_is_used():
    reference = run("config", "keys").stdout
    usual, complaints = (
        reference.partition(f"`[monitor.{check}.confirmation]`")[2].partition("####")[0]
        for check in ("blocklist", "complaints")
    )
    assert "| `sightings` | whole number | `2` |" in usual
    assert "| `sightings` | whole number | `1` |" in complaints


def test_the_reference_writes_the_keys_of_a_remediation_once():
    reference = run("config", "keys").stdout
    assert reference.count("Addresses that must stay in a pool.") == 1
    assert "Keys as in `[remediation.set_reverse_dns]`." in reference
