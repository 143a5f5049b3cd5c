"""`staygreen addresses`: the sender's Elastic IPs in the account, and the lines that keep them after a destroy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer

from staygreen.cli import aws_errors
from staygreen.cli.config_file import DEFAULT_FILE, File, load
from staygreen.cli.deployment import refuse_other_account
from staygreen.cli.output import AsJson, print_file, print_json, print_text
from staygreen.core.config.config import Config
from staygreen.core.config.tables.address import Address
from staygreen.core.naming import SENDER_TAG


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One Elastic IP in the account."""

    name: str
    """Of the `[[address]]` that it is or was; its `Name` tag where no configuration made it."""
    public_ip: str
    allocation_id: str
    reverse_name: str
    """Empty: AWS's own."""
    is_adopted: bool
    """Whether the configuration names its allocation id."""
    is_declared: bool
    """Whether the configuration has its `[[address]]`."""


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command("addresses")(print_addresses)


def print_addresses(
    file: File = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Print the sender's Elastic IPs as EC2 has them, and what to paste so that a deployment adopts them.

    Works before a destroy, after one, and while a deployment waits for an A record elsewhere.
    """
    config = load(file).config
    found = _in_account(config)
    if as_json:
        for each in found:
            print_json(asdict(each))
        return
    if not found:
        print_text(f"No Elastic IP in {config.sender.region} carries {SENDER_TAG} = {config.sender.name}.")
    for each in found:
        print_text(f"{each.name}: {each.public_ip}, reverse name {each.reverse_name or 'not set'}")
    print_file(lines_to_paste(found))


def lines_to_paste(found: Sequence[Found]) -> str:
    """What the configuration has to say so that a deployment adopts these addresses instead of making new ones."""
    missing = [each for each in found if not each.is_adopted]
    if not missing:
        return ""
    parts = ["\nTo keep these addresses when their stack is destroyed and deployed again, paste:\n"]
    for each in missing:
        parts.append(
            f"\n[[address]]{'' if each.is_declared else '                    # has left the configuration'}\n"
            f'name = "{each.name}"\n'
            f'allocation_id = "{each.allocation_id}"   # {each.public_ip}\n'
        )
    return "".join(parts)


def _in_account(config: Config) -> tuple[Found, ...]:
    """Everything with the sender's tag, and what the configuration adopts, in the configuration's order."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    adopted = [address.allocation_id for address in config.addresses if address.allocation_id]
    refuse_other_account(config)
    filters = {f"tag:{SENDER_TAG}": [config.sender.name], **({"allocation-id": adopted} if adopted else {})}
    try:
        ec2 = boto3.client("ec2", region_name=config.sender.region)
        items = {
            item["AllocationId"]: item
            for name, values in filters.items()
            for item in ec2.describe_addresses(Filters=[{"Name": name, "Values": values}])["Addresses"]
        }
        attributes = (
            ec2.describe_addresses_attribute(AllocationIds=list(items), Attribute="domain-name")["Addresses"]
            if items
            else []
        )
    except (BotoCoreError, ClientError) as error:
        print_text(aws_errors.about("EC2", error), err=True)
        raise typer.Exit(3) from error
    names = {each["AllocationId"]: each.get("PtrRecord", "").rstrip(".") for each in attributes}
    order = [address.name for address in config.addresses]
    found = (_found(config, item, names) for item in items.values())
    return tuple(
        sorted(found, key=lambda each: (order.index(each.name) if each.is_declared else len(order), each.name))
    )


def _found(config: Config, item: Mapping[str, Any], names: dict[str, str]) -> Found:
    identifier = item["AllocationId"]
    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
    made = config.names.address_name(tags.get("Name", ""))
    declared = _declared(config.addresses, identifier, made)
    return Found(
        name=declared.name if declared else made or identifier,
        public_ip=item["PublicIp"],
        allocation_id=identifier,
        reverse_name=names.get(identifier, ""),
        is_adopted=bool(declared and declared.allocation_id == identifier),
        is_declared=declared is not None,
    )


def _declared(addresses: Iterable[Address], identifier: str, made: str) -> Address | None:
    """The block of the configuration that an address is: by its id, else by the name that it was made under."""
    addresses = tuple(addresses)
    by_id = next((address for address in addresses if address.allocation_id == identifier), None)
    return by_id or next((each for each in addresses if each.name == made and not each.allocation_id), None)
