"""EC2 DescribeAddresses that honours allocation ids, public IPs and filters (tag:NAME among them).

Unknown ids are InvalidAllocationID.NotFound, unknown IPs InvalidAddress.NotFound; filters are ANDed, the values of
one filter ORed, `*` and `?` are wildcards. DescribeAccountAttributes tells the quota of Elastic IPs alone: five.
Source: EC2 API Reference, DescribeAddresses (verified 2026-11-23), DescribeAccountAttributes (not verified).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from ministack.services import ec2

from local.aws.ses_routes import Answer, Body, Query, route

Parameters = dict[str, Any]


def install() -> None:
    """Replace the emulator's DescribeAddresses by one that selects first; add DescribeAccountAttributes."""
    original = ec2._describe_addresses

    def describe(parameters: Parameters) -> Any:
        problem = _unknown(parameters)
        if problem is not None:
            return problem
        wanted = [key for key, address in ec2._addresses.items() if _is_wanted(parameters, key, address)]
        if not wanted:
            return ec2._xml(200, "DescribeAddressesResponse", "<addressesSet/>")
        return original({f"AllocationId.{number}": [key] for number, key in enumerate(wanted, 1)})

    ec2._ACTION_MAP["DescribeAddresses"] = describe
    ec2._ACTION_MAP["DescribeAccountAttributes"] = _attributes


def _attributes(parameters: Parameters) -> Any:
    value = "<attributeValueSet><item><attributeValue>5</attributeValue></item></attributeValueSet>"
    item = f"<item><attributeName>vpc-max-elastic-ips</attributeName>{value}</item>"
    return ec2._xml(200, "DescribeAccountAttributesResponse", f"<accountAttributeSet>{item}</accountAttributeSet>")


def _unknown(parameters: Parameters) -> Any:
    for allocation in ec2._parse_member_list(parameters, "AllocationId"):
        if allocation not in ec2._addresses:
            return ec2._error("InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist", 400)
    known = {address["PublicIp"] for address in ec2._addresses.values()}
    for public_ip in ec2._parse_member_list(parameters, "PublicIp"):
        if public_ip not in known:
            return ec2._error("InvalidAddress.NotFound", f"Address '{public_ip}' not found.", 400)
    return None


def _is_wanted(parameters: Parameters, allocation: str, address: dict[str, Any]) -> bool:
    allocations = ec2._parse_member_list(parameters, "AllocationId")
    public_ips = ec2._parse_member_list(parameters, "PublicIp")
    if allocations and allocation not in allocations:
        return False
    if public_ips and address["PublicIp"] not in public_ips:
        return False
    return all(_matches(name, wanted, allocation, address) for name, wanted in _filters(parameters))


def _filters(parameters: Parameters) -> Iterator[tuple[str, list[str]]]:
    number = 1
    while name := ec2._p(parameters, f"Filter.{number}.Name"):
        yield name, ec2._parse_member_list(parameters, f"Filter.{number}.Value")
        number += 1


def _matches(name: str, wanted: list[str], allocation: str, address: dict[str, Any]) -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in ec2._tags.get(allocation, [])}
    if name.startswith("tag:"):
        present = [tags[name[4:]]] if name[4:] in tags else []
    else:
        present = {
            "allocation-id": [allocation],
            "public-ip": [address["PublicIp"]],
            "domain": [address["Domain"]],
            "instance-id": [address["InstanceId"]],
            "tag-key": list(tags),
        }.get(name, [])
    return any(fnmatchcase(value or "", pattern) for value in present for pattern in wanted)


@route("PUT", "/_local/addresses/([^/]+)")
def put_address(body: Body, query: Query, allocation: str) -> Answer:
    """Make an Elastic IP with exactly this allocation id, as one that existed before (local only)."""
    if allocation in ec2._addresses:
        return {"Created": False}
    _, _, answer = ec2._allocate_address({"Domain": ["vpc"]})
    found = re.search(rb"<allocationId>(.*?)<", answer)
    if found is None:
        raise ValueError(answer.decode())
    address = {**ec2._addresses.pop(found[1].decode()), "AllocationId": allocation}
    address["PublicIp"] = body.get("PublicIp") or address["PublicIp"]
    ec2._addresses[allocation] = address
    ec2._tags[allocation] = [{"Key": key, "Value": value} for key, value in (body.get("Tags") or {}).items()]
    return {"Created": True, "PublicIp": address["PublicIp"]}
