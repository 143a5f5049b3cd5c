"""What a configuration declares of SES itself: identities, configuration sets and pools.

Keys are those of CloudFormation's types AWS::SES::EmailIdentity, AWS::SES::ConfigurationSet and
AWS::SES::DedicatedIpPool. A property that is absent is not declared: what SES has stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from staygreen.core.config.tables.domain import DkimMode, Domain, MailFromFailure
from staygreen.core.config.tables.pool import ConfigurationSet, Pool, PoolKind

EASY_KEY_LENGTH = "RSA_2048_BIT"
ON_MX_FAILURE = {
    # until the MX is found mail leaves from amazonses.com rather than not at all
    MailFromFailure.SEND: "USE_DEFAULT_VALUE",
    MailFromFailure.REJECT: "REJECT_MESSAGE",
}


def has_identity(domain: Domain) -> bool:
    """Whether SES sends for the domain."""
    return domain.manage and domain.ses and not domain.parked


def identity_properties(domain: Domain) -> Mapping[str, Any]:
    """Return the identity of a domain. Of a key of our own the secret's name stands for its private half."""
    given = domain.identity
    found: dict[str, Any] = {
        "EmailIdentity": domain.name,
        "DkimAttributes": {"SigningEnabled": given.signing},
    }
    if not given.keep_signing_key:
        found["DkimSigningAttributes"] = _signing(domain)
    if domain.configuration_set:
        found["ConfigurationSetAttributes"] = {"ConfigurationSetName": domain.configuration_set}
    if not given.feedback_forwarding:  # SES mails bounces and complaints unless it is told not to
        found["FeedbackAttributes"] = {"EmailForwardingEnabled": False}
    if domain.mail_from_name:
        found["MailFromAttributes"] = {
            "MailFromDomain": domain.mail_from_name,
            "BehaviorOnMxFailure": ON_MX_FAILURE[given.mail_from_failure],
        }
    return found


def _signing(domain: Domain) -> Mapping[str, str]:
    signing = next((selector for selector in domain.dkim.selectors if selector.signing), None)
    if domain.dkim.mode is DkimMode.EASY or signing is None:
        return {"NextSigningKeyLength": EASY_KEY_LENGTH}
    return {"DomainSigningSelector": signing.name, "DomainSigningPrivateKey": signing.secret}


def set_properties(each: ConfigurationSet) -> Mapping[str, Any]:
    """Return a configuration set."""
    delivery = {"TlsPolicy": "REQUIRE" if each.tls_required else "OPTIONAL"}
    found: dict[str, Any] = {
        "Name": each.name,
        "DeliveryOptions": {**delivery, **({"SendingPoolName": each.pool} if each.pool else {})},
        "ReputationOptions": {"ReputationMetricsEnabled": each.reputation_metrics},
    }
    if not each.account_suppression:
        found["SuppressionOptions"] = {"SuppressedReasons": [reason.value.upper() for reason in each.suppression]}
    if each.tracking_domain:
        found["TrackingOptions"] = {"CustomRedirectDomain": each.tracking_domain}
    if each.vdm:
        found["VdmOptions"] = {
            "DashboardOptions": {"EngagementMetrics": "ENABLED"},
            "GuardianOptions": {"OptimizedSharedDelivery": "ENABLED"},
        }
    return found


def pool_properties(pool: Pool) -> Mapping[str, Any]:
    """Return a dedicated IP pool."""
    return {"PoolName": pool.name, "ScalingMode": "MANAGED" if pool.kind is PoolKind.MANAGED else "STANDARD"}
