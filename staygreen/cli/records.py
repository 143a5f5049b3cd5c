"""`staygreen records`: the DNS that a configuration declares, as a zone file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from staygreen.cli import aws_errors
from staygreen.cli.config_file import DEFAULT_FILE, File, load
from staygreen.cli.deployment import refuse_other_account
from staygreen.cli.output import AsJson, print_file, print_json, print_text
from staygreen.core.config.config import Config
from staygreen.core.declared.record import Record
from staygreen.core.declared.zone import records
from staygreen.core.declared.zone_file import zone_text


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command("records")(print_records)


def print_records(
    file: File = DEFAULT_FILE,
    deployed: Annotated[bool, typer.Option("--deployed", help="Fill in what the deployed stacks say.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print every DNS record that FILE declares as a zone file.

    What only a deployment decides stands as a comment, with the stack output that will have it.
    """
    config = load(file).config
    declared = records(config)
    live = _stack_outputs(config, declared) if deployed else {}
    found = records(config, live)
    if as_json:
        for record in found:
            print_json(_plain(record))
    else:
        print_file(zone_text(found))
    if not found:
        print_text(f"{file} declares no record: what it has is only watched", err=True)
    missing = [record for record in found if not record.known]
    if deployed and missing:
        names = ", ".join(dict.fromkeys(output for record in missing for output in record.placeholders))
        print_text(f"not deployed yet: {names}", err=True)
        raise typer.Exit(3)


def _plain(record: Record) -> Mapping[str, object]:
    return {
        "name": record.name,
        "type": record.type.value,
        "ttl": int(record.ttl.total_seconds()),
        "values": list(record.values),
        "purpose": record.purpose.value,
        "owner": record.owner,
        "zone": record.zone.name if record.zone else None,
        "known": record.known,
    }


def _stack_outputs(config: Config, declared: tuple[Record, ...]) -> Mapping[str, str]:
    """The outputs of the stacks that placeholders name; a stack that is not there has none."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    refuse_other_account(config)
    live: dict[str, str] = {}
    stacks = dict.fromkeys(name.partition(".")[0] for record in declared for name in record.placeholders)
    try:
        cloudformation = boto3.client("cloudformation", region_name=config.sender.region)
        for stack in stacks:
            name = config.names.stack(stack)
            try:
                described = cloudformation.describe_stacks(StackName=name)["Stacks"]
            except ClientError as error:
                # CloudFormation's answer for a stack that does not exist.
                if error.response["Error"]["Code"] != "ValidationError":
                    raise
                continue
            for output in described[0].get("Outputs", []):
                live[f"{stack}.{output['OutputKey']}"] = output["OutputValue"]
    except (BotoCoreError, ClientError) as error:
        print_text(aws_errors.about("CloudFormation", error), err=True)
        sys.exit(3)
    return live
