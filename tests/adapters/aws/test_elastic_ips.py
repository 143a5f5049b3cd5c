from __future__ import annotations

from ipaddress import IPv4Address

import boto3
import pytest
from botocore.stub import Stubber

from staygreen.adapters.aws.elastic_ips import ElasticIps
from staygreen.core.errors import ActionRefused, SourceUnavailable
from staygreen.core.provisioning.reverse_name import Present

ALLOCATION = "eipalloc-0123456789abcdef0"
ASKED = {"AllocationIds": [ALLOCATION], "Attribute": "domain-name"}


@pytest.fixture
def client():
    return boto3.client("ec2", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture
def stub(client):
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("items", "present"),
    [
        ([], Present()),
        ([{"PtrRecord": "Mail.Example.com."}], Present(name="mail.example.com")),
        (
            [{"PtrRecord": "old.example.com.", "PtrRecordUpdate": {"Value": "mail.example.com.", "Status": "PENDING"}}],
            Present(name="old.example.com", pending="mail.example.com", status="PENDING"),
        ),
        (
            [{"PtrRecord": "a.example.com.", "PtrRecordUpdate": {"Status": "PENDING", "Reason": "no A record"}}],
            Present(name="a.example.com", pending="", status="PENDING", cause="no A record"),
        ),
    ],
)
def test_what_is_in_force_and_what_is_landing_are_told_apart(client, stub, items, present):
    stub.add_response("describe_addresses_attribute", {"Addresses": items}, ASKED)
    assert ElasticIps(client).present(ALLOCATION) == present


def test_an_address_that_is_gone_has_no_name(client, stub):
    stub.add_client_error("describe_addresses_attribute", "InvalidAllocationID.NotFound")
    assert ElasticIps(client).present(ALLOCATION) == Present()


def test_silence_is_not_taken_for_no_name(client, stub):
    stub.add_client_error("describe_addresses_attribute", "RequestLimitExceeded")
    with pytest.raises(SourceUnavailable):
        ElasticIps(client).present(ALLOCATION)


def test_the_address_of_an_allocation_is_found(client, stub):
    stub.add_response(
        "describe_addresses", {"Addresses": [{"PublicIp": "192.0.2.10"}]}, {"AllocationIds": [ALLOCATION]}
    )
    assert ElasticIps(client).public_ip(ALLOCATION) == IPv4Address("192.0.2.10")


def test_a_refusal_keeps_the_words_of_ec2(client, stub):
    stub.add_client_error("modify_address_attribute", "InvalidParameterValue", "no A record yet")
    with pytest.raises(ActionRefused, match="no A record yet"):
        ElasticIps(client).modify(ALLOCATION, "mail.example.com")
