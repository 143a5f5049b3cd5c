"""A first creation that fails is repeated by the next deployment, with nothing done by hand in between."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud import ROOT
from local.stage import Stage, stage
from tests.command import staygreen
from tests.system.deployment import bootstrap, synth

WORKSPACE = "T0123456789"
LOG_GROUP = "/mail/postfix"
CHAT = f"""
[[notifications.chat.slack]]
workspace = "{WORKSPACE}"
channel = "C0123456789"
"""
KEY = "staygreen/example/production/recipient-key"


@pytest.fixture(scope="module")
def played() -> Iterator[Stage]:
    """A sender of whose stacks four cannot be made yet: replies, the mailbox, the chat and the mail logs."""
    with stage() as made:
        made.with_mailbox()
        text, none = made.config.read_text(), "log_groups = []"
        assert none in text
        with_logs = text.replace(none, f'log_groups = ["{LOG_GROUP}"]')
        made.config.write_text(f"{with_logs}{CHAT}")
        bootstrap(made.cloud)
        yield made


def status(played: Stage, part: str) -> str:
    """The state of a stack; empty: there is none."""
    name = played.names.stack(part)
    stacks = played.cloud.client("cloudformation").describe_stacks()["Stacks"]
    return next((str(each["StackStatus"]) for each in stacks if each["StackName"] == name), "")


NEVER = (
    ("iam", "create_user", {"UserName": "other"}),
    ("iam", "put_user_policy", {"UserName": "deployer", "PolicyName": "more", "PolicyDocument": "{}"}),
    ("sesv2", "delete_email_identity", {"EmailIdentity": "example.com"}),
    ("dynamodb", "scan", {"TableName": "staygreen-example-production-incidents"}),
    ("dynamodb", "delete_table", {"TableName": "staygreen-example-production-incidents"}),
    ("dynamodb", "update_table", {"TableName": "elsewhere", "DeletionProtectionEnabled": False}),
    ("cloudformation", "delete_stack", {"StackName": "staygreen-example-production-state"}),
    (
        "cloudformation",
        "update_termination_protection",
        {"StackName": "CDKToolkit", "EnableTerminationProtection": False},
    ),
    ("ec2", "release_address", {"AllocationId": "eipalloc-1"}),
    ("lambda", "list_functions", {}),
    ("secretsmanager", "get_secret_value", {"SecretId": KEY}),
    ("route53", "list_hosted_zones", {}),
    (
        "sts",
        "assume_role",
        {
            "RoleArn": "arn:aws:iam::000000000000:role/cdk-hnb659fds-cfn-exec-role-000000000000-us-east-1",
            "RoleSessionName": "deployer",
        },
    ),
)
"""What who deploys may not do themselves."""


def deployer(played: Stage) -> dict[str, str]:
    """Have a user with the policy of who deploys. Gives the user's credentials, as variables."""
    document = staygreen("deploy-policy", str(played.config), env={**os.environ, **played.cloud.env()}).stdout
    iam = played.cloud.client("iam")
    iam.create_user(UserName="deployer")
    iam.put_user_policy(UserName="deployer", PolicyName="deploy", PolicyDocument=document)
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def allowed(played: Stage, credentials: dict[str, str]) -> list[str]:
    """What a user is not refused of what they may never do."""
    found = []
    for service, operation, arguments in NEVER:
        client = boto3.client(
            service,
            endpoint_url=played.cloud.endpoint,
            region_name=played.cloud.region,
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        )
        try:
            getattr(client, operation)(**arguments)
            found.append(operation)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if not code.startswith(("AccessDenied", "UnauthorizedOperation")):
                found.append(f"{operation}: {code}")
    return found


def make_deploy(played: Stage, credentials: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run what `make deploy` runs, as a user."""
    told = subprocess.run(
        ["make", "--dry-run", "--assume-old=.venv/.ready", "deploy", f"CONFIG={played.config}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    # without change sets, which take the local cloud long; their name goes with them
    named = re.sub(r'--change-set-name "[^"]*"', "", told.stdout)
    recipe = named.replace("cdk deploy", "cdk --ci deploy --method=direct --require-approval=never")
    assert recipe != told.stdout, "the recipe deploys"
    env = {**played.cloud.env(), **credentials, "NODE_OPTIONS": f"--require {ROOT / 'local' / 'fastpoll.cjs'}"}
    return subprocess.run(["bash", "-c", recipe], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_each_trigger_fails_once_and_the_next_deployment_makes_everything(played: Stage) -> None:
    cloud, assembly = played.cloud, synth(played.cloud, played.config)
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name=KEY, SecretString="in the way")
    cloud.refuse_to_write("contact/")
    cloud.leave_unauthorised(WORKSPACE)
    triggers = {
        # a part of the sender, and what AWS says
        "replies": "already exists",
        "mailbox": "Could not write to bucket",
        "chat": "authorize it first",
        "mail-logs": LOG_GROUP,
    }
    refused = cloud.deploy(assembly, check=False)
    assert refused.returncode != 0
    assert status(played, "replies") == "ROLLBACK_COMPLETE", refused.stdout
    secrets.delete_secret(SecretId=KEY, ForceDeleteWithoutRecovery=True)
    for part in list(triggers)[1:]:
        told = cloud.deploy(assembly, played.names.stack(part), check=False)
        assert told.returncode != 0, part
        assert status(played, part) == "ROLLBACK_COMPLETE", told.stdout[-3000:]
    assert status(played, "monitoring") == "CREATE_COMPLETE", "what watches does not wait for what others decide"

    cloud.refuse_to_write()
    cloud.leave_unauthorised()
    cloud.client("logs").create_log_group(logGroupName=LOG_GROUP)
    assert status(played, "replies") == "CREATE_COMPLETE", "made again by a plain `cdk deploy`, with what needs it"
    looked = protect(played, "--check")
    assert looked.returncode == 1
    assert "the table staygreen-example-production-incidents" in looked.stdout
    assert "the stack staygreen-example-production-state" in looked.stdout
    credentials = deployer(played)
    assert allowed(played, credentials) == []
    deployed = make_deploy(played, credentials)
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    for part in triggers:
        assert status(played, part) == "CREATE_COMPLETE"
    leave_mail_alone(played)


def leave_mail_alone(played: Stage) -> None:
    """A bucket with mail in it is not emptied, whatever is rolled back."""
    bucket = played.names.bucket("mail", played.cloud.account, played.cloud.region)
    s3 = played.cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="jmrp/a-report")
    rolled_back = {"RequestType": "Delete", "ResourceType": "Custom::SetUpObjects"}
    event = {**rolled_back, "ResourceProperties": {"Bucket": bucket}}
    name = played.names.function("receipt-rules")
    done = played.cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in done
    assert len(s3.list_objects_v2(Bucket=bucket)["Contents"]) == 3, (
        "the report, and what SES wrote for each of two rules"
    )


def protect(played: Stage, *arguments: str) -> subprocess.CompletedProcess[str]:
    return staygreen("protect", str(played.config), *arguments, env={**os.environ, **played.cloud.env()})


def test_what_was_made_is_protected_afterwards_and_a_look_says_so(played: Stage) -> None:
    assert protect(played, "--check").returncode == 0
    table = played.cloud.client("dynamodb").describe_table(TableName="staygreen-example-production-incidents")["Table"]
    assert table["DeletionProtectionEnabled"]
    stacks = played.cloud.client("cloudformation").describe_stacks()["Stacks"]
    ours = {each["StackName"]: each["EnableTerminationProtection"] for each in stacks if "example" in each["StackName"]}
    assert all(ours.values()), ours
    assert shlex.split(protect(played, "--stacks").stdout.replace(",", " ")) == sorted(ours)
