"""`staygreen deploy-policy`: the IAM policy of a person who deploys."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from staygreen.cli.config_file import DEFAULT_FILE, File, load
from staygreen.cli.output import print_file
from staygreen.core.deploy_policy import QUALIFIER, deploy_policy


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command("deploy-policy")(run)


def run(
    file: File = DEFAULT_FILE,
    *,
    qualifier: Annotated[str, typer.Option(help="Of `cdk bootstrap`, where you chose one.")] = QUALIFIER,
) -> None:
    """Print the IAM policy that `make deploy CONFIG=FILE` needs; asks nothing.

    What CloudFormation's own role may do is up to `cdk bootstrap`.
    """
    print_file(json.dumps(deploy_policy(load(file).config, qualifier), indent=2) + "\n")
