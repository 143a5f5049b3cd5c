"""Elastic IPs that mail servers send from, their forward records and their reverse DNS names."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, CfnResource, CfnTag, CustomResource, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from stacks.constructs.naming import camel
from stacks.constructs.retention import keep_always, keep_unless
from stacks.constructs.reverse_dns import ReverseDnsProvider
from stacks.domain import add_record
from staygreen.core.config.config import Config
from staygreen.core.config.tables.address import Address
from staygreen.core.declared.zone import address_records, filled
from staygreen.core.naming import ADDRESSES_STACK, HOST_TAG, SENDER_TAG, address_output

PORT_25 = "https://repost.aws/knowledge-center/ec2-port-25-throttle"


class AddressesStack(Stack):
    """The addresses of one sender."""

    def __init__(self, scope: Construct, id: str, *, config: Config, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: Elastic IPs and their reverse names", **kwargs)
        managed = tuple(address for address in config.addresses if address.manage)
        adopted = tuple(address.allocation_id for address in managed if address.allocation_id)
        provider = ReverseDnsProvider(self, "ReverseDns", config=config, adopted=adopted)
        for address in managed:
            SenderAddress(self, address.name, config=config, address=address, provider=provider)
        CfnOutput(self, "LiftPort25", value=PORT_25, description="Ask AWS to lift the limit on port 25")


def _keep_record(address: Address, record: CfnResource) -> None:
    """The record of an adopted address was there before it: a deployment that fails must not take it away."""
    if address.allocation_id and not address.release:
        keep_always(record)
    else:
        keep_unless(address.release, record)


class SenderAddress(Construct):
    """One Elastic IP, new or adopted, with the records that make it a mail server's."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, address: Address, provider: ReverseDnsProvider
    ) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        if address.allocation_id:
            public_ip, allocation_id = self._adopted(address, provider), address.allocation_id
        else:
            elastic_ip = self._new(config, address)
            public_ip, allocation_id = elastic_ip.ref, elastic_ip.attr_allocation_id
        CfnOutput(stack, address_output(address.name), value=public_ip)
        CfnOutput(
            stack,
            f"Adopt{camel(address.name)}",
            value=f'allocation_id = "{allocation_id}"',
            description=f"After a destroy: put this under [[address]] {address.name} to keep the address",
        )
        if address.ptr:
            self._reverse_dns(address, public_ip, allocation_id, provider)

    def _new(self, config: Config, address: Address) -> ec2.CfnEIP:
        elastic_ip = ec2.CfnEIP(
            self,
            "Address",
            domain="vpc",
            tags=[
                CfnTag(key=SENDER_TAG, value=config.sender.name),
                CfnTag(key="Name", value=config.names.address(address.name)),
                *([CfnTag(key=HOST_TAG, value=address.ptr)] if address.ptr else []),
            ],
        )
        keep_unless(address.release, elastic_ip)
        return elastic_ip

    def _adopted(self, address: Address, provider: ReverseDnsProvider) -> str:
        """The public IP of an address that exists: only a question to EC2, asked on deployment."""
        found = CustomResource(
            self,
            "Adopted",
            resource_type="Custom::ElasticIp",
            service_token=provider.service_token,
            properties={"AllocationId": address.allocation_id},
        )
        return found.get_att_string("PublicIp")

    def _reverse_dns(self, address: Address, public_ip: str, allocation_id: str, provider: ReverseDnsProvider) -> None:
        stack = Stack.of(self)
        live = {f"{ADDRESSES_STACK}.{address_output(address.name)}": public_ip}
        reverse = CustomResource(
            self,
            "ReverseDns",
            resource_type="Custom::ReverseDns",
            service_token=provider.service_token,
            removal_policy=RemovalPolicy.DESTROY if address.release else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            properties={
                "AllocationId": allocation_id,
                "PtrName": address.ptr,
                "Release": "true" if address.release else "false",
                "Adopted": "true" if address.allocation_id else "false",
            },
        )
        for record in address_records(address):
            forward = add_record(stack, filled(record, live), f"{camel(address.name)}{camel(record.key)}")
            if forward:
                _keep_record(address, forward)
                reverse.node.add_dependency(forward)
