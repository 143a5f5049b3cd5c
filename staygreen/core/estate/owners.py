"""Who else looks after what was found: stacks, tags and a Terraform state say so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from staygreen.core.errors import StaygreenError
from staygreen.core.estate.found import Estate, OwnedKey, OwnedKind, Owner, StackResource
from staygreen.core.naming import is_ours

_KINDS = {
    "AWS::SES::EmailIdentity": OwnedKind.IDENTITY,
    "AWS::SES::ConfigurationSet": OwnedKind.CONFIGURATION_SET,
    "AWS::SES::DedicatedIpPool": OwnedKind.POOL,
    "AWS::EC2::EIP": OwnedKind.ADDRESS,
    "AWS::Route53::RecordSet": OwnedKind.RECORD,
}
STACK_TYPES = frozenset(_KINDS) | {"Custom::ReverseDns"}
"""Resource types that are looked for: those that have an owner, and what our own stacks have of an adopted address."""
_TOOLS = ("terraform", "opentofu", "pulumi", "crossplane")
_TAG_KEYS = ("managedby", "managed-by", "managed_by", "managed by", "provisioner", "createdby", "created-by", "iac")


def of_stacks(resources: Iterable[StackResource], estate: Estate) -> Iterator[tuple[OwnedKey, Owner]]:
    """Give what stacks own. An Elastic IP's physical id is its address; a record's its name, without a type."""
    allocations = {each.ip: each.allocation_id for each in estate.addresses or ()}
    for each in resources:
        if each.type not in _KINDS:
            continue
        kind, name = _KINDS[each.type], each.physical_id
        if kind is OwnedKind.ADDRESS:
            name = allocations.get(name, name)
        elif kind is OwnedKind.RECORD:
            name = name.rstrip(".").lower()
        elif kind is OwnedKind.IDENTITY:
            name = name.lower()
        tool = "staygreen" if is_ours(each.stack) else "CloudFormation"
        evidence = f"the stack {each.stack} has it as {each.logical_id}"
        yield (kind, name), Owner(tool=tool, place=each.stack, evidence=evidence, logical_id=each.logical_id)


def of_tags(estate: Estate) -> Iterator[tuple[OwnedKey, Owner]]:
    """Give what tags say of other tools."""
    tagged: list[tuple[OwnedKey, Mapping[str, str]]] = [
        *(
            ((OwnedKind.IDENTITY, each.name.lower()), each.details.tags)
            for each in estate.identities or ()
            if each.details
        ),
        *(((OwnedKind.CONFIGURATION_SET, each.name), each.tags) for each in estate.configuration_sets or ()),
        *(((OwnedKind.ADDRESS, each.allocation_id), each.tags) for each in estate.addresses or ()),
    ]
    for key, tags in tagged:
        for name, value in tags.items():
            tool = _tool(name, value)
            if tool:
                yield key, Owner(tool=tool, place=f"tag {name}", evidence=f"its tag {name} says {value}")
                break


def _tool(name: str, value: str) -> str:
    lower = name.lower()
    named = next((tool for tool in _TOOLS if tool in value.lower()), "") if lower in _TAG_KEYS else ""
    named = named or next((tool for tool in _TOOLS if lower == tool and value.lower() not in ("false", "no", "")), "")
    return "OpenTofu" if named == "opentofu" else named.capitalize()


_TERRAFORM: Mapping[str, tuple[OwnedKind, str]] = {
    "aws_ses_domain_identity": (OwnedKind.IDENTITY, "domain"),
    "aws_ses_domain_dkim": (OwnedKind.IDENTITY, "domain"),
    "aws_ses_domain_mail_from": (OwnedKind.IDENTITY, "domain"),
    "aws_ses_email_identity": (OwnedKind.IDENTITY, "email"),
    "aws_sesv2_email_identity": (OwnedKind.IDENTITY, "email_identity"),
    "aws_sesv2_email_identity_mail_from_attributes": (OwnedKind.IDENTITY, "email_identity"),
    "aws_ses_configuration_set": (OwnedKind.CONFIGURATION_SET, "name"),
    "aws_sesv2_configuration_set": (OwnedKind.CONFIGURATION_SET, "configuration_set_name"),
    "aws_sesv2_dedicated_ip_pool": (OwnedKind.POOL, "pool_name"),
    "aws_eip": (OwnedKind.ADDRESS, "allocation_id"),
}
"""Types of the AWS provider, and the attribute that names what they have (its documentation, read 2026-12-01)."""


def of_terraform(text: str, filename: str) -> Iterator[tuple[OwnedKey, Owner]]:
    """Give what a Terraform state owns (version 4 of the format).

    Raises:
        StaygreenError: The text is no such state.
    """
    try:
        state = json.loads(text)
        resources = state["resources"]
        if state["version"] != 4:
            raise StaygreenError(f"{filename}: is a Terraform state of version {state['version']}; 4 is read")
        for resource in resources:
            if resource.get("mode", "managed") == "managed":
                yield from _of_resource(resource, filename)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StaygreenError(f"{filename}: is no Terraform state") from error


def _of_resource(resource: Mapping[str, Any], filename: str) -> Iterator[tuple[OwnedKey, Owner]]:
    address = ".".join(filter(None, (resource.get("module", ""), resource["type"], resource["name"])))
    owner = Owner(tool="Terraform", place=address, evidence=f"{filename} has it")
    for instance in resource.get("instances", ()):
        attributes = instance.get("attributes") or {}
        if resource["type"] == "aws_route53_record":
            name = str(attributes.get("fqdn") or attributes.get("name") or "").rstrip(".").lower()
            if name:
                yield (OwnedKind.RECORD, f"{name} {attributes.get('type', '')}".strip()), owner
        elif resource["type"] in _TERRAFORM:
            kind, key = _TERRAFORM[resource["type"]]
            name = str(attributes.get(key) or (attributes.get("id") if kind is OwnedKind.ADDRESS else "") or "")
            if name:
                yield (kind, name.lower() if kind is OwnedKind.IDENTITY else name), owner
