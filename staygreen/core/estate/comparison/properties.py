"""From settings that differ to the CloudFormation properties that they were found as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from staygreen.core.estate.difference import Difference

_Maker = Callable[[str], Mapping[str, Any]]


def as_found(properties: Mapping[str, Any], unlike: tuple[Difference, ...]) -> Mapping[str, Any]:
    """Return the declared properties with what was found in place of each that differs."""
    found = dict(properties)
    for each in unlike:
        for path, value in _PROPERTIES[each.what](each.found).items():
            section, _, key = path.partition(".")
            if not key:
                found[section] = value
            elif value is None:
                found[section] = {name: old for name, old in found.get(section, {}).items() if name != key}
            else:
                found[section] = {**found.get(section, {}), key: value}
    return {name: value for name, value in found.items() if value not in (None, {})}


def _switched(section: str) -> _Maker:
    return lambda found: {section: None if found == "not read" else found == "on"}


def _plain(path: str) -> _Maker:
    return lambda found: {path: None if found in ("none", "not read") else found}


def _options(section: str, key: str) -> _Maker:
    return lambda found: {section: {key: "ENABLED" if found == "on" else "DISABLED"}}


_PROPERTIES: Mapping[str, _Maker] = {
    "DKIM signing": _switched("DkimAttributes.SigningEnabled"),
    "signing key": lambda found: {
        "DkimSigningAttributes": {"NextSigningKeyLength": found} if found.startswith("RSA_") else None
    },
    "default configuration set": _plain("ConfigurationSetAttributes.ConfigurationSetName"),
    "feedback by mail": _switched("FeedbackAttributes.EmailForwardingEnabled"),
    "MAIL FROM": _plain("MailFromAttributes.MailFromDomain"),
    "MX of MAIL FROM missing": _plain("MailFromAttributes.BehaviorOnMxFailure"),
    "TLS": _plain("DeliveryOptions.TlsPolicy"),
    "pool": _plain("DeliveryOptions.SendingPoolName"),
    "reputation metrics": _switched("ReputationOptions.ReputationMetricsEnabled"),
    "suppression": lambda found: {
        "SuppressionOptions": None
        if found == "as the account says"
        else {"SuppressedReasons": [] if found == "none" else found.split(", ")}
    },
    "tracking domain": _plain("TrackingOptions.CustomRedirectDomain"),
    "engagement": _options("VdmOptions.DashboardOptions", "EngagementMetrics"),
    "shared delivery": _options("VdmOptions.GuardianOptions", "OptimizedSharedDelivery"),
    "longest delivery": lambda found: {"DeliveryOptions.MaxDeliverySeconds": float(found.removesuffix(" s"))},
    "archive": _plain("ArchivingOptions.ArchiveArn"),
    "HTTPS of tracking links": _plain("TrackingOptions.HttpsPolicy"),
    "sending": lambda found: {"SendingOptions.SendingEnabled": found != "paused"},
    "scaling": _plain("ScalingMode"),
}
"""From what was found of a setting to the properties that say so."""
