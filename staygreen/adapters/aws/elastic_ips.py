"""Elastic IPs and their reverse DNS names, as EC2 has them."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.core.errors import ActionRefused, SourceUnavailable
from staygreen.core.provisioning.elastic_ip_ptr import canonical
from staygreen.core.provisioning.reverse_name import Present

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import AddressAttributeTypeDef

_NOT_FOUND = "InvalidAllocationID.NotFound"


class ElasticIps:
    """Asks EC2 about addresses and changes their names.

    Args:
        client: An EC2 client.
    """

    def __init__(self, client: EC2Client) -> None:
        self._client = client

    def public_ip(self, allocation_id: str) -> IPv4Address:
        """Return the address.

        Raises:
            SourceUnavailable: EC2 does not know it, or did not answer.
        """
        try:
            found = self._client.describe_addresses(AllocationIds=[allocation_id])["Addresses"]
        except (ClientError, BotoCoreError) as error:
            raise SourceUnavailable(f"EC2 about {allocation_id}: {error}") from error
        if not found:
            raise SourceUnavailable(f"EC2 has no address {allocation_id} in this account and region")
        return IPv4Address(found[0]["PublicIp"])

    def present(self, allocation_id: str) -> Present:
        """Return the reverse name of the address, and what is pending; nothing for an address that is gone.

        Raises:
            SourceUnavailable: EC2 did not answer.
        """
        try:
            items = self._client.describe_addresses_attribute(
                AllocationIds=[allocation_id], Attribute="domain-name"
            ).get("Addresses", [])
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == _NOT_FOUND:
                return Present()
            raise SourceUnavailable(f"EC2 about {allocation_id}: {error}") from error
        except BotoCoreError as error:
            raise SourceUnavailable(f"EC2 about {allocation_id}: {error}") from error
        if not items:
            return Present()
        return present_in(items[0])

    def modify(self, allocation_id: str, name: str) -> None:
        """Ask for a reverse name.

        Raises:
            ActionRefused: EC2 said no, with its words.
        """
        try:
            self._client.modify_address_attribute(AllocationId=allocation_id, DomainName=name)
        except (ClientError, BotoCoreError) as error:
            raise ActionRefused(str(error)) from error

    def reset(self, allocation_id: str) -> None:
        """Ask for the removal of the reverse name.

        Raises:
            ActionRefused: EC2 said no, with its words.
        """
        try:
            self._client.reset_address_attribute(AllocationId=allocation_id, Attribute="domain-name")
        except (ClientError, BotoCoreError) as error:
            raise ActionRefused(str(error)) from error


def present_in(item: AddressAttributeTypeDef) -> Present:
    """What one item of DescribeAddressesAttribute says."""
    name, update = canonical(item.get("PtrRecord", "")), item.get("PtrRecordUpdate")
    if not update:
        return Present(name=name)
    return Present(
        name=name,
        pending=canonical(update.get("Value", "")),
        status=update.get("Status", ""),
        cause=update.get("Reason", ""),
    )
