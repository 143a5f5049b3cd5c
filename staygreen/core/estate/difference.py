"""Settings of SES as a file declares them beside those that were found, in words that people know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from staygreen.core.estate.found import FoundPool, FoundSet, Identity

KEPT = "kept as it is"
NONE = "none"


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not what a file says."""

    what: str
    found: str
    declared: str

    def __str__(self) -> str:
        return f"{self.what}: {self.found} → {self.declared}"


def differences(found: Mapping[str, str], declared: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return the settings of `declared` that were found otherwise; what is kept differs from nothing."""
    return tuple(
        Difference(what, found.get(what, NONE), value)
        for what, value in declared.items()
        if value not in (KEPT, found.get(what, NONE))
    )


def identity_declared(properties: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the settings of an AWS::SES::EmailIdentity."""
    signing = properties.get("DkimSigningAttributes")
    mail_from = properties.get("MailFromAttributes", {})
    return {
        "DKIM signing": _switch(properties["DkimAttributes"]["SigningEnabled"]),
        "signing key": _key(signing) if signing is not None else KEPT,
        "default configuration set": properties.get("ConfigurationSetAttributes", {}).get("ConfigurationSetName", NONE),
        "feedback by mail": _switch(properties.get("FeedbackAttributes", {}).get("EmailForwardingEnabled", True)),
        "MAIL FROM": mail_from.get("MailFromDomain", NONE),
        "MX of MAIL FROM missing": mail_from.get("BehaviorOnMxFailure", NONE),
    }


def _key(signing: Mapping[str, Any]) -> str:
    if "DomainSigningSelector" in signing:
        selector, secret = signing["DomainSigningSelector"], signing["DomainSigningPrivateKey"]
        return f"of our own, selector {selector}, private key in {secret}"
    return str(signing.get("NextSigningKeyLength", NONE))


def identity_found(identity: Identity) -> Mapping[str, str]:
    """Return the settings of an identity; one that was not read is ``not read``, and so differs from all."""
    details = identity.details
    own = f"of our own, selector {', '.join(identity.dkim_tokens)}, private key not shown by SES"
    return {
        "DKIM signing": _switch(identity.is_signing),
        "signing key": "not read" if details is None else (details.key_length or NONE) if details.is_easy_dkim else own,
        "default configuration set": "not read" if details is None else details.configuration_set or NONE,
        "feedback by mail": _switch(identity.forwards_feedback),
        "MAIL FROM": "not read" if identity.mail_from is None else identity.mail_from or NONE,
        "MX of MAIL FROM missing": ("REJECT_MESSAGE" if identity.rejects_on_mx_failure else "USE_DEFAULT_VALUE")
        if identity.mail_from
        else NONE,
    }


def set_declared(properties: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the settings of an AWS::SES::ConfigurationSet."""
    suppression = properties.get("SuppressionOptions")
    vdm = properties.get("VdmOptions", {})
    return {
        "TLS": properties["DeliveryOptions"]["TlsPolicy"],
        "pool": properties["DeliveryOptions"].get("SendingPoolName", NONE),
        "reputation metrics": _switch(properties["ReputationOptions"]["ReputationMetricsEnabled"]),
        "suppression": _reasons(None if suppression is None else suppression["SuppressedReasons"]),
        "tracking domain": properties.get("TrackingOptions", {}).get("CustomRedirectDomain", NONE),
        "engagement": _switch(vdm.get("DashboardOptions", {}).get("EngagementMetrics") == "ENABLED"),
        "shared delivery": _switch(vdm.get("GuardianOptions", {}).get("OptimizedSharedDelivery") == "ENABLED"),
        **{what: NONE for what in _UNSAID},
    }


_UNSAID = ("longest delivery", "archive", "HTTPS of tracking links", "sending")
"""Settings that no template of ours has: they differ wherever somebody changed them."""


def set_found(found: FoundSet) -> Mapping[str, str]:
    """Return the settings of a configuration set."""
    return {
        "TLS": found.tls_policy,
        "pool": found.pool or NONE,
        "reputation metrics": _switch(found.has_reputation_metrics),
        "suppression": _reasons(found.suppressed_reasons),
        "tracking domain": found.tracking_domain or NONE,
        "engagement": _switch(found.has_engagement),
        "shared delivery": _switch(found.has_shared_delivery),
        "longest delivery": NONE if found.max_delivery is None else f"{found.max_delivery.total_seconds():.0f} s",
        "archive": found.archive or NONE,
        "HTTPS of tracking links": NONE if found.https_policy in ("", "OPTIONAL") else found.https_policy,
        "sending": NONE if found.is_sending else "paused",
    }


def pool_declared(properties: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the settings of an AWS::SES::DedicatedIpPool."""
    return {"scaling": properties["ScalingMode"]}


def pool_found(found: FoundPool) -> Mapping[str, str]:
    """Return the settings of a pool."""
    return {"scaling": "MANAGED" if found.is_managed else "STANDARD"}


def _switch(is_on: bool | None) -> str:
    return "not read" if is_on is None else "on" if is_on else "off"


def _reasons(reasons: Any) -> str:
    if reasons is None:
        return "as the account says"
    return ", ".join(sorted(reasons)) or NONE
