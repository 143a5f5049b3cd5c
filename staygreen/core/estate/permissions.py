"""The policy that reading an estate needs: every action only reads, and nothing less suffices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACTIONS = (
    "cloudformation:ListStackResources",
    "cloudformation:ListStacks",
    "ec2:DescribeAddresses",
    "ec2:DescribeAddressesAttribute",
    "route53:ListHostedZones",
    "route53:ListResourceRecordSets",
    "ses:DescribeActiveReceiptRuleSet",
    "ses:GetAccount",
    "ses:GetConfigurationSet",
    "ses:GetConfigurationSetEventDestinations",
    "ses:GetDedicatedIpPool",
    "ses:GetDedicatedIps",
    "ses:GetEmailIdentity",
    "ses:GetIdentityDkimAttributes",
    "ses:GetIdentityMailFromDomainAttributes",
    "ses:ListConfigurationSets",
    "ses:ListDedicatedIpPools",
    "ses:ListEmailIdentities",
    "ses:ListTenants",
    "sns:ListSubscriptionsByTopic",
)
"""Actions of the Service Authorization Reference; sts:GetCallerIdentity needs none."""


def policy() -> Mapping[str, Any]:
    """Return the IAM policy document."""
    statement = {"Sid": "ReadTheEstate", "Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
