"""Configuration sets, pools, dedicated IPs, tenants, receipt rules and the account's own limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from staygreen.adapters.ses.pace import Pace
from staygreen.adapters.ses.pages import pages
from staygreen.core.account_share import DEFAULT_POOL
from staygreen.core.estate.found import EventDestination, FoundPool, FoundSet, ReceiptRule
from staygreen.core.preflight.world import Sending

_DESTINATIONS = {
    "SnsDestination": "TopicArn",
    "EventBridgeDestination": "EventBusArn",
    "KinesisFirehoseDestination": "DeliveryStreamArn",
    "PinpointDestination": "ApplicationArn",
}


def account(sesv2: Any, pace: Pace) -> Sending:
    """Return what SES allows the account (GetAccount)."""
    return allowed(pace(sesv2.get_account))


def allowed(found: Mapping[str, Any]) -> Sending:
    """What an answer of GetAccount says of what SES allows the account."""
    pricing = found.get("PricingAttributes", {})
    quota, enforcement = found.get("SendQuota", {}), found.get("EnforcementStatus", "HEALTHY")
    return Sending(
        is_production=found.get("ProductionAccessEnabled", False),
        is_paused=enforcement == "SHUTDOWN" or not found.get("SendingEnabled", True),
        enforcement=enforcement,
        daily_quota=quota.get("Max24HourSend", 0.0),
        sent_in_a_day=quota.get("SentLast24Hours", 0.0),
        plan=pricing.get("CurrentPlan", ""),
        next_plan=pricing.get("NextPlan", ""),
    )


def configuration_sets(sesv2: Any, pace: Pace) -> Iterator[FoundSet]:
    """Give every configuration set with its event destinations: two calls each."""
    for page in pages(partial(pace, sesv2.list_configuration_sets), 1000):
        for name in page.get("ConfigurationSets", ()):
            found = pace(sesv2.get_configuration_set, ConfigurationSetName=name)
            events = pace(sesv2.get_configuration_set_event_destinations, ConfigurationSetName=name)
            yield _set(name, found, events.get("EventDestinations", ()))


def _set(name: str, found: Any, events: Any) -> FoundSet:
    delivery, vdm = found.get("DeliveryOptions", {}), found.get("VdmOptions", {})
    longest, suppression = delivery.get("MaxDeliverySeconds"), found.get("SuppressionOptions")
    return FoundSet(
        name=name,
        tls_policy=delivery.get("TlsPolicy", "OPTIONAL"),
        pool=delivery.get("SendingPoolName", ""),
        max_delivery=None if longest is None else timedelta(seconds=longest),
        has_reputation_metrics=found.get("ReputationOptions", {}).get("ReputationMetricsEnabled", False),
        is_sending=found.get("SendingOptions", {}).get("SendingEnabled", True),
        suppressed_reasons=_reasons(suppression),
        tracking_domain=found.get("TrackingOptions", {}).get("CustomRedirectDomain", ""),
        https_policy=found.get("TrackingOptions", {}).get("HttpsPolicy", ""),
        has_engagement=vdm.get("DashboardOptions", {}).get("EngagementMetrics") == "ENABLED",
        has_shared_delivery=vdm.get("GuardianOptions", {}).get("OptimizedSharedDelivery") == "ENABLED",
        archive=found.get("ArchivingOptions", {}).get("ArchiveArn", ""),
        destinations=tuple(map(_destination, events)),
        tags=MappingProxyType({tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}),
    )


def _reasons(suppression: Any) -> tuple[str, ...] | None:
    """A set without the option follows the account; one with an empty list suppresses nothing."""
    if suppression is None or "SuppressedReasons" not in suppression:
        return None
    return tuple(suppression["SuppressedReasons"])


def _destination(found: Any) -> EventDestination:
    to = next((found[key][arn] for key, arn in _DESTINATIONS.items() if found.get(key)), "")
    return EventDestination(
        name=found["Name"],
        kinds=tuple(found.get("MatchingEventTypes", ())),
        to=to or ("CloudWatch" if found.get("CloudWatchDestination") else "a service that is not known here"),
        is_enabled=found.get("Enabled", False),
    )


def pools(sesv2: Any, pace: Pace) -> Iterator[FoundPool]:
    """Give every pool of dedicated IPs but SES's own, with its addresses."""
    members: dict[str, list[str]] = {}
    for page in pages(partial(pace, sesv2.get_dedicated_ips)):
        for each in page.get("DedicatedIps", ()):
            members.setdefault(each.get("PoolName", ""), []).append(each["Ip"])
    for page in pages(partial(pace, sesv2.list_dedicated_ip_pools), 1000):
        for name in page.get("DedicatedIpPools", ()):
            if name == DEFAULT_POOL:
                continue
            found = pace(sesv2.get_dedicated_ip_pool, PoolName=name)["DedicatedIpPool"]
            is_managed = found.get("ScalingMode") == "MANAGED"
            yield FoundPool(name=name, is_managed=is_managed, ips=tuple(members.get(name, ())))


def tenants(sesv2: Any, pace: Pace) -> tuple[str, ...]:
    """Return the names of the tenants."""
    found = (each for page in pages(partial(pace, sesv2.list_tenants)) for each in page.get("Tenants", ()))
    return tuple(each["TenantName"] for each in found)


def receipt_rules(ses: Any, pace: Pace) -> tuple[str, tuple[ReceiptRule, ...]]:
    """Return the active receipt rule set and its rules; an empty name: none is active."""
    found = pace(ses.describe_active_receipt_rule_set)
    rules = [
        ReceiptRule(
            name=each["Name"],
            recipients=tuple(each.get("Recipients", ())),
            actions=tuple(name.removesuffix("Action") for action in each.get("Actions", ()) for name in action),
        )
        for each in found.get("Rules", ())
        if each.get("Enabled", True)
    ]
    return found.get("Metadata", {}).get("Name", ""), tuple(rules)
