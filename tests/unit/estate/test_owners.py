"""Who else looks after something: stacks, tags and a Terraform state say so."""

import json
from dataclasses import replace

import pytest

from staygreen.core.errors import StaygreenError
from staygreen.core.estate.found import Estate, FoundAddress, FoundSet, OwnedKind, StackResource
from staygreen.core.estate.owners import of_stacks, of_tags, of_terraform

ADDRESS = FoundAddress(allocation_id="eipalloc-0123456789abcdef0", ip="192.0.2.10")


def test_an_address_of_a_stack_is_found_by_its_allocation_id():
    resource = StackResource(stack="web", logical_id="Ip", type="AWS::EC2::EIP", physical_id="192.0.2.10")
    ((key, owner),) = of_stacks([resource], Estate(addresses=(ADDRESS,)))
    assert key == (OwnedKind.ADDRESS, ADDRESS.allocation_id)
    assert str(owner) == "CloudFormation (web): the stack web has it as Ip"


def test_a_record_of_a_stack_owns_its_name_whatever_the_type():
    resource = StackResource(
        stack="dns", logical_id="R", type="AWS::Route53::RecordSet", physical_id="_DMARC.a.example."
    )
    estate = Estate(owners=dict(of_stacks([resource], Estate())))
    assert estate.owner(OwnedKind.RECORD, "_dmarc.a.example", "TXT").place == "dns"


@pytest.mark.parametrize(
    ("tags", "tool"),
    [
        ({"ManagedBy": "Terraform"}, "Terraform"),
        ({"managed-by": "opentofu 1.9"}, "OpenTofu"),
        ({"terraform": "true"}, "Terraform"),
        ({"terraform": "false"}, ""),
        ({"Name": "terraform"}, ""),
    ],
)
def test_tags_name_a_tool(tags, tool):
    estate = Estate(addresses=(replace(ADDRESS, tags=tags),), configuration_sets=(FoundSet(name="a"),))
    assert [owner.tool for _, owner in of_tags(estate)] == ([tool] if tool else [])


STATE = {
    "version": 4,
    "resources": [
        {"mode": "managed", "type": "aws_sesv2_email_identity", "name": "main", "module": "module.mail",
         "instances": [{"attributes": {"email_identity": "Example.com"}}]},
        {"mode": "managed", "type": "aws_route53_record", "name": "dmarc",
         "instances": [{"attributes": {"fqdn": "_dmarc.example.com", "type": "TXT"}}]},
        {"mode": "managed", "type": "aws_eip", "name": "mx", "instances": [{"attributes": {"id": "eipalloc-1"}}]},
        {"mode": "data", "type": "aws_eip", "name": "seen", "instances": [{"attributes": {"id": "eipalloc-2"}}]},
        {"mode": "managed", "type": "aws_vpc", "name": "x", "instances": [{"attributes": {"id": "vpc-1"}}]},
    ],
}  # fmt: skip


def test_a_terraform_state_says_what_terraform_has():
    found = dict(of_terraform(json.dumps(STATE), "terraform.tfstate"))
    assert {key: owner.place for key, owner in found.items()} == {
        (OwnedKind.IDENTITY, "example.com"): "module.mail.aws_sesv2_email_identity.main",
        (OwnedKind.RECORD, "_dmarc.example.com TXT"): "aws_route53_record.dmarc",
        (OwnedKind.ADDRESS, "eipalloc-1"): "aws_eip.mx",
    }


OTHERS = ["", "{}", "[]", '{"version": 3, "resources": []}', '{"version": 4, "resources": [1]}']


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_state_is_told(text):
    with pytest.raises(StaygreenError, match=r"state\.json"):
        list(of_terraform(text, "state.json"))
