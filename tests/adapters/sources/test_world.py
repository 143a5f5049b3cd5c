from __future__ import annotations

from dataclasses import replace

import pytest

from staygreen.adapters.memory.world import MemoryLookup
from staygreen.adapters.sources.world import AwsAsk
from staygreen.core.account_share import account_share
from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import ResourceNames
from tests.adapters.stubbed import stubbed

NAMES = ResourceNames(sender="mail", environment="production")


@pytest.fixture
def clients():
    with stubbed("sesv2", "ses", "ec2", "secretsmanager") as (made, stubs):
        yield AwsAsk(names=NAMES, lookup=MemoryLookup(), **made), stubs


def test_identities_are_domains_of_every_page_with_their_mail_from(clients):
    ask, stubs = clients
    rows = [
        {"IdentityType": "DOMAIN", "IdentityName": "One.example"},
        {"IdentityType": "EMAIL_ADDRESS", "IdentityName": "a@b.example"},
    ]
    listed = stubs["sesv2"]
    listed.add_response("list_email_identities", {"EmailIdentities": rows, "NextToken": "more"}, {"PageSize": 1000})
    second = [{"IdentityType": "DOMAIN", "IdentityName": name} for name in ("two.example", "deleted.example")]
    listed.add_response("list_email_identities", {"EmailIdentities": second}, {"PageSize": 1000, "NextToken": "more"})
    one = {
        "MailFromDomain": "bounce.one.example",
        "MailFromDomainStatus": "Success",
        "BehaviorOnMXFailure": "UseDefaultValue",
    }
    stubs["ses"].add_response(
        "get_identity_mail_from_domain_attributes",
        {"MailFromDomainAttributes": {"One.example": one}},
        {"Identities": ["One.example", "two.example", "deleted.example"]},
    )
    assert [subject.key for subject in ask.identities()] == [
        "domain:one.example",
        "domain:bounce.one.example",
        "domain:two.example",
        "domain:deleted.example",
    ]


def test_dedicated_ips_of_every_pool(clients):
    ask, stubs = clients
    row = {"Ip": "192.0.2.1", "WarmupStatus": "DONE", "WarmupPercentage": 100, "PoolName": "main"}
    stubs["sesv2"].add_response("get_dedicated_ips", {"DedicatedIps": [row]}, {"PageSize": 100})
    assert [(one.id, one.label) for one in ask.dedicated_ips()] == [("192.0.2.1", "dedicated IP in pool main")]


@pytest.mark.parametrize(
    ("tags", "called"),
    [
        ({"Name": "staygreen-mail-production-mail-1", "staygreen:host": "mail.example.com"}, "mail.example.com"),
        ({"Name": "staygreen-mail-production-mail-1"}, "mail-1"),
        ({"Name": "theirs"}, "theirs"),
        ({}, "eipalloc-1"),
    ],
)
def test_elastic_ips_are_those_with_the_senders_tag_and_are_called_by_their_host(clients, tags, called):
    ask, stubs = clients
    wanted = {"Filters": [{"Name": "tag:staygreen:sender", "Values": ["mail"]}]}
    stubs["ec2"].add_response("describe_addresses", {"Addresses": [elastic_ip(**tags)]}, wanted)
    assert [(one.id, one.label) for one in ask.elastic_ips()] == [("192.0.2.2", called)]


def test_a_configuration_knows_an_elastic_ip_by_its_name_tag_or_its_allocation(clients):
    ask, stubs = clients
    stubs["ec2"].add_response(
        "describe_addresses", {"Addresses": [elastic_ip(Name="staygreen-mail-production-mail-1")]}
    )
    assert ask.configured_elastic_ips() == {
        "staygreen-mail-production-mail-1": "192.0.2.2",
        "eipalloc-1": "192.0.2.2",
    }


def elastic_ip(**tags):
    return {
        "PublicIp": "192.0.2.2",
        "AllocationId": "eipalloc-1",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def test_identities_and_dedicated_ips_of_other_senders_are_left_to_them(clients):
    ask, stubs = clients
    own = replace(ask, share=account_share(["one.example", "main"], ()))
    rows = [{"IdentityType": "DOMAIN", "IdentityName": name} for name in ("One.example", "theirs.example")]
    stubs["sesv2"].add_response("list_email_identities", {"EmailIdentities": rows})
    stubs["ses"].add_response("get_identity_mail_from_domain_attributes", {"MailFromDomainAttributes": {}})
    assert [one.id for one in own.identities()] == ["one.example"]
    leased = [
        {"Ip": f"192.0.2.{number}", "WarmupStatus": "DONE", "WarmupPercentage": 100, **pool}
        for number, pool in enumerate(({"PoolName": "main"}, {"PoolName": "theirs"}, {}), start=1)
    ]
    stubs["sesv2"].add_response("get_dedicated_ips", {"DedicatedIps": leased})
    assert [one.id for one in own.dedicated_ips()] == ["192.0.2.1"]


def test_an_elastic_ip_of_another_environment_is_left_to_it(clients):
    ask, stubs = clients
    tag = "staygreen:environment"
    tags = ([], [{"Key": tag, "Value": "production"}], [{"Key": tag, "Value": "staging"}])
    rows = [
        {"PublicIp": f"192.0.2.{number}", "AllocationId": f"eipalloc-{number}", "Tags": each}
        for number, each in enumerate(tags, start=1)
    ]
    for _ in range(2):
        stubs["ec2"].add_response("describe_addresses", {"Addresses": rows})
    assert [one.id for one in ask.elastic_ips()] == ["192.0.2.1", "192.0.2.2"]
    of_all = replace(ask, names=replace(NAMES, environment=""))
    assert [one.id for one in of_all.elastic_ips()] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_a_secret_is_read_once_and_a_missing_one_is_none(clients):
    ask, stubs = clients
    manager = stubs["secretsmanager"]
    manager.add_response("get_secret_value", {"SecretString": "value"}, {"SecretId": "a"})
    manager.add_client_error("get_secret_value", "ResourceNotFoundException")
    assert (ask.secret("a"), ask.secret("a"), ask.secret("b")) == ("value", "value", None)


def test_what_aws_denies_is_a_source_that_is_unavailable(clients):
    ask, stubs = clients
    stubs["ec2"].add_client_error("describe_addresses", "UnauthorizedOperation")
    stubs["secretsmanager"].add_client_error("get_secret_value", "AccessDeniedException")
    with pytest.raises(SourceUnavailable, match="Elastic IPs"):
        list(ask.elastic_ips())
    with pytest.raises(SourceUnavailable, match="Secrets Manager"):
        ask.secret("a")
