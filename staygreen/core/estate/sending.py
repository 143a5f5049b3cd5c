"""Configuration sets and pools of an estate as settings, and what no setting can say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from staygreen.core.config.tables.pool import ConfigurationSet, Pool, PoolKind, SuppressionReason
from staygreen.core.declared.identity import set_properties
from staygreen.core.estate.difference import differences, set_declared, set_found
from staygreen.core.estate.found import FoundPool, FoundSet
from staygreen.core.estate.ledger import Ledger, Part


def configuration_set(found: FoundSet, ledger: Ledger) -> ConfigurationSet:
    """Write down a configuration set, not managed."""
    part: Part = ("configuration_set", found.name)
    made = ConfigurationSet(
        name=found.name,
        tls_required=found.tls_policy == "REQUIRE",
        reputation_metrics=found.has_reputation_metrics,
        suppression=tuple(each for each in SuppressionReason if each.value.upper() in (found.suppressed_reasons or ())),
        account_suppression=found.suppressed_reasons is None,
        pool=found.pool,
        vdm=found.has_engagement and found.has_shared_delivery,
        tracking_domain=found.tracking_domain,
    )
    for each in found.destinations:
        state = "" if each.is_enabled else ", switched off"
        ledger.note(part, f"Event destination {each.name}: {', '.join(each.kinds).lower()} to {each.to}{state}.")
    for unlike in differences(set_found(found), set_declared(set_properties(made))):
        ledger.hinder(part, f"{unlike.what} is {unlike.found}, and no setting says so")
    return replace(made, manage=False)


def pool(found: FoundPool) -> Pool:
    """Write down a pool, not managed."""
    return Pool(name=found.name, manage=False, kind=PoolKind.MANAGED if found.is_managed else PoolKind.STANDARD)


def unread_pools(sets: tuple[ConfigurationSet, ...], pools: tuple[Pool, ...], ledger: Ledger) -> Iterator[Pool]:
    """Give pools that sets send from and that were not found: the file could not be read without them."""
    known = {each.name for each in pools}
    for each in sets:
        if each.pool and each.pool not in known:
            known.add(each.pool)
            ledger.note(("pool", each.pool), f"{each.name} sends from it; whether it exists was not read.")
            yield Pool(name=each.pool, manage=False)
