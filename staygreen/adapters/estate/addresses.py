"""Elastic IPs with their reverse names and what they are attached to."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from staygreen.core.estate.found import FoundAddress


def addresses(ec2: Any) -> Iterator[FoundAddress]:
    """Give every Elastic IP of the region."""
    pages = ec2.get_paginator("describe_addresses_attribute").paginate(Attribute="domain-name")
    names = {each["AllocationId"]: each.get("PtrRecord", "") for page in pages for each in page["Addresses"]}
    for each in ec2.describe_addresses()["Addresses"]:
        if "AllocationId" not in each or "PublicIp" not in each:
            continue
        yield FoundAddress(
            allocation_id=each["AllocationId"],
            ip=each["PublicIp"],
            reverse_name=names.get(each["AllocationId"], "").rstrip(".").lower(),
            attached_to=each.get("InstanceId") or each.get("NetworkInterfaceId") or "",
            tags=MappingProxyType({tag["Key"]: tag["Value"] for tag in each.get("Tags", ())}),
        )
