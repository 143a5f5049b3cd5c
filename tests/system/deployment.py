"""A sender deployed as a user deploys it, without the seconds that starting Node and Python again and again takes.

Bootstrapping is one stack, whose template comes with the CDK CLI: CloudFormation gets it directly. The app is
synthesised in this process, its assets are put where the CLI puts them, and its stacks are created in the order of the
assembly. test_main_job.py does all by the CLI, and shows that both are the same. A test that is about what the CLI
does (a failed deployment, an import, an update) has `LocalCloud.deploy`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from local.cloud import ROOT, LocalCloud
from local.stage import Stage
from stacks.constructs.archive import archive
from tests.assemblies import synthesise

TOOLKIT = "CDKToolkit"
_TEMPLATE = ROOT / "node_modules" / "aws-cdk" / "lib" / "api" / "bootstrap" / "bootstrap-template.yaml"
_PARAMETERS = {"FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY"}
_CONTEXT = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}
"""What the CLI gives to every app."""
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
Artifacts = Mapping[str, Mapping[str, Any]]


def bootstrap(cloud: LocalCloud) -> None:
    """Have what `cdk bootstrap` makes."""
    client = cloud.client("cloudformation")
    client.create_stack(
        StackName=TOOLKIT,
        TemplateBody=_TEMPLATE.read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in _PARAMETERS.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloud.wait_until(lambda: _status(client) == "CREATE_COMPLETE", what="the stack of cdk bootstrap")


def synth(cloud: LocalCloud, config: Path) -> Path:
    """Have what `cdk synth` makes of a configuration. Gives the assembly's directory."""
    assembly = cloud.directory / f"assembly-{config.stem}"
    synthesise(config.read_text(), assembly, context=_CONTEXT)
    return assembly


def deploy(played: Stage) -> Path:
    """Deploy a stage's sender into its cloud, in which nothing is yet. Gives the assembly's directory."""
    bootstrap(played.cloud)
    assembly = synth(played.cloud, played.config)
    create(played.cloud, assembly)
    played.wait_for_subscriber()
    return assembly


def create(cloud: LocalCloud, *assemblies: Path, only: Collection[str] = ("*",)) -> None:
    """Have what `cdk deploy --method=direct` makes where nothing of it is yet.

    Args:
        cloud: Where; it is bootstrapped.
        assemblies: What; nothing in one of them needs anything in another.
        only: Names or patterns of stacks; what these need is created too.

    Raises:
        RuntimeError: A stack was not created; it says why.
    """
    waiting: dict[str, Mapping[str, Any]] = {}
    for assembly in assemblies:
        chosen = _with_needs(_stacks(assembly), only)
        _publish(cloud, assembly, chosen)
        waiting |= chosen
    client, begun, wanted = cloud.client("cloudformation"), set[str](), set(waiting)

    def is_done() -> bool:
        statuses = _statuses(client)
        made = {name for name, status in statuses.items() if status == "CREATE_COMPLETE"}
        _raise_for_failed(client, begun, statuses)
        for name in [name for name, stack in waiting.items() if _needs(stack, wanted) <= made]:
            _begin(cloud, name, waiting.pop(name))
            begun.add(name)
        return wanted <= made

    cloud.wait_until(is_done, what="the creation of all stacks")


def _stacks(assembly: Path) -> Artifacts:
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    return {key: each for key, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}


def _with_needs(stacks: Artifacts, only: Collection[str]) -> Artifacts:
    """The stacks that were named, and those that they need."""
    chosen = {name for name in stacks if any(fnmatchcase(name, each) for each in only)}
    while more := {each for name in chosen for each in _needs(stacks[name], stacks)} - chosen:
        chosen |= more
    return {name: stacks[name] for name in chosen}


def _needs(stack: Mapping[str, Any], among: Collection[str]) -> set[str]:
    return {each for each in stack.get("dependencies", ()) if each in among}


def _publish(cloud: LocalCloud, assembly: Path, stacks: Collection[str]) -> None:
    """Put templates and assets of stacks into the bucket of bootstrapping."""
    done, s3 = set[tuple[str, str]](), cloud.client("s3")
    for name in stacks:
        file = assembly / f"{name}.assets.json"
        for asset in json.loads(file.read_text())["files"].values() if file.exists() else ():
            for place in asset["destinations"].values():
                where = (place["bucketName"], place["objectKey"])
                if where not in done:
                    done.add(where)
                    s3.put_object(Bucket=where[0], Key=where[1], Body=_packed(cloud, assembly, asset["source"]))


def _packed(cloud: LocalCloud, assembly: Path, source: Mapping[str, str]) -> bytes:
    """A file as it is, a directory as a zip."""
    path = assembly / source["path"]
    if source["packaging"] == "zip":
        target = cloud.directory / f"{path.name}.zip"
        archive(path, (each for each in path.rglob("*") if each.is_file()), target)
        path = target
    return path.read_bytes()


def _begin(cloud: LocalCloud, name: str, stack: Mapping[str, Any]) -> None:
    given = stack["properties"]
    cloud.client("cloudformation").create_stack(
        StackName=name,
        TemplateURL=given["stackTemplateAssetObjectUrl"].replace("s3:/", cloud.endpoint),
        RoleARN=given["cloudFormationExecutionRoleArn"].replace("${AWS::Partition}", "aws"),
        Capabilities=_CAPABILITIES,
        Tags=[{"Key": key, "Value": value} for key, value in given.get("tags", {}).items()],
        EnableTerminationProtection=given.get("terminationProtection", False),
    )


def _statuses(client: Any) -> dict[str, str]:
    pages = client.get_paginator("describe_stacks").paginate()
    return {each["StackName"]: str(each["StackStatus"]) for page in pages for each in page["Stacks"]}


def _raise_for_failed(client: Any, begun: Collection[str], statuses: Mapping[str, str]) -> None:
    for name in begun:
        if statuses.get(name) not in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"):
            raise RuntimeError(f"{name} is {statuses.get(name)}: {'; '.join(_reasons(client, name))}")


def _reasons(client: Any, name: str) -> Iterator[str]:
    for each in client.describe_stack_events(StackName=name)["StackEvents"]:
        if each["ResourceStatus"].endswith("FAILED"):
            yield f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}"


def _status(client: Any) -> str:
    return _statuses(client).get(TOOLKIT, "")
