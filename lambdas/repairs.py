"""The engine of repairs in its deployed surroundings; what it may do follows from the function's role."""

from __future__ import annotations

import os
from dataclasses import replace

from lambdas.deployment import account_share
from lambdas.environment import Deployed
from staygreen.adapters.account.account import AwsAccount
from staygreen.adapters.account.hand import AwsHand
from staygreen.adapters.aws import kill_switch
from staygreen.adapters.aws.clients import by_name, client
from staygreen.adapters.aws.settings import rules_of
from staygreen.adapters.dns import resolver
from staygreen.adapters.dns.resolver import DnsLookup
from staygreen.adapters.notify.repair_starter import CHANNEL
from staygreen.adapters.store.repairs import RepairTable
from staygreen.core.alerts import repair_alert
from staygreen.core.incidents.incident import Incident
from staygreen.core.repair.engine import Engine


def store(here: Deployed) -> RepairTable:
    """Measures in the incident table; what is told goes to every channel but the one that starts repairs."""
    channels = [each.channel for each in here.channels if each.channel != CHANNEL]
    return RepairTable(
        client("dynamodb"), os.environ["STAYGREEN_TABLE"], channels, repair_alert.Messages(context=here.context)
    )


def engine(here: Deployed, *, may_change: bool = False) -> Engine:
    """An engine for one invocation: nothing that it read is believed in the next one."""
    table = os.environ["STAYGREEN_TABLE"]
    account = AwsAccount(
        by_name,
        names=here.names,
        table=table,
        lookup=DnsLookup(servers=resolver.servers()),
        share=account_share(),
    )

    def incident(check: str, identifier: str) -> Incident | None:
        return here.table.get(check, identifier)

    works = Engine(
        store=store(here),
        account=account,
        rules=rules_of(client("ssm"), here.names, is_kept=not may_change),
        incident=incident,
        is_stopped=lambda: kill_switch.is_stopped(client("ssm"), here.names.kill_switch),
    )
    return replace(works, hand=AwsHand(by_name, table)) if may_change else works
