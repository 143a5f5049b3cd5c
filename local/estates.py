"""An estate as a person makes it, by plain calls of the APIs: odd, half finished, and in nobody's file.

example.com has odd strings in its apex, SPF of others, a DMARC record in small pieces and three DKIM names; its
subdomain news.example.com signs with a key of its own and has a weighted DMARC record; half.example.com is verified by
half; beside.example.com is Terraform's.
"""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.cloud import LocalCloud

ZONE = "Z0EXAMPLECOM00000000"
ADDRESS, ADDRESS_ID = "192.0.2.25", "eipalloc-0123456789abcdef0"
BESIDE = "beside.example.com"
"""A domain that Terraform looks after, as its tag says."""


def make(cloud: LocalCloud) -> None:
    """Make the estate in an empty cloud."""
    cloud.ensure_zone(ZONE, "example.com")
    _sets(cloud)
    _plain(cloud)
    _subdomain(cloud)
    _half(cloud)
    _beside(cloud)
    _address(cloud)


def _sets(cloud: LocalCloud) -> None:
    ses = cloud.client("sesv2")
    topic = cloud.client("sns").create_topic(Name="bounces")["TopicArn"]
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    ses.create_configuration_set(
        ConfigurationSetName="news",
        DeliveryOptions={"TlsPolicy": "REQUIRE"},
        SuppressionOptions={"SuppressedReasons": ["BOUNCE"]},
        TrackingOptions={"CustomRedirectDomain": "click.example.com"},
    )
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="news",
        EventDestinationName="to-ops",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
            "SnsDestination": {"TopicArn": topic},
        },
    )


def _plain(cloud: LocalCloud) -> None:
    ses = cloud.client("sesv2")
    tokens = ses.create_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Tokens"]
    ses.put_email_identity_configuration_set_attributes(EmailIdentity="example.com", ConfigurationSetName="news")
    _mail_from(cloud, "example.com", "bounce.example.com", "USE_DEFAULT_VALUE")
    for number, token in enumerate(tokens):
        target = f"{token}.dkim.amazonses.com"
        publish(cloud, f"{token}._domainkey.example.com", "CNAME", 1800, target.upper() if number == 1 else target)
    publish(
        cloud,
        "example.com",
        "TXT",
        300,
        '"v=spf1 include:sendgrid.net" "  include:_spf.google.com ip4:198.51.100.0/24 -all"',
        '"google-site-verification=a\\"quoted\\" one"',
        '"MS=ms0815"',
    )
    publish(cloud, "_dmarc.example.com", "TXT", 3600, '"v=DMARC1;p=quarantine;" "rua=mailto:DMARC@example.com;pct=100"')
    publish(cloud, "example.com", "MX", 300, "10 mx.example.com.")


def _subdomain(cloud: LocalCloud) -> None:
    ses = cloud.client("sesv2")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, kinds = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    public = base64.b64encode(key.public_key().public_bytes(encoding, kinds)).decode()
    private = base64.b64encode(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    ).decode()
    ses.create_email_identity(EmailIdentity="news.example.com")
    ses.put_email_identity_dkim_signing_attributes(
        EmailIdentity="news.example.com",
        SigningAttributesOrigin="EXTERNAL",
        SigningAttributes={"DomainSigningSelector": "own1", "DomainSigningPrivateKey": private},
    )
    record = f"k=rsa; p={public}"
    publish(cloud, "own1._domainkey.news.example.com", "TXT", 600, f'"{record[:200]}" "{record[200:]}"')
    _mail_from(cloud, "news.example.com", "mail.news.example.com", "REJECT_MESSAGE")
    for weight in (1, 2):
        _change(
            cloud,
            {
                "Name": "_dmarc.news.example.com",
                "Type": "TXT",
                "TTL": 60,
                "SetIdentifier": f"part-{weight}",
                "Weight": weight,
                "ResourceRecords": [{"Value": '"v=DMARC1; p=none"'}],
            },
        )


def _half(cloud: LocalCloud) -> None:
    ses = cloud.client("sesv2")
    tokens = ses.create_email_identity(EmailIdentity="half.example.com")["DkimAttributes"]["Tokens"]
    publish(cloud, f"{tokens[0]}._domainkey.half.example.com", "CNAME", 300, f"{tokens[0]}.dkim.amazonses.com")
    ses.put_email_identity_feedback_attributes(EmailIdentity="half.example.com", EmailForwardingEnabled=False)


def _beside(cloud: LocalCloud) -> None:
    ses = cloud.client("sesv2")
    ses.create_email_identity(EmailIdentity=BESIDE, Tags=[{"Key": "ManagedBy", "Value": "Terraform"}])
    publish(cloud, f"_dmarc.{BESIDE}", "TXT", 300, '"v=DMARC1; p=none"')


def _address(cloud: LocalCloud) -> None:
    cloud.ensure_address(ADDRESS_ID, ADDRESS)
    publish(cloud, "mx.example.com", "A", 120, ADDRESS)
    ec2 = cloud.client("ec2")
    ec2.modify_address_attribute(AllocationId=ADDRESS_ID, DomainName="mx.example.com")

    def landed() -> bool:
        found = ec2.describe_addresses_attribute(AllocationIds=[ADDRESS_ID], Attribute="domain-name")["Addresses"]
        return bool(found and found[0].get("PtrRecord"))

    cloud.wait_until(landed, what="the reverse name")


def _mail_from(cloud: LocalCloud, domain: str, name: str, behavior: str) -> None:
    cloud.client("sesv2").put_email_identity_mail_from_attributes(
        EmailIdentity=domain, MailFromDomain=name, BehaviorOnMxFailure=behavior
    )
    publish(cloud, name, "MX", 300, f"10 feedback-smtp.{cloud.region}.amazonses.com")
    publish(cloud, name, "TXT", 300, '"v=spf1 include:amazonses.com -all"')


def publish(cloud: LocalCloud, name: str, rtype: str, ttl: int, *values: str) -> None:
    """Write a record set with its own time to live."""
    records = [{"Value": value} for value in values]
    _change(cloud, {"Name": name, "Type": rtype, "TTL": ttl, "ResourceRecords": records})


def _change(cloud: LocalCloud, record_set: dict[str, Any]) -> None:
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]}
    cloud.client("route53").change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch=batch)


def answers(cloud: LocalCloud) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """Every record set of the zone to the letter."""
    pages = cloud.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=ZONE)
    return {
        (each["Name"], each["Type"], each.get("SetIdentifier", "")): (
            each.get("TTL"),
            *(value["Value"] for value in each.get("ResourceRecords", ())),
        )
        for page in pages
        for each in page["ResourceRecordSets"]
    }


def settings(cloud: LocalCloud) -> dict[str, Any]:
    """Every setting of SES that taking over could touch; tags and event destinations of ours are none."""
    ses = cloud.client("sesv2")
    found: dict[str, Any] = {}
    for each in ses.list_email_identities()["EmailIdentities"]:
        told = ses.get_email_identity(EmailIdentity=each["IdentityName"])
        found[each["IdentityName"]] = _without_defaults(told)
    for name in ses.list_configuration_sets()["ConfigurationSets"]:
        told = ses.get_configuration_set(ConfigurationSetName=name)
        found[name] = _without_defaults(told)
    ec2 = cloud.client("ec2").describe_addresses_attribute(Attribute="domain-name")["Addresses"]
    found["reverse names"] = {each["AllocationId"]: each.get("PtrRecord") for each in ec2}
    return found


def _without_defaults(told: dict[str, Any]) -> dict[str, Any]:
    """An answer of SES without what says the same whether it is there or not."""
    left = {key: value for key, value in told.items() if key not in ("ResponseMetadata", "Tags")}
    if left.get("FeedbackForwardingStatus") is True:
        del left["FeedbackForwardingStatus"]
    left["MailFromAttributes"] = {key: value for key, value in left.get("MailFromAttributes", {}).items() if value}
    return {key: value for key, value in left.items() if value not in ("", {})}
