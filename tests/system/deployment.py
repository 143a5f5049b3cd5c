"""A sender deployed as a user deploys it, without the seconds that starting Node and Python again and again takes.

Bootstrapping is one stack, whose template comes with the CDK CLI: CloudFormation gets it directly. The app is
synthesised in this process. The CLI deploys. test_main_job.py does all by the CLI, and shows that both are the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local.cloud import ROOT, LocalCloud
from local.stage import Stage
from tests.assemblies import synthesise

TOOLKIT = "CDKToolkit"
_TEMPLATE = ROOT / "node_modules" / "aws-cdk" / "lib" / "api" / "bootstrap" / "bootstrap-template.yaml"
_PARAMETERS = {"FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY"}
_CONTEXT = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}
"""What the CLI gives to every app."""


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
    played.deploy(assembly)
    return assembly


def _status(client: Any) -> str:
    (stack,) = client.describe_stacks(StackName=TOOLKIT)["Stacks"]
    return str(stack["StackStatus"])
