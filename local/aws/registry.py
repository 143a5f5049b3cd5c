"""All additions, in the order in which they are installed."""

from __future__ import annotations

from types import ModuleType

from local.aws import (
    addresses,
    alarms,
    bucket,
    composite_alarm,
    configuration_set,
    copied_environments,
    dedicated_ips,
    distributed_map,
    elastic_ip,
    email_identity,
    emf,
    function_urls,
    hosted_zones,
    identity_attributes,
    imports,
    invocation_metrics,
    lambda_errors,
    log_subscriptions,
    mailbox,
    moved_time,
    plain_metrics,
    receipt_rules,
    record_only,
    record_sets,
    reverse_dns,
    schedules,
    sdk_tasks,
    secret,
    sending,
    ses_account,
    ses_reputation,
    ses_resources,
    ses_routes,
    stack_status,
    store,
    subscription,
    suppression,
    table,
    tenants,
    throttle,
    transport,
    unpacked_code,
    waits,
    warm_environments,
)

ROUTES_ONLY: tuple[ModuleType, ...] = (ses_account, ses_reputation, suppression, tenants)
"""Their import alone registers their routes."""

ADDITIONS: tuple[ModuleType, ...] = (
    store,
    ses_routes,
    elastic_ip,
    reverse_dns,
    addresses,
    email_identity,
    dedicated_ips,
    configuration_set,
    sending,
    alarms,
    composite_alarm,
    emf,
    plain_metrics,
    lambda_errors,
    invocation_metrics,
    unpacked_code,
    copied_environments,
    table,
    bucket,
    log_subscriptions,
    receipt_rules,
    record_only,
    sdk_tasks,
    distributed_map,
    schedules,
    mailbox,
    subscription,
    hosted_zones,
    stack_status,
    record_sets,
    secret,
    transport,
    moved_time,
    waits,
    warm_environments,
    function_urls,
    ses_resources,
    identity_attributes,
    imports,
    throttle,
)
"""Wrappers of one emulator function nest in this order: the last is asked first."""


def install_all() -> None:
    """Add everything to the emulator of this process, before it serves."""
    for addition in ADDITIONS:
        addition.install()
