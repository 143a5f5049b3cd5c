"""`staygreen addresses`: what it finds and what it says to paste."""

import json
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner

from staygreen.cli.main import app

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config" / "examples" / "one-domain.toml"
MADE = {
    "AllocationId": "eipalloc-0123456789abcdef0",
    "PublicIp": "192.0.2.10",
    "Tags": [
        {"Key": "staygreen:sender", "Value": "example"},
        {"Key": "Name", "Value": "staygreen-example-production-mail-1"},
    ],
}
LEFT = {
    "AllocationId": "eipalloc-0fedcba9876543210",
    "PublicIp": "192.0.2.11",
    "Tags": [{"Key": "Name", "Value": "staygreen-example-production-old-1"}],
}


@pytest.fixture
def ec2(monkeypatch):
    client = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    monkeypatch.setattr(boto3, "client", lambda service, **_: client)
    monkeypatch.setattr("staygreen.cli.deployment._account_of_credentials", lambda: None)
    with Stubber(client) as stubber:
        yield stubber


def has(ec2, *addresses, adopted=()):
    tag = {"Name": "tag:staygreen:sender", "Values": ["example"]}
    ec2.add_response("describe_addresses", {"Addresses": list(addresses)}, {"Filters": [tag]})
    if adopted:
        wanted = {"Filters": [{"Name": "allocation-id", "Values": list(adopted)}]}
        ec2.add_response("describe_addresses", {"Addresses": list(addresses)}, wanted)
    names = [{"AllocationId": each["AllocationId"], "PtrRecord": "mail.example.com."} for each in addresses[:1]]
    if addresses:
        ids = [each["AllocationId"] for each in addresses]
        asked = {"AllocationIds": ids, "Attribute": "domain-name"}
        ec2.add_response("describe_addresses_attribute", {"Addresses": names}, asked)


def run(file, *options):
    return CliRunner().invoke(app, ["addresses", str(file), *options])


def test_the_lines_that_keep_each_address_are_printed(ec2):
    has(ec2, LEFT, MADE)
    done = run(EXAMPLE)
    assert done.exit_code == 0
    assert done.stdout == (
        "mail-1: 192.0.2.10, reverse name not set\n"
        "old-1: 192.0.2.11, reverse name mail.example.com\n"
        "\nTo keep these addresses when their stack is destroyed and deployed again, paste:\n"
        '\n[[address]]\nname = "mail-1"\nallocation_id = "eipalloc-0123456789abcdef0"   # 192.0.2.10\n'
        "\n[[address]]                    # has left the configuration\n"
        'name = "old-1"\nallocation_id = "eipalloc-0fedcba9876543210"   # 192.0.2.11\n'
    )


def test_what_the_configuration_adopts_needs_no_line(ec2, tmp_path):
    file = tmp_path / "mine.toml"
    adopts = f'allocation_id = "{MADE["AllocationId"]}"'
    file.write_text(EXAMPLE.read_text().replace('allocation_id = ""', adopts))
    has(ec2, MADE, adopted=[MADE["AllocationId"]])
    (row,) = [json.loads(line) for line in run(file, "--json").stdout.splitlines()]
    assert (row["name"], row["is_adopted"], row["reverse_name"]) == ("mail-1", True, "mail.example.com")
    has(ec2, MADE, adopted=[MADE["AllocationId"]])
    assert "paste" not in run(file).stdout


def test_an_account_without_them_says_so(ec2):
    has(ec2)
    assert run(EXAMPLE).stdout == "No Elastic IP in us-east-1 carries staygreen:sender = example.\n"


def test_an_account_that_does_not_answer_is_unreadable_input(ec2):
    ec2.add_client_error("describe_addresses", "UnauthorizedOperation")
    done = run(EXAMPLE)
    assert done.exit_code == 3
    assert "EC2 did not answer" in done.stderr
