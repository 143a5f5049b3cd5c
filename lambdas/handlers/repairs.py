"""The engine of repairs in its deployed surroundings; what it may do follows from the function's role."""

from __future__ import annotations

import os
from dataclasses import replace

from lambdas.adapters import resolver, switch
from lambdas.adapters.aws_account import AwsAccount, AwsHand
from lambdas.adapters.clients import by_name, client
from lambdas.adapters.repair_channel import CHANNEL
from lambdas.adapters.repair_table import RepairTable
from lambdas.adapters.resolver import DnsLookup
from lambdas.adapters.rules import rules_of
from lambdas.core import repair_message
from lambdas.core.engine import Engine
from lambdas.core.incident import Incident
from lambdas.handlers.environment import Deployed


def store(here: Deployed) -> RepairTable:
    """Measures in the incident table; what is told goes to every channel but the one that starts repairs."""
    channels = [each.channel for each in here.channels if each.channel != CHANNEL]
    return RepairTable(
        client("dynamodb"), os.environ["STAYGREEN_TABLE"], channels, repair_message.Messages(context=here.context)
    )


def engine(here: Deployed, *, may_change: bool = False) -> Engine:
    """An engine for one invocation: nothing that it read is believed in the next one."""
    table = os.environ["STAYGREEN_TABLE"]
    account = AwsAccount(
        by_name,
        sender=here.context.sender,
        environment=here.environment,
        table=table,
        lookup=DnsLookup(servers=resolver.servers()),
    )
    switched = switch.parameter(here.environment)

    def incident(check: str, identifier: str) -> Incident | None:
        return here.table.get(check, identifier)

    works = Engine(
        store=store(here),
        account=account,
        rules=rules_of(client("ssm"), here.environment),
        incident=incident,
        is_stopped=lambda: switch.is_stopped(client("ssm"), switched),
    )
    return replace(works, hand=AwsHand(by_name, table)) if may_change else works
