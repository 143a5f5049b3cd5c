"""An estate made by hand, taken over: least rights, an import, a deployment that fails and one that does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from local import estates
from local.cloud import CommandFailed, LocalCloud
from staygreen.adapters.ses.pace import Pace
from staygreen.cli.main import app
from staygreen.core.estate.permissions import policy
from staygreen.core.naming import ResourceNames
from tests.assemblies import synthesise
from tests.system.deployment import bootstrap

NAMES = ResourceNames(sender="example", environment="production")
DOMAIN, SENDING = NAMES.stack("domain-example-com"), NAMES.stack("sending")


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(variables={"STAYGREEN_PTR_PENDING_SECONDS": "0"}) as made:
        estates.make(made)
        bootstrap(made)
        yield made


@pytest.fixture(autouse=True)
def as_client(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command in this process, at no pace: how fast it asks is tried elsewhere."""
    for name, value in cloud.client_variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Pace, "_wait", lambda self: None)


def run(cloud: LocalCloud, *arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, [*arguments, "--resolver", cloud.dns_address])
    assert result.exit_code == status, result.output
    return result.stdout


def everything(cloud: LocalCloud) -> tuple[object, object]:
    return estates.answers(cloud), estates.settings(cloud)


def test_the_printed_policy_suffices_to_read_and_for_nothing_else(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps(policy()))
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    before = everything(cloud)

    told = run(cloud, "init", "--out", str(tmp_path / "read.toml"), "--name", "example")

    assert "Could not be read" not in told + (tmp_path / "read.toml").read_text()
    assert "The topic bounces tells email ops@example.com." in (tmp_path / "read.toml").read_text()
    import boto3

    ses = boto3.client("sesv2", endpoint_url=cloud.endpoint)
    with pytest.raises(ClientError, match="AccessDenied"):
        ses.delete_email_identity(EmailIdentity="example.com")
    assert everything(cloud) == before


def test_a_part_that_may_not_be_read_is_told_in_the_file(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="half")
    given = policy()
    given["Statement"][0]["Action"].remove("route53:ListHostedZones")
    iam.put_user_policy(UserName="half", PolicyName="read", PolicyDocument=json.dumps(given))
    key = iam.create_access_key(UserName="half")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])

    told = run(cloud, "init", "--quick", "--out", str(tmp_path / "half.toml"), status=3)

    assert told.startswith("Not everything could be read")
    assert "Could not be read: hosted zones" in (tmp_path / "half.toml").read_text()
    assert run(cloud, "plan", str(tmp_path / "half.toml"), status=3).startswith("Not read: hosted zones. Of the rest: ")


def test_a_deployment_that_fails_takes_nothing_away_and_the_next_one_changes_nothing(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    file = tmp_path / "found.toml"
    run(cloud, "init", "--out", str(file), "--name", "example")
    assert run(cloud, "plan", str(file)).startswith("Nothing differs")
    for name in ("news", "example.com"):
        run(cloud, "adopt", name, str(file))
    before = everything(cloud)
    assembly = cloud.directory / "assembly-takeover"
    synthesise(file.read_text(), assembly)

    stacks = run(cloud, "import-map", str(assembly), str(file)).split()
    assert stacks == [DOMAIN, SENDING]
    for stack in stacks:
        mapping = str(assembly / f"{stack}.import.json")
        cloud.cdk("import", stack, "--app", str(assembly), "--resource-mapping", mapping, "--force")
    assert everything(cloud) == before

    # somebody changes one record meanwhile: CloudFormation does not take it in, and rolls back
    found = cloud.unpublish(estates.ZONE, "_dmarc.example.com", "TXT")
    cloud.put_back(estates.ZONE, {**found, "TTL": 77})
    meanwhile = everything(cloud)
    with pytest.raises(CommandFailed):
        cloud.deploy(assembly, SENDING, DOMAIN)
    assert everything(cloud) == meanwhile
    told = run(cloud, "adopt", "example.com", str(file), "--verify", status=1)
    assert "_dmarc.example.com TXT" in told

    cloud.put_back(estates.ZONE, found)
    cloud.deploy(assembly, SENDING, DOMAIN)
    assert everything(cloud) == before
    assert "are as they were" in run(cloud, "adopt", "example.com", str(file), "--verify")
    assert run(cloud, "import-map", str(assembly), str(file)) == ""


def imported(cloud: LocalCloud, kind: str, identifier: dict[str, str], properties: dict[str, object]) -> dict[str, str]:
    """The change set of an import, executed where it can be."""
    client = cloud.client("cloudformation")
    resource = {"Type": kind, "DeletionPolicy": "Retain", "Properties": properties}
    stack = kind.replace("::", "-")
    client.create_change_set(
        StackName=stack,
        ChangeSetName="import",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps({"Resources": {"It": resource}}),
        ResourcesToImport=[{"ResourceType": kind, "LogicalResourceId": "It", "ResourceIdentifier": identifier}],
    )
    found = client.describe_change_set(StackName=stack, ChangeSetName="import")
    if found["ExecutionStatus"] == "AVAILABLE":
        client.execute_change_set(StackName=stack, ChangeSetName="import")
        cloud.wait_until(
            lambda: client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "IMPORT_COMPLETE",
            what="the import",
        )
    return dict(found)


def test_in_the_local_cloud_an_import_applies_what_the_template_says(cloud: LocalCloud) -> None:
    ses = cloud.client("sesv2")
    ses.create_configuration_set(ConfigurationSetName="other", DeliveryOptions={"TlsPolicy": "REQUIRE"})
    properties = {"Name": "other", "DeliveryOptions": {"TlsPolicy": "OPTIONAL"}}
    imported(cloud, "AWS::SES::ConfigurationSet", {"Name": "other"}, properties)
    cloud.wait_until(
        lambda: ses.get_configuration_set(ConfigurationSetName="other")["DeliveryOptions"]["TlsPolicy"] == "OPTIONAL",
        what="the template's TLS policy",
    )


def test_in_the_local_cloud_a_record_set_cannot_be_imported(cloud: LocalCloud) -> None:
    properties = {"HostedZoneId": estates.ZONE, "Name": "_dmarc.example.com.", "Type": "TXT"}
    told = imported(cloud, "AWS::Route53::RecordSet", {"Name": "_dmarc.example.com."}, properties)
    assert told["ExecutionStatus"] == "UNAVAILABLE"
