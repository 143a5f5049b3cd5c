"""AWS::EC2::EIP: create, update of tags and instance, delete, import, drift.

Ref gives the public IP; AllocationId and PublicIp are attributes; the import identifier is both. An address with
a PTR can't be released (InvalidAddress.PtrSet).
Source: CloudFormation User Guide, AWS::EC2::EIP (verified 2026-11-23).

IAM conditions on `aws:ResourceTag` see the tags of an address (Service Authorization Reference, Amazon EC2,
ModifyAddressAttribute and elastic-ip; its page of June 2026, read 2026-11-24).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2, tagging
from ministack.services.cloudformation import provisioners

from local.aws import reverse_dns
from local.aws.cloudformation import Existing, Made, Properties, ResourceType


def install() -> None:
    """Register the resource type."""
    ResourceType(
        name="AWS::EC2::EIP",
        create=_create,
        delete=_delete,
        update=lambda public_ip, old, new, stack: _describe(_allocation(public_ip), new),
        adopt=_adopt,
        existing=Existing(
            keys=("PublicIp", "AllocationId"), known=lambda: ec2._addresses.keys(), noun="Elastic IP address"
        ),
        replaced_by=("Domain", "PublicIpv4Pool", "NetworkBorderGroup"),
        tags=("Tags", "list"),
        read=_read,
        compared=frozenset({"Domain", "Tags"}),
    ).register()
    tagging._RESOURCE_TAG_COLLECTORS["ec2"] = _tags_by_arn


def _tags_by_arn() -> Iterator[tuple[str, list[dict[str, str]]]]:
    prefix = f"arn:aws:ec2:{get_region()}:{get_account_id()}:elastic-ip"
    for allocation in list(ec2._addresses.keys()):
        yield f"{prefix}/{allocation}", ec2._tags.get(allocation) or []


def _create(logical_id: str, properties: Properties, stack_name: str) -> Made:
    _, _, body = ec2._allocate_address({"Domain": [properties.get("Domain") or "vpc"]})
    found = re.search(rb"<allocationId>(.*?)<", body)
    if found is None:
        raise ValueError(body.decode())
    return _describe(found[1].decode(), properties)


def _describe(allocation: str, properties: Properties) -> Made:
    address = ec2._addresses[allocation]
    address["InstanceId"] = properties.get("InstanceId") or address["InstanceId"]
    tags = provisioners._tag_map(properties.get("Tags"))
    ec2._tags[allocation] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return address["PublicIp"], {"AllocationId": allocation, "PublicIp": address["PublicIp"]}


def _adopt(identifier: dict[str, str]) -> Made:
    allocation = identifier["AllocationId"]
    return _describe(allocation, {"Tags": ec2._tags.get(allocation)})


def _find(public_ip: str) -> str | None:
    return next((key for key, address in ec2._addresses.items() if address["PublicIp"] == public_ip), None)


def _allocation(public_ip: str) -> str:
    found = _find(public_ip)
    if found is None:
        raise ValueError(f"Address '{public_ip}' not found. (Service: Ec2, Status Code: 400)")
    return found


def _delete(public_ip: str, properties: Properties) -> None:
    allocation = _find(public_ip)
    if allocation is None:
        return
    if reverse_dns.is_set(allocation):
        raise ValueError(reverse_dns.ptr_set_message(allocation))
    ec2._release_address({"AllocationId": [allocation]})


def _read(public_ip: str, properties: Properties) -> Properties | None:
    allocation = _find(public_ip)
    if allocation is None:
        return None
    return {
        "Domain": ec2._addresses[allocation]["Domain"],
        "Tags": provisioners._tag_map(ec2._tags.get(allocation)),
    }
