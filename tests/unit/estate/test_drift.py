"""What was adopted as it was, in words of mail."""

from __future__ import annotations

import pytest

from staygreen.core.estate.drift import drifted

KEY = "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/KMSMasterKeyID"


@pytest.mark.parametrize(
    ("type_name", "name", "paths", "text", "means"),
    [
        (
            "AWS::SES::EmailIdentity",
            "example.com",
            [
                ("/MailFromAttributes/MailFromDomain", "bounce.example.com", None),
                ("/MailFromAttributes/BehaviorOnMxFailure", "REJECT_MESSAGE", "USE_DEFAULT_VALUE"),
            ],
            "the identity example.com: MAIL FROM: none → bounce.example.com; "
            "MX of MAIL FROM missing: USE_DEFAULT_VALUE → REJECT_MESSAGE",
            "SPF does not align",
        ),
        (
            "AWS::SES::EmailIdentity",
            "example.com",
            [("/MailFromAttributes", {"MailFromDomain": "bounce.example.com"}, None)],
            "the identity example.com: MAIL FROM: none → bounce.example.com",
            "SPF does not align",
        ),
        (
            "AWS::S3::Bucket",
            "mail",
            [(f"/{KEY}", "arn:new", "arn:old")],
            "the bucket mail: encryption: arn:old → arn:new",
            "keep that key",
        ),
        (
            "AWS::SES::ConfigurationSet",
            "news",
            [("/DeliveryOptions/TlsPolicy", "REQUIRE", "OPTIONAL")],
            "the configuration set news: TLS: OPTIONAL → REQUIRE",
            "",
        ),
        (
            "AWS::SNS::Subscription",
            "arn:aws:sns:x",
            [("/FilterPolicy/severity", ["critical"], ["info", "critical"])],
            'AWS::SNS::Subscription arn:aws:sns:x: FilterPolicy.severity: ["info", "critical"] → ["critical"]',
            "",
        ),
    ],
)
def test_a_difference_is_told_with_what_follows_from_it(type_name, name, paths, text, means):
    told = drifted("state", type_name, name, paths)
    assert str(told) == text
    assert means in " ".join(told.means)
    assert bool(told.means) is bool(means)


def test_what_is_gone_is_said_to_be_gone():
    gone = drifted("domain", "AWS::Route53::RecordSet", "example.com", [], is_gone=True)
    assert str(gone) == "the record example.com: is not there any more"
